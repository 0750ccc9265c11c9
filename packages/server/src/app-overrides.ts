import type { AuditOverrides } from './audit/audit-trail.ts';
import type { DocumentRenderer } from './documents/types.ts';
import type { EmrConnectorFactory } from './emr/connector.ts';
import type { LoginGuard } from './identity/login-guard.ts';
import type { Clock } from './platform/clock.ts';
import type { EmbeddedDatabase } from './platform/database/embedded-database.ts';
import type { PostgresDatabase } from './platform/database/postgres-database.ts';
import type { Vault } from './platform/encryption/vault.ts';
import type { HttpLimits } from './platform/http/limits.ts';
import type { IdGenerator } from './platform/ids.ts';
import type { Logger } from './platform/observability/logger.ts';
import type { Outbound } from './platform/outbound/outbound.ts';
import type { BlobStore } from './platform/storage/blob-store.ts';
import type { Channel } from './submission/channel.ts';

/** What a test, or a command of the command line, may put in place of the real thing. */
export interface AppOverrides {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly database?: EmbeddedDatabase | PostgresDatabase;
  readonly documents?: DocumentRenderer;
  readonly channels?: (parts: { readonly blobs: BlobStore; readonly clock: Clock }) => readonly Channel[];
  readonly emrConnectors?: (parts: {
    readonly clock: Clock;
    readonly ids: IdGenerator;
  }) => readonly EmrConnectorFactory[];
  readonly httpLimits?: Partial<HttpLimits>;
  readonly leaseSeconds?: number;
  readonly scanMs?: number;
  readonly identityProviderMs?: number;
  readonly loginGuard?: LoginGuard;
  /** The way to webhook receivers. */
  readonly outbound?: Outbound;
  /** From 0 up to 1; spreads retries. */
  readonly random?: () => number;
  /** A vault around the real one. */
  readonly vault?: (vault: Vault) => Vault;
  /** `off` is for measuring what the trail costs; nothing but a test or a benchmark can ask for it. */
  readonly audit?: AuditOverrides | 'off';
  /** `refuse` leaves a database of another version alone and makes none; for commands that are no start of the server. */
  readonly migrations?: 'apply' | 'refuse';
  /** Tests set it: a response that does not follow its schema is a 500. */
  readonly checkResponses?: boolean;
}
