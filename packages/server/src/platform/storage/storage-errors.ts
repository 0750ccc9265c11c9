import { PrecertError } from '../errors.ts';

/** The disk is full, failing, read-only or gone, or this process may not or cannot open one file more (errno(3)). */
const unavailabilities: readonly unknown[] = [
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EROFS',
  'EMFILE',
  'ENFILE',
  'EACCES',
  'EPERM',
  'EBUSY',
  'ESTALE',
  'ENXIO',
  'ENODEV',
];

/** The error a caller sees: trouble of the disk as 503 with a hint when to come back, everything else untouched. */
export function asStorageError(error: unknown): unknown {
  if (!unavailabilities.includes(codeOf(error))) return error;
  return new PrecertError('service_unavailable', 'The file storage is not available. Try again shortly.', {
    retryAfterSeconds: 5,
    cause: error,
  });
}

/** Nothing stands under the path. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String(codeOf(error)));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
