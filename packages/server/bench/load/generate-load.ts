/**
 * The load generator, a process of its own: it must not take turns with what it measures. Latencies are kept
 * singly, since autocannon's histogram counts whole milliseconds.
 */

import autocannon, { type Result } from 'autocannon';
import { percentile } from '../statistics.ts';
import type { LoadAnswer, LoadJob, LoadResult } from './load-job.ts';

process.once('message', (job: LoadJob) => {
  run(job).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ failure: String(error) }),
  );
});

function answer(message: LoadAnswer): void {
  process.send?.(message, () => process.disconnect());
}

async function run(job: LoadJob): Promise<LoadResult> {
  const latencies: number[] = [];
  let refused = 0;
  let next = 0;
  let startedAt = 0;
  let lastAt = 0;
  const { errors, statusCodeStats } = await new Promise<Result>((resolve, reject) => {
    const generator = autocannon(
      {
        url: job.url,
        connections: job.requestsByConnection.length,
        duration: job.seconds,
        ...(job.rate === undefined ? {} : { overallRate: job.rate }),
        requests: job.requestsByConnection[0] ?? [],
        setupClient(client) {
          client.setRequests(job.requestsByConnection[next] ?? []);
          next += 1;
        },
      },
      (error, result) => (error === null ? resolve(result) : reject(error)),
    );
    generator.on('start', () => {
      startedAt = performance.now();
    });
    generator.on('response', (_client, status: number, _bytes, milliseconds: number) => {
      if (status === 503) refused += 1;
      else latencies.push(milliseconds);
      lastAt = performance.now();
    });
  });
  const statuses = Object.keys(statusCodeStats);
  // A figure of refusals would be a fine figure and worth nothing.
  const isRight = (status: string) =>
    status.startsWith('2') || (job.mayBeRefused === true && status === '503');
  if (errors > 0 || !statuses.every(isRight) || latencies.length === 0)
    throw new Error(`Load met ${errors} errors and the statuses ${statuses.join(', ')}.`);
  return {
    requestsPerSecond: (latencies.length * 1000) / (lastAt - startedAt),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    count: latencies.length,
    refused,
  };
}
