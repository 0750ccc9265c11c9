/** What a failure of the database means. SQLSTATE codes: PostgreSQL, Appendix A. */

import { PrecertError } from '../errors.ts';

/** SQLSTATE of an error either engine threw, undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  const code = propertyOf(error, 'code');
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !isSystemError(error) ? code : undefined;
}

/** Serialization failure or deadlock: the same work may succeed when begun again. */
export function isWorthRetrying(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01' || isStalePlan(error);
}

/**
 * A named statement planned before a migration changed its columns. The connection that planned it has to go.
 * Happens while an old and a new server run side by side.
 */
export function isStalePlan(error: unknown): boolean {
  return sqlState(error) === '0A000' && /cached plan must not change result type/.test(messageOf(error));
}

/**
 * True when the server could not be reached, gave up on us or has no room: the request may be sent again later.
 * Classes: 08 connection, 53 resources, 57P0x shutdown, 57014 statement timeout, 25P03 idle timeout,
 * 25006 standby after a failover, 58030 I/O.
 */
export function isUnavailability(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return /^(08|53|57P0|57014|25P03|25006|58030)/.test(state);
  return isSystemError(error) || driverGaveUp.test(messageOf(error));
}

/** Messages of `pg` and `pg-pool`, which carry no code. */
const driverGaveUp =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (was closed|has encountered a connection error)|Cannot use a pool after calling end)/;

/** True, before and after `asCallersError`, for a wait for another transaction's row that took too long. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error instanceof PrecertError ? error.cause : error) === lockNotAvailable;
}

const lockNotAvailable = '55P03';

/** The error a caller sees: unavailability as 503 with a hint when to come back, everything else untouched. */
export function asCallersError(error: unknown): unknown {
  if (sqlState(error) === lockNotAvailable) {
    return new PrecertError(
      'service_unavailable',
      'Another request holds what this one needs. Try again shortly.',
      {
        retryAfterSeconds: 1,
        cause: error,
      },
    );
  }
  if (!isUnavailability(error)) return error;
  return new PrecertError('service_unavailable', 'The database is not available. Try again shortly.', {
    retryAfterSeconds: 2,
    cause: error,
  });
}

/** ECONNREFUSED, ECONNRESET, ENOTFOUND and their kin, also inside the AggregateError of a dual-stack connect. */
function isSystemError(error: unknown): boolean {
  return (
    typeof propertyOf(error, 'syscall') === 'string' ||
    /^E[A-Z_]{4,}$/.test(String(propertyOf(error, 'code')))
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function propertyOf(error: unknown, key: string): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  return Reflect.get(error, key);
}
