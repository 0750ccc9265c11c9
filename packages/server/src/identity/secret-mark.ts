/**
 * Keys, cursors, links and the audit trail are hashed with the server's secret. A process with another one would find every
 * key wrong and append to the trail what nobody can verify, so the database keeps a mark of its secret, and a start
 * compares. The mark is an HMAC of a fixed word: it tells nothing of a secret of 128 bits or more.
 */

import { createKeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Queryable } from '../platform/database/database.ts';

/** `message` says how to mend it. */
export class SecretMismatchError extends Error {
  override readonly name = 'SecretMismatchError';

  constructor() {
    super(
      'The server’s secret (PRECERT_SECRET, or the file `secret` in the data directory) is not the one that this ' +
        'database was used with. Give the former one back. If it shall be replaced, run `precert secret replace` with ' +
        'the new one set: it makes all issued keys void.',
    );
  }
}

/**
 * Ties the database to the secret, or finds that they are tied already.
 * @throws SecretMismatchError
 */
export async function tieSecret(database: Queryable, secret: Uint8Array): Promise<void> {
  const mark = markOf(secret);
  await database.execute('insert into server_secret (mark) values ($1) on conflict do nothing', [mark]);
  await requireSame(database, mark);
}

/**
 * As `tieSecret`, but writes nothing: a database that is not tied yet is well too.
 * @param secret undefined when there is none
 * @throws SecretMismatchError
 */
export function checkSecret(database: Queryable, secret: Uint8Array | undefined): Promise<void> {
  return requireSame(database, secret === undefined ? undefined : markOf(secret));
}

/** From now on servers with this secret start, and no others. False when it was this one already. */
export async function replaceSecret(database: Queryable, secret: Uint8Array): Promise<boolean> {
  const replaced = await database.execute(
    `insert into server_secret (mark) values ($1)
     on conflict (only_row) do update set mark = excluded.mark where server_secret.mark <> excluded.mark`,
    [markOf(secret)],
  );
  return replaced === 1;
}

async function requireSame(database: Queryable, mark: string | undefined): Promise<void> {
  const [row] = await database.query<{ mark: string }>('select mark from server_secret');
  if (row !== undefined && row.mark !== mark) throw new SecretMismatchError();
}

function markOf(secret: Uint8Array): string {
  return createKeyedHash(secret, 'secret_mark').base64url('precert');
}
