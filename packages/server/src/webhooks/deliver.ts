import { keepLease } from '../platform/jobs/keep-lease.ts';
import { attemptDelivery, type MadeAttempt } from './attempt-delivery.ts';
import { auditAttempt } from './audit-attempt.ts';
import type { WebhooksContext } from './context.ts';
import type { LeasedDelivery } from './delivery.ts';
import { type AttemptOutcome, extendLease, giveBack, recordAttempt } from './delivery-queries.ts';
import { disableEndpoint } from './disable-endpoint.ts';
import type { DisabledReason } from './endpoint.ts';
import { openSecrets, secretHolder } from './endpoint-secrets.ts';
import { nextStep } from './retry-schedule.ts';
import { openEvent } from './sealed-rows.ts';

/** Nothing but failures for this long turns an endpoint off. */
const maximumFailingMs = 5 * 24 * 3_600_000;

/** What could not even be tried for a reason of ours waits this long; it counts as no attempt. */
const postponementMs = 5 * 60_000;

/**
 * One attempt of a delivery this worker holds: sent, logged, moved on. A crash between the sending and the record has
 * the lease run out and the delivery sent again: at least once.
 */
export async function deliver(
  context: WebhooksContext,
  delivery: LeasedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const logger = context.logger.child({ deliveryId: delivery.id });
  const lease = keepLease(
    () => extendLease(context.database, delivery, context.leaseSeconds),
    context.leaseSeconds,
    logger,
  );
  try {
    const made = await attempt(context, delivery, AbortSignal.any([lease.lost, signal]));
    // Cut off by ourselves: what the receiver made of it is not known, and the attempt is made again.
    if (lease.lost.aborted) return;
    if (signal.aborted) return await giveBack(context.database, delivery, context.clock.now());
    await record(context, delivery, made);
  } catch (error) {
    logger.error({ err: error }, 'a webhook could not be sent; it waits');
    const dueAt = new Date(context.clock.now().getTime() + postponementMs);
    await giveBack(context.database, delivery, dueAt).catch(() => {
      // The lease runs out by itself.
    });
  } finally {
    lease.stop();
  }
}

/** @throws SealedValueError when the event or a secret does not open */
async function attempt(
  context: WebhooksContext,
  delivery: LeasedDelivery,
  signal: AbortSignal,
): Promise<MadeAttempt> {
  const holder = secretHolder(delivery.endpoint);
  const { organizationId, event } = delivery;
  const secrets = await openSecrets(context, organizationId, holder);
  if (secrets.length === 0) throw new Error('An endpoint has no secret to sign with.');
  const body = await context.vault.withKeys(organizationId, (keys) =>
    openEvent(keys, event.id, event.sealed),
  );
  return auditAttempt(context, delivery, () => attemptDelivery(context, delivery, { body, secrets }, signal));
}

async function record(
  context: WebhooksContext,
  delivery: LeasedDelivery,
  { attempt: made, retryAfterMs }: MadeAttempt,
): Promise<void> {
  const { schedule } = delivery.endpoint;
  const next = nextStep(schedule, made.number, made, context.random(), retryAfterMs);
  if (next.kind === 'succeeded') {
    const keys = await context.vault.keysOf(delivery.organizationId);
    await recordAttempt(context.database, keys, delivery, made, { status: 'succeeded' });
    return;
  }
  const recorded = await recordFailure(context, delivery, made, outcomeOf(context, next));
  if (next.kind === 'retry' && recorded) {
    context.wakeLater(next.delayMs, delivery.organizationId, delivery.endpoint.id);
  }
}

function outcomeOf(
  context: WebhooksContext,
  next: Exclude<ReturnType<typeof nextStep>, { kind: 'succeeded' }>,
): AttemptOutcome {
  if (next.kind === 'failed') return { status: 'failed' };
  return { status: 'pending', dueAt: new Date(context.clock.now().getTime() + next.delayMs) };
}

/** The failure, and that it was one too many, are known together or not at all. */
async function recordFailure(
  context: WebhooksContext,
  delivery: LeasedDelivery,
  made: MadeAttempt['attempt'],
  outcome: AttemptOutcome,
): Promise<boolean> {
  const keys = await context.vault.keysOf(delivery.organizationId);
  return context.database.transaction(async (transaction) => {
    const recorded = await recordAttempt(transaction, keys, delivery, made, outcome);
    if (recorded === undefined) return false;
    if (!recorded.isJudged) return true;
    const failingSince = recorded.failingSince ?? undefined;
    const reason = reasonToDisable(made, failingSince);
    if (reason === undefined) return true;
    const endpoint = { id: delivery.endpoint.id, reason, failingSince };
    await disableEndpoint(context, transaction, keys, endpoint);
    return false;
  });
}

function reasonToDisable(
  { statusCode, attemptedAt }: MadeAttempt['attempt'],
  failingSince: Date | undefined,
): DisabledReason | undefined {
  if (statusCode === 410) return 'gone';
  if (failingSince === undefined) return undefined;
  return attemptedAt.getTime() - failingSince.getTime() >= maximumFailingMs ? 'failing' : undefined;
}
