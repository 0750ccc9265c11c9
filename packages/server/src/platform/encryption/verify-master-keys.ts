import type { Queryable } from '../database/database.ts';
import { PrecertError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { listWrappingSamples } from './data-key-queries.ts';
import type { KeyRing } from './key-provider.ts';
import { unwrapDataKey } from './load-keys.ts';

/**
 * Tries each master key the database's data keys need on one of them, so that a server with a wrong key does not start
 * instead of failing every request. A key service that is away only for now does not keep it from starting: it is not
 * ready until the service answers.
 * @throws MasterKeyError
 */
export async function verifyMasterKeys(database: Queryable, ring: KeyRing, logger: Logger): Promise<void> {
  for (const sample of await listWrappingSamples(database)) {
    try {
      const bytes = await unwrapDataKey(ring, sample);
      bytes.fill(0);
    } catch (error) {
      if (!(error instanceof PrecertError)) throw error;
      logger.warn({ err: error }, 'the key service does not answer; the server is not ready until it does');
    }
  }
}
