import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what Linux (32768), macOS and Windows (49152) hand out by themselves: between the moment a port is found free and
 * the moment a process opens it, a connection of anybody may be given one of theirs.
 */
const lowest = 20_000;
const beyond = 32_768;

/** A port of 127.0.0.1 that nobody listens on, for a process that has to be told one. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(lowest, beyond);
    if (await isFree(port)) return port;
  }
  throw new Error('No free port was found.');
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
