import { connect, type Socket } from 'node:net';

export interface ClamdAddress {
  readonly host: string;
  readonly port: number;
}

/** The daemon cannot be reached, is too slow, or answers something nobody understands. */
export class ClamdError extends Error {
  override readonly name = 'ClamdError';
}

/** Longer than any answer of the daemon's. */
const maximumAnswerBytes = 4_096;

/**
 * One command on a connection of its own, as clamd(8) has it: the command with `z` in front ends with a NUL, and so does
 * the answer.
 * @param send writes what follows the command; it may stop once `answered` is resolved
 * @throws ClamdError
 */
export async function askClamd(
  address: ClamdAddress,
  command: string,
  timeoutMs: number,
  send: (socket: Socket, answered: AbortSignal) => Promise<void> = async () => undefined,
): Promise<string> {
  const socket = connect(address);
  const deadline = setTimeout(
    () => socket.destroy(new ClamdError(`The ClamAV daemon did not answer within ${timeoutMs} ms.`)),
    timeoutMs,
  );
  const answered = new AbortController();
  const answer = readAnswer(socket).finally(() => answered.abort());
  try {
    socket.write(`z${command}\0`);
    // What the daemon says in the middle counts: it may refuse more and close, and writing on then fails.
    await Promise.race([send(socket, answered.signal), answer]);
    return await answer;
  } finally {
    clearTimeout(deadline);
    answer.catch(() => undefined);
    socket.destroy();
  }
}

async function readAnswer(socket: Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    const end = text.indexOf('\0');
    if (end >= 0) resolve(text.slice(0, end));
    else if (text.length > maximumAnswerBytes)
      reject(new ClamdError('The answer of the ClamAV daemon has no end.'));
  });
  socket.on('error', (error) => reject(asClamdError(error)));
  socket.on('close', () =>
    reject(new ClamdError('The ClamAV daemon closed the connection without an answer.')),
  );
  return promise;
}

function asClamdError(error: Error): ClamdError {
  return error instanceof ClamdError
    ? error
    : new ClamdError(`The ClamAV daemon cannot be spoken to: ${error.message}.`, { cause: error });
}
