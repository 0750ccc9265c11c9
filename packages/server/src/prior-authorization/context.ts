import type { AuditRecorder } from '../audit/audit-recorder.ts';
import type { TemplateStore } from '../catalog/template-store.ts';
import type { DocumentRenderer } from '../documents/types.ts';
import type { FilesContext } from '../files/files-context.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import type { Vault } from '../platform/encryption/vault.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { Logger } from '../platform/observability/logger.ts';
import type { ChannelRegistry } from '../submission/channel.ts';
import type { PublishDependencies } from '../webhooks/publish-events.ts';
import type { SubmissionSignal } from './submission-signal.ts';

/** Everything the use cases of this room lean on; built once in `app.ts`. */
export interface PriorAuthorizationContext {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly templates: TemplateStore;
  readonly files: FilesContext;
  readonly documents: DocumentRenderer;
  readonly channels: ChannelRegistry;
  readonly idempotencyHash: KeyedHash;
  readonly logger: Logger;
  /** For what jobs and commands do; requests are noted where they come in. */
  readonly audit: AuditRecorder;
  /** Wakes the worker for an attempt; the row is the truth, a lost wake-up is made good by the sweeper. */
  readonly wakeSubmission: (attempt: {
    readonly organizationId: string;
    readonly attemptId: string;
  }) => Promise<void>;
  /** Has deliveries of this room's events to these webhook endpoints looked at; as above. */
  readonly wakeDeliveries: PublishDependencies['wakeDeliveries'];
  readonly submissions: SubmissionSignal;
  /** How long a submit waits for its attempt before it answers with `submitting`, in milliseconds. */
  readonly submitWaitMs: number;
  /** A worker holds an attempt this long without a sign of life, in seconds. */
  readonly leaseSeconds: number;
  /** Documents of the sandbox say so. */
  readonly sandbox: boolean;
}
