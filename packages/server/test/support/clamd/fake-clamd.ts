/** A TCP server that behaves as the ClamAV daemon does, and misbehaves when it is told to. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** In two pieces, so that no scanner of somebody's takes this file for infected. */
export const eicar = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join(''),
  'latin1',
);

export type ClamdBehaviour =
  | 'scan'
  /** As with `AlertExceedsMax yes`, of every file. */
  | 'exceeds'
  | 'hang'
  | 'reset'
  | 'close'
  | 'garbage'
  | 'error'
  | 'endless';

export interface FakeClamd {
  readonly port: number;
  /** What every stream was, byte for byte, as far as it came. */
  readonly streams: Buffer[];
  behaviour: ClamdBehaviour;
  /** `StreamMaxLength`. */
  maximumBytes: number;
  close(): Promise<void>;
}

export async function startFakeClamd(port = 0): Promise<FakeClamd> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    serve(socket, clamd);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const clamd: FakeClamd = {
    // A listening TCP server always has an AddressInfo.
    port: (server.address() as AddressInfo).port,
    streams: [],
    behaviour: 'scan',
    maximumBytes: 30 * 1024 * 1024,
    close: () => closeServer(server, sockets),
  };
  return clamd;
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}

function serve(socket: Socket, clamd: FakeClamd): void {
  let command: string | undefined;
  let head = Buffer.alloc(0);
  const stream = new ChunkedStream();
  const answer = (text: string) => {
    socket.removeAllListeners('data').end(`${text}\0`);
  };
  socket.on('data', (bytes) => {
    if (command === undefined) {
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf(0);
      if (end < 0) return;
      command = head.toString('latin1', 0, end);
      stream.add(head.subarray(end + 1));
    } else stream.add(bytes);
    if (misbehave(socket, clamd.behaviour, answer)) return;
    if (command === 'zPING') return answer('PONG');
    if (command === 'zVERSION') return answer('ClamAV 1.4.2/27500/Fri Mar 13 09:30:00 2026');
    if (command !== 'zINSTREAM') return answer('UNKNOWN COMMAND');
    if (stream.bytes > clamd.maximumBytes) return answer('INSTREAM size limit exceeded. ERROR');
    if (!stream.isWhole) return;
    const content = stream.content();
    clamd.streams.push(content);
    answer(verdictOn(content, clamd.behaviour));
  });
}

/** True when nothing more is to be done. */
function misbehave(socket: Socket, behaviour: ClamdBehaviour, answer: (text: string) => void): boolean {
  if (behaviour === 'reset') socket.resetAndDestroy();
  if (behaviour === 'close') socket.end();
  if (behaviour === 'garbage') answer('HTTP/1.1 400 Bad Request');
  if (behaviour === 'error') answer('stream: Can not allocate memory ERROR');
  if (behaviour === 'endless') socket.write('x'.repeat(10_000));
  return behaviour !== 'scan' && behaviour !== 'exceeds';
}

function verdictOn(content: Buffer, behaviour: ClamdBehaviour): string {
  if (behaviour === 'exceeds') return 'stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND';
  return content.includes(eicar) ? 'stream: Eicar-Test-Signature FOUND' : 'stream: OK';
}

/** Chunks behind their length in four bytes; one of no length is the last. */
class ChunkedStream {
  readonly #parts: Buffer[] = [];
  #length = Buffer.alloc(0);
  #left = 0;
  bytes = 0;
  isWhole = false;

  add(given: Buffer): void {
    let rest = given;
    while (rest.length > 0 && !this.isWhole) {
      if (this.#left === 0) rest = this.#readLength(rest);
      const part = rest.subarray(0, this.#left);
      this.#parts.push(part);
      this.#left -= part.length;
      this.bytes += part.length;
      rest = rest.subarray(part.length);
    }
  }

  content(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #readLength(bytes: Buffer): Buffer {
    const missing = 4 - this.#length.length;
    this.#length = Buffer.concat([this.#length, bytes.subarray(0, missing)]);
    if (this.#length.length < 4) return bytes.subarray(missing);
    this.#left = this.#length.readUInt32BE(0);
    this.isWhole = this.#left === 0;
    this.#length = Buffer.alloc(0);
    return bytes.subarray(missing);
  }
}
