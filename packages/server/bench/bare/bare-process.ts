import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BareJob } from './serve-bare.ts';

export interface BareProcess {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** @throws Error when the process ends before it listens */
export async function startBareProcess(job: BareJob): Promise<BareProcess> {
  const child = fork(join(import.meta.dirname, 'serve-bare.ts'));
  const ended = once(child, 'exit');
  const listens = once(child, 'message');
  child.send(job);
  // It sends nothing but its address.
  const [address] = (await Promise.race([
    listens,
    ended.then(([code]) => Promise.reject(new Error(`The bare server ended with ${code}.`))),
  ])) as [AddressInfo];
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    async stop() {
      child.kill();
      await ended;
    },
  };
}
