/** Entry of a document process: takes one job after the other from the process that started it. */

import { enableCompileCache } from 'node:module';
import { constants, getPriority, setPriority } from 'node:os';
import type { DocumentJob, DocumentReply } from './document-job.ts';

// Whoever waits for a document waits longer than whoever asks for a case: where processors are few, the server goes first.
// Threads that are started from here on have it too.
// A server that was started with less yet keeps what it has: more is not ours to take.
setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
// Later starts skip stripping types and compiling the sources.
enableCompileCache();
const { runDocumentJob } = await import('./run-document-job.ts');

// A signal to the whole group is the server's affair: it finishes what is under way, this process included.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
// Only the pool sends anything, and only jobs.
process.on('message', (job: DocumentJob) => void answer(job));

async function answer(job: DocumentJob): Promise<void> {
  process.send?.(await replyTo(job));
}

async function replyTo(job: DocumentJob): Promise<DocumentReply> {
  try {
    return { result: await runDocumentJob(job) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'A document job failed.' };
  }
}
