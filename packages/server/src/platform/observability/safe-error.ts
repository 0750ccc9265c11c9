/**
 * What a log line may say about an error. The message of a foreign error often quotes the value it failed on
 * (JSON.parse, PostgreSQL's "invalid input syntax", a serializer), and that value may be PHI; `detail` and `where`
 * of PostgreSQL errors quote whole rows. So: type, code and stack frames always, the message only where we or the
 * operating system wrote it. This does not protect against PHI in our own messages: `PrecertError` forbids it there.
 */
export interface SafeError {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  readonly frames: readonly string[];
  readonly cause?: SafeError;
}

const maximumFrames = 20;
const maximumCauses = 3;

export function describeErrorSafely(error: unknown, remainingCauses = maximumCauses): SafeError {
  if (!(error instanceof Error)) return { type: typeof error, frames: [] };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const message = safeMessage(error);
  const cause =
    error.cause === undefined || remainingCauses === 0
      ? undefined
      : describeErrorSafely(error.cause, remainingCauses - 1);
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    frames: stackFrames(error),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Their messages are ours, and say nothing that a patient, a document or a key does. */
const ownErrors: readonly string[] = [
  'PrecertError',
  'MasterKeyError',
  'SealedValueError',
  'DamagedBlobError',
  'EmrReadError',
];

function safeMessage(error: Error): string | undefined {
  if (ownErrors.includes(error.name) || 'syscall' in error) return error.message;
  // The engine quotes property names in single quotes and foreign values in double ones.
  const byEngine = error instanceof TypeError || error instanceof ReferenceError;
  return byEngine && !error.message.includes('"') ? error.message : undefined;
}

/** The stack without its first lines, which repeat the message. */
function stackFrames(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return lines.slice(0, maximumFrames).map((line) => line.trim());
}
