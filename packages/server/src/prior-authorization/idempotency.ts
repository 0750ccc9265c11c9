import { canonicalJson } from '../platform/crypto/canonical-json.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Queryable } from '../platform/database/database.ts';
import { isLockTimeout } from '../platform/database/database-errors.ts';
import { PrecertError } from '../platform/errors.ts';

/** Contract README, prior auth 2. */
export const keyLifetimeDays = 30;

type HeldOperation = 'create' | 'submit';

export interface HeldKey {
  readonly fingerprint: string;
  readonly resourceId: string;
}

/** @returns undefined when the key is free or has expired */
export async function findKey(
  database: Queryable,
  organizationId: string,
  operation: HeldOperation,
  hashedKey: string,
  now: Date,
): Promise<HeldKey | undefined> {
  const rows = await database.query<HeldKey>(
    {
      name: 'find_idempotency_key',
      text: `select fingerprint, resource_id as "resourceId" from idempotency_key
              where organization_id = $1 and operation = $2 and key = $3 and expires_at > $4`,
    },
    [organizationId, operation, hashedKey, now],
  );
  return rows[0];
}

/** Makes room for the key to be taken again; a key that still holds is left alone. */
export async function deleteExpiredKey(
  database: Queryable,
  organizationId: string,
  operation: HeldOperation,
  hashedKey: string,
  now: Date,
): Promise<void> {
  await database.execute(
    `delete from idempotency_key
      where organization_id = $1 and operation = $2 and key = $3 and expires_at <= $4`,
    [organizationId, operation, hashedKey, now],
  );
}

/** For the sweeper, which serves all organizations. Returns how many were removed, at most `limit`. */
export async function deleteExpiredKeys(database: Queryable, now: Date, limit: number): Promise<number> {
  return database.execute(
    `delete from idempotency_key where (organization_id, operation, key) in (
       select organization_id, operation, key from idempotency_key where expires_at <= $1 limit $2)`,
    [now, limit],
  );
}

/** A client's key as it is kept: nobody promised that it names no patient. */
export function hashKey(hash: KeyedHash, key: string): string {
  return hash.hex(`key ${key}`);
}

/** Equal for equal JSON: neither key order nor white space nor the spelling of a number counts. */
export function fingerprintOf(hash: KeyedHash, body: unknown): string {
  return hash.hex(canonicalJson(body));
}

export function expiryOf(now: Date): Date {
  return new Date(now.getTime() + keyLifetimeDays * 86_400_000);
}

/**
 * A write that claims a key waits for another request with the same key; when that takes too long the client is told
 * to come back (contract README, prior auth 2).
 * @throws PrecertError `idempotency_request_in_progress`
 */
export async function claiming<Result>(write: Promise<Result>): Promise<Result> {
  try {
    return await write;
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    throw new PrecertError(
      'idempotency_request_in_progress',
      'A request with this idempotency key is still running.',
      {
        retryAfterSeconds: 1,
        cause: error,
      },
    );
  }
}
