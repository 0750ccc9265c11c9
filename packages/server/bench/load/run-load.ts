import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadAnswer, LoadJob, LoadResult } from './load-job.ts';

/**
 * Runs one load in a process of its own.
 * @throws Error when a connection broke or any answer was not 2xx
 */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, 'generate-load.ts'));
  const ended = once(child, 'exit');
  const answered = once(child, 'message');
  child.send(job);
  const [first] = await Promise.race([
    answered,
    ended.then(([code]) => [{ failure: `Ended with ${code}.` }]),
  ]);
  await ended;
  // The generator sends nothing else.
  const answer = first as LoadAnswer;
  if ('failure' in answer) throw new Error(answer.failure);
  return answer.result;
}
