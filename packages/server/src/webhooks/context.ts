import type { AuditRecorder } from '../audit/audit-recorder.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { Vault } from '../platform/encryption/vault.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { Logger } from '../platform/observability/logger.ts';
import type { Outbound } from '../platform/outbound/outbound.ts';
import type { RunningDrains } from './drain-endpoint.ts';
import type { PublishDependencies } from './publish-events.ts';

/** Everything the use cases of this room lean on; built once in `app.ts`. Also what `publishEvent` needs. */
export interface WebhooksContext extends PublishDependencies {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  /** For what jobs send; requests are noted where they come in. */
  readonly audit: AuditRecorder;
  /** The way out to receivers, with its judgement of addresses. */
  readonly outbound: Outbound;
  /** From 0 up to 1; spreads retries. */
  readonly random: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Has an endpoint looked at once a retry is due, if that is soon; the sweeper finds the others. */
  readonly wakeLater: (delayMs: number, organizationId: string, endpointId: string) => void;
  /** The endpoints that are being drained in this process. */
  readonly drains: RunningDrains;
  /** A worker holds a delivery this long without a sign of life, in seconds. */
  readonly leaseSeconds: number;
}
