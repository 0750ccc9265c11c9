import { once } from 'node:events';
import type { Socket } from 'node:net';
import { askClamd, type ClamdAddress, ClamdError } from './clamd-connection.ts';

export type ScanVerdict =
  | { readonly kind: 'clean' }
  /** `signature` is the scanner's name for what it found. */
  | { readonly kind: 'infected' | 'not_scanned_whole'; readonly signature: string };

export interface VirusScanner {
  /** @throws ClamdError when there is no verdict; what `content` throws */
  scan(content: AsyncIterable<Uint8Array>): Promise<ScanVerdict>;
  /** Whether the daemon is there and takes files of so many bytes. @returns its version. @throws ClamdError */
  check(bytes: number): Promise<string>;
}

/**
 * The ClamAV daemon, spoken to over TCP. Bytes go to it as they come, and nothing is written down on the way.
 *
 * The daemon takes what goes beyond its limits of depth, number and size for clean, unless `AlertExceedsMax yes` is set;
 * then it says so, and it is no virus but no clean file either.
 */
export function createClamdScanner(address: ClamdAddress, timeoutMs: number): VirusScanner {
  const instream = (content: AsyncIterable<Uint8Array>) =>
    askClamd(address, 'INSTREAM', timeoutMs, (socket, answered) => sendInChunks(socket, content, answered));
  return {
    async scan(content) {
      return verdictOf(await instream(content));
    },
    async check(bytes) {
      const pong = await askClamd(address, 'PING', timeoutMs);
      if (pong !== 'PONG') throw new ClamdError('Something else than a ClamAV daemon answers there.');
      const version = await askClamd(address, 'VERSION', timeoutMs);
      verdictOf(await instream(zeros(bytes)));
      return version;
    },
  };
}

/** INSTREAM: each chunk behind its length in four bytes, and a length of zero at the end. */
async function sendInChunks(
  socket: Socket,
  content: AsyncIterable<Uint8Array>,
  answered: AbortSignal,
): Promise<void> {
  for await (const chunk of content) {
    if (answered.aborted) return;
    if (chunk.length === 0) continue;
    socket.write(lengthBytes(chunk.length));
    if (!socket.write(chunk)) await once(socket, 'drain', { signal: answered }).catch(() => undefined);
  }
  if (!answered.aborted) socket.write(lengthBytes(0));
}

function lengthBytes(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

function verdictOf(answer: string): ScanVerdict {
  const text = answer.trim();
  if (text === 'stream: OK') return { kind: 'clean' };
  const signature = /^stream: (.+) FOUND$/.exec(text)?.[1];
  if (signature === undefined)
    throw new ClamdError(`The ClamAV daemon has no verdict: ${text.slice(0, 200)}`);
  // ClamAV, clamd.conf(5), AlertExceedsMax.
  const isLimit = /^Heuristics\.Limits\.Exceeded/.test(signature);
  return { kind: isLimit ? 'not_scanned_whole' : 'infected', signature };
}

async function* zeros(bytes: number): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024);
  for (let sent = 0; sent < bytes; sent += chunk.length)
    yield chunk.subarray(0, Math.min(chunk.length, bytes - sent));
}
