import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A TCP connection that sends exactly the given bytes, for what no HTTP client would send. */
export class RawConnection {
  readonly #socket: Socket;
  #received = '';
  readonly closed: Promise<void>;

  /** With `reads: false` whatever the server sends stays where it is. */
  constructor(port: number, { reads = true }: { readonly reads?: boolean } = {}) {
    this.#socket = connect(port, '127.0.0.1');
    if (reads) {
      this.#socket.on('data', (chunk) => {
        this.#received += chunk.toString('latin1');
      });
    }
    this.#socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  send(bytes: string | Buffer): this {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Everything the server has sent so far. */
  get received(): string {
    return this.#received;
  }

  /** Waits until as many complete answers have come, or the server has closed. */
  async answers(count: number): Promise<RawAnswer[]> {
    let closed = false;
    void this.closed.then(() => {
      closed = true;
    });
    while (parseAnswers(this.#received).length < count && !closed) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#socket.off('data', done).off('close', done);
          resolve();
        };
        this.#socket.once('data', done).once('close', done);
        if (this.#socket.destroyed) done();
      });
    }
    return parseAnswers(this.#received);
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** Sends the bytes and gives the first answer, undefined when the server closes without one. */
export async function exchange(port: number, bytes: string | Buffer): Promise<RawAnswer | undefined> {
  const connection = new RawConnection(port).send(bytes);
  const [answer] = await connection.answers(1);
  connection.end();
  return answer;
}

/** Complete answers with a Content-Length in the text; what is not complete yet is left out. */
function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd === -1) break;
    const [statusLine = '', ...headerLines] = rest.slice(0, headEnd).split('\r\n');
    const headers = new Map(
      headerLines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const length = Number(headers.get('content-length') ?? 0);
    const body = rest.slice(headEnd + 4, headEnd + 4 + length);
    if (body.length < length) break;
    answers.push({ status: Number(statusLine.split(' ')[1]), headers, body });
    rest = rest.slice(headEnd + 4 + length);
  }
  return answers;
}
