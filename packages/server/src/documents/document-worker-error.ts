/** Why a document job ended without an answer. The pool has replaced the worker; the next job is not affected. */
export type DocumentWorkerFailure = 'timeout' | 'memory' | 'crashed' | 'closed';

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
};
