import { randomBytes } from 'node:crypto';
import type { AppOverrides } from './app-overrides.ts';
import type { AuditRecorder } from './audit/audit-recorder.ts';
import type { Config } from './config/config.ts';
import { webhookLeaseSeconds } from './config/limits.ts';
import type { Clock } from './platform/clock.ts';
import type { Database } from './platform/database/database.ts';
import type { Vault } from './platform/encryption/vault.ts';
import type { IdGenerator } from './platform/ids.ts';
import type { JobQueue } from './platform/jobs/job-queue.ts';
import { type Logger, subsystemLogger } from './platform/observability/logger.ts';
import { createOutbound } from './platform/outbound/outbound.ts';
import type { WebhooksContext } from './webhooks/context.ts';
import { defineWebhookJobs, wakeEndpoints } from './webhooks/define-jobs.ts';
import type { RunningDrains } from './webhooks/drain-endpoint.ts';
import { createRetryTimers } from './webhooks/retry-timers.ts';

export interface WebhooksParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly database: Database;
  readonly audit: AuditRecorder;
  readonly storage: { readonly vault: Vault };
  readonly overrides: Pick<AppOverrides, 'outbound' | 'random' | 'leaseSeconds'>;
}

/** The webhooks room with its jobs. `stop` ends what would still wake deliveries. */
export function assembleWebhooks(
  { config, clock, logger, database, audit, storage, overrides }: WebhooksParts,
  { ids, jobs }: { readonly ids: IdGenerator; readonly jobs: JobQueue },
): { readonly webhooks: WebhooksContext; stop(): void } {
  const drains: RunningDrains = new Map();
  const wakeDeliveries = wakeEndpoints(jobs, drains);
  const retryTimers = createRetryTimers(wakeDeliveries);
  const webhooks: WebhooksContext = {
    database,
    vault: storage.vault,
    clock,
    ids,
    drains,
    wakeDeliveries,
    logger: subsystemLogger(logger, 'webhooks'),
    audit,
    outbound: overrides.outbound ?? createOutbound({ allowPrivate: config.allowPrivateWebhooks }),
    random: overrides.random ?? Math.random,
    randomBytes,
    wakeLater: (delayMs, organizationId, endpointId) =>
      retryTimers.wakeLater(delayMs, organizationId, endpointId),
    leaseSeconds: overrides.leaseSeconds ?? webhookLeaseSeconds,
  };
  defineWebhookJobs(jobs, webhooks);
  return { webhooks, stop: () => retryTimers.stop() };
}
