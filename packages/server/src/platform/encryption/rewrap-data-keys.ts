import type { Queryable } from '../database/database.ts';
import { listKeysWrappedByOthers, updateWrapping } from './data-key-queries.ts';
import type { KeyRing } from './key-provider.ts';
import { unwrapDataKey } from './load-keys.ts';

const batchSize = 100;

/**
 * Wraps every data key with the current master key; afterwards no other is needed. What was sealed is not touched. Safe
 * to run again.
 * @returns how many were wrapped anew
 * @throws MasterKeyError when a master key that wrapped one is not at hand, PrecertError `service_unavailable`
 */
export async function rewrapDataKeys(database: Queryable, ring: KeyRing): Promise<number> {
  let rewrapped = 0;
  for (;;) {
    const keys = await listKeysWrappedByOthers(database, ring.current.id, batchSize);
    if (keys.length === 0) return rewrapped;
    for (const key of keys) {
      const bytes = await unwrapDataKey(ring, key);
      const wrapped = await ring.current.wrap(bytes, key);
      bytes.fill(0);
      if (await updateWrapping(database, key, { masterKey: ring.current.id, wrapped })) rewrapped += 1;
    }
  }
}
