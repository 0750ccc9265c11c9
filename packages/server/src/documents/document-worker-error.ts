/**
 * Why a document job ended without an answer; the next job is not affected. `busy`: no answer by the caller's
 * deadline, or too many callers with one waiting already.
 */
export type DocumentWorkerFailure = 'timeout' | 'memory' | 'crashed' | 'closed' | 'busy';

export class DocumentWorkerError extends Error {
  readonly failure: DocumentWorkerFailure;

  constructor(failure: DocumentWorkerFailure, options?: ErrorOptions) {
    super(messages[failure], options);
    this.name = 'DocumentWorkerError';
    this.failure = failure;
  }
}

const messages: Readonly<Record<DocumentWorkerFailure, string>> = {
  timeout: 'The document took longer than its time limit.',
  memory: 'The document needed more than its memory limit.',
  crashed: 'The document worker ended unexpectedly.',
  closed: 'The document renderer is closed.',
  busy: 'The document workers are too busy to answer in time.',
};
