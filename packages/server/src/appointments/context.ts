import type { AuditRecorder } from '../audit/audit-recorder.ts';
import type { AccountConnectors } from '../linked-accounts/account-connectors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { Vault } from '../platform/encryption/vault.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { Logger } from '../platform/observability/logger.ts';
import type { PublishDependencies } from '../webhooks/publish-events.ts';

/** Everything the use cases of this room lean on; built once in `app.ts`. Also what `publishEvent` needs. */
export interface AppointmentsContext extends PublishDependencies {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly audit: AuditRecorder;
  readonly accounts: AccountConnectors;
  /** An account is asked for changes this often, in milliseconds. */
  readonly syncEveryMs: number;
  /** A worker holds a sync this long without a sign of life, in seconds. */
  readonly leaseSeconds: number;
}
