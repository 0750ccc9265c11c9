import { type ChangePage, type EmrConnector, EmrReadError } from '../emr/connector.ts';
import type { AccountReference, LinkedAccount } from '../linked-accounts/linked-account.ts';
import { findAccount } from '../linked-accounts/linked-account-queries.ts';
import { requireLogin } from '../linked-accounts/require-login.ts';
import { type KeptLease, keepLease, LeaseLostError } from '../platform/jobs/keep-lease.ts';
import type { AppointmentsContext } from './context.ts';
import { storeAudited } from './store-audited.ts';
import { prepareAppointments, preparePatients } from './store-page.ts';
import { extendSyncLease, finishSync, leaseSync, type SyncLease } from './sync-queries.ts';

/**
 * Brings the mirror of one account up to date: patients first, so that appointments find them. Safe to run at any
 * time and any number of times: it takes the account for itself or does nothing, and every page is kept together with
 * the cursor behind it, so that a run that ends early goes on where it was.
 */
export async function syncAccount(
  context: AppointmentsContext,
  reference: AccountReference,
  signal: AbortSignal,
): Promise<void> {
  const lease = await leaseSync(context.database, reference, context.clock.now(), context.leaseSeconds);
  if (lease === undefined) return;
  const kept = keepSyncLease(context, lease);
  try {
    const account = await findAccount(context.database, reference);
    if (account === undefined) return;
    const whileHeld = AbortSignal.any([signal, kept.lost]);
    await run(context, { account, lease, signal: whileHeld }).catch((error: unknown) =>
      endAfterFailure(context, { account, lease, signal }, error),
    );
  } finally {
    kept.stop();
  }
}

interface SyncRun {
  readonly account: LinkedAccount;
  readonly lease: SyncLease;
  readonly signal: AbortSignal;
}

async function run(context: AppointmentsContext, syncRun: SyncRun): Promise<void> {
  const { account, lease, signal } = syncRun;
  const connector = context.accounts.connectorOf(account);
  await readAll(
    lease.patientCursor,
    (cursor) => connector.listChangedPatients(cursor, signal),
    async ({ items, cursor }) => {
      const page = await preparePatients(context, { account, lease, items, cursor });
      await storeAudited(context, account, 'patient', page);
    },
    signal,
  );
  await readAppointments(context, connector, syncRun);
  const now = context.clock.now();
  await finishSync(context.database, lease, new Date(now.getTime() + context.syncEveryMs), now);
}

function readAppointments(
  context: AppointmentsContext,
  connector: EmrConnector,
  { account, lease, signal }: SyncRun,
): Promise<void> {
  return readAll(
    lease.appointmentCursor,
    (cursor) => connector.listChangedAppointments(cursor, signal),
    async ({ items, cursor }) => {
      const page = await prepareAppointments(context, { account, lease, items, cursor });
      await storeAudited(context, account, 'appointment', page);
    },
    signal,
  );
}

/** Reads page after page until the EMR has no more, or says so for ever without moving on. */
async function readAll<Item>(
  from: string | undefined,
  read: (cursor: string | undefined) => Promise<ChangePage<Item>>,
  store: (page: ChangePage<Item>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let cursor = from; ; ) {
    signal.throwIfAborted();
    const page = await read(cursor);
    await store(page);
    if (!page.hasMore || page.cursor === cursor) return;
    cursor = page.cursor;
  }
}

function keepSyncLease(context: AppointmentsContext, lease: SyncLease): KeptLease {
  return keepLease(
    () => extendSyncLease(context.database, lease, context.leaseSeconds),
    context.leaseSeconds,
    context.logger.child({ accountId: lease.accountId }),
  );
}

/** A read has no effect in the EMR, so whatever went wrong, the next run begins where this one was. */
async function endAfterFailure(
  context: AppointmentsContext,
  { account, lease, signal }: SyncRun,
  error: unknown,
): Promise<void> {
  if (error instanceof LeaseLostError) return;
  if (signal.aborted) {
    // Out of time, or the server stops: still due, for whoever looks next.
    await extendSyncLease(context.database, lease, 0);
    return;
  }
  if (error instanceof EmrReadError && error.kind === 'login_required') {
    const keys = await context.vault.keysOf(lease.organizationId);
    await context.database.transaction((transaction) =>
      requireLogin(transaction, context, keys, account, error.message),
    );
  } else {
    context.logger.warn({ err: error, accountId: lease.accountId }, 'a sync failed and will be run again');
  }
  const toldToWaitMs = error instanceof EmrReadError ? (error.retryAfterMs ?? 0) : 0;
  const nextAt = context.clock.now().getTime() + Math.max(toldToWaitMs, context.syncEveryMs);
  await finishSync(context.database, lease, new Date(nextAt), undefined);
}
