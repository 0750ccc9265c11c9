import type { AppOverrides } from './app-overrides.ts';
import type { AuditRecorder } from './audit/audit-recorder.ts';
import type { Config } from './config/config.ts';
import { submissionLeaseSeconds } from './config/limits.ts';
import type { DocumentRenderer } from './documents/types.ts';
import type { Storage } from './open-storage.ts';
import type { Clock } from './platform/clock.ts';
import { createKeyedHash } from './platform/crypto/keyed-hash.ts';
import type { Database } from './platform/database/database.ts';
import type { JobQueue } from './platform/jobs/job-queue.ts';
import type { Logger } from './platform/observability/logger.ts';
import type { PriorAuthorizationContext } from './prior-authorization/context.ts';
import { defineJobs, deliverSubmissionQueue } from './prior-authorization/define-jobs.ts';
import { createSubmissionSignal } from './prior-authorization/submission-signal.ts';
import { channelRegistry } from './submission/channel.ts';
import { createSimulatorChannel } from './submission/simulator/simulator-channel.ts';

export interface PriorAuthorizationParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly database: Database;
  readonly storage: Storage;
  readonly documents: DocumentRenderer;
  readonly templates: PriorAuthorizationContext['templates'];
  readonly audit: AuditRecorder;
  readonly overrides: Pick<AppOverrides, 'channels' | 'leaseSeconds'>;
}

/** The prior-authorization room with its channels and jobs. */
export function assemblePriorAuthorization(
  {
    config,
    clock,
    logger,
    database,
    storage,
    documents,
    templates,
    audit,
    overrides,
  }: PriorAuthorizationParts,
  shared: Pick<PriorAuthorizationContext, 'ids' | 'files' | 'wakeDeliveries'> & { readonly jobs: JobQueue },
): PriorAuthorizationContext {
  const { jobs, ...others } = shared;
  const makeChannels = overrides.channels ?? defaultChannels(config);
  const context: PriorAuthorizationContext = {
    ...others,
    database,
    vault: storage.vault,
    clock,
    templates,
    documents,
    channels: channelRegistry(makeChannels({ blobs: storage.blobs, clock })),
    idempotencyHash: createKeyedHash(storage.secret, 'idempotency'),
    logger,
    audit,
    wakeSubmission: (attempt) =>
      jobs.enqueue(deliverSubmissionQueue, { ...attempt }, { singletonKey: attempt.attemptId }),
    submissions: createSubmissionSignal(),
    submitWaitMs: config.submitWaitMs,
    leaseSeconds: overrides.leaseSeconds ?? submissionLeaseSeconds,
    sandbox: config.environment === 'sandbox',
  };
  defineJobs(jobs, context);
  return context;
}

/** Production has no simulated payers: until a real channel is set up, a submit fails with `channel_not_configured`. */
function defaultChannels(config: Config): NonNullable<AppOverrides['channels']> {
  if (config.environment === 'production') return () => [];
  return (parts) =>
    (['fax', 'portal', 'phone'] as const).map((kind) => createSimulatorChannel({ ...parts, kind }));
}
