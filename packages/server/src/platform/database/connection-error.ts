import { PrecertError } from '../errors.ts';
import { sqlState } from './database-errors.ts';

/** The database cannot be used as configured. One line for the operator: host, port and why, never user or password. */
export class DatabaseConnectionError extends Error {
  override readonly name = 'DatabaseConnectionError';
}

/** What system errors and SQLSTATEs (PostgreSQL, Appendix A) mean to somebody who set `DATABASE_URL`. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the host',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'there was no answer in time',
  '28000': 'it does not let this user in from here',
  '28P01': 'it refuses the user or the password',
  '3D000': 'it has no database of this name',
  '53300': 'it has no connection left',
  '57P03': 'it is still starting',
};

/** What to throw when a database could not be opened: a line for the operator, or the error itself when it is a defect. */
export function asConnectionError(url: string, error: unknown): unknown {
  const root = error instanceof PrecertError ? error.cause : error;
  if (!(error instanceof PrecertError) && sqlState(error) === undefined) return error;
  const code = codeOf(root);
  const reason = code === undefined ? 'there was no answer' : (reasons[code] ?? code);
  return new DatabaseConnectionError(`The database at ${addressOf(url)} cannot be used: ${reason}.`, {
    cause: error,
  });
}

/** A connect to a name of several addresses fails with all their errors together. */
function codeOf(error: unknown): string | undefined {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code: unknown = first instanceof Error ? Reflect.get(first, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'the configured address';
  const { hostname, port, searchParams } = new URL(url);
  return `${hostname || (searchParams.get('host') ?? 'localhost')}:${port || '5432'}`;
}
