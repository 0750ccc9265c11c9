import { DamagedBlobError } from '../platform/storage/read-local-file.ts';

/** Why a file cannot be placed in a packet. */
export type FileFault = 'encrypted' | 'damaged' | 'too_large';

/** Thrown by everything that reads a file somebody uploaded; the message is for a person and holds no content. */
export class UnusableFileError extends Error {
  readonly fault: FileFault;

  constructor(fault: FileFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnusableFileError';
    this.fault = fault;
  }
}

/**
 * Whatever a parser threw, as a fault of the file: parsers fail in their own words on files made to fail them.
 * A failure of the machine (no such file, no room, bytes that are not what was stored) is no fault of the file and is
 * thrown on.
 */
export function asUnusable(error: unknown): UnusableFileError {
  if (error instanceof UnusableFileError) return error;
  if (error instanceof DamagedBlobError || (error instanceof Error && 'syscall' in error)) throw error;
  return new UnusableFileError('damaged', 'The file could not be read.', { cause: error });
}
