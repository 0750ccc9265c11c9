/** Entry of a document process: takes one job after the other from the process that started it. */

import { enableCompileCache } from 'node:module';
import type { DocumentJob, DocumentReply } from './document-job.ts';

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
