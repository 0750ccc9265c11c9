import type { AuditRecorder } from '../audit/audit-recorder.ts';
import type { AccountScope } from '../identity/claims-authentication.ts';
import type { AccountConnectors } from '../linked-accounts/account-connectors.ts';
import type { Vault } from '../platform/encryption/vault.ts';
import type { Logger } from '../platform/observability/logger.ts';
import type { PublishDependencies } from '../webhooks/publish-events.ts';
import type { RequestClaimContext } from './request-claim.ts';

/** Everything the use cases of this room lean on; built once in `app.ts`. Also what `publishEvent` needs. */
export interface ClaimsContext extends RequestClaimContext, PublishDependencies {
  readonly vault: Vault;
  readonly logger: Logger;
  /** For what jobs tell EMRs; requests are noted where they come in. */
  readonly audit: AuditRecorder;
  readonly accounts: AccountConnectors;
  /** @param afterMs not before this long from now; default at once */
  readonly wakePosting: (account: AccountScope, afterMs?: number) => void;
  /** From 0 up to 1; spreads retries. */
  readonly random: () => number;
  /** A worker holds a claim this long without a sign of life, in seconds. */
  readonly leaseSeconds: number;
}
