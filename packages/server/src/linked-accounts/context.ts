import type { EmrConnectorRegistry } from '../emr/connector.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { PublishDependencies } from '../webhooks/publish-events.ts';
import type { AccountReference } from './linked-account.ts';

/** Everything the use cases of this room lean on; built once in `app.ts`. Also what `publishEvent` needs. */
export interface LinkedAccountsContext extends PublishDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  /** Of access tokens. */
  readonly hash: KeyedHash;
  readonly connectors: EmrConnectorRegistry;
  /** Origins of EMRs to which organizations may link accounts themselves. */
  readonly openOrigins: readonly string[];
  /** Has the account's sync and its claims looked at; the rows are the truth, lost wake-ups are made good by sweepers. */
  readonly wakeAccount: (account: AccountReference) => Promise<void>;
}
