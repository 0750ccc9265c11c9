import { systemActor } from '../audit/audit-entry.ts';
import { auditWork } from '../audit/audit-work.ts';
import type { AppointmentsContext } from './context.ts';
import type { PageToStore } from './store-page.ts';

/** Notes that a page of an EMR's records is kept, before it is. One that tells nothing is no access to anything. */
export async function auditPage<Item>(
  context: AppointmentsContext,
  resourceType: 'patient' | 'appointment',
  page: PageToStore<Item>,
  store: (context: AppointmentsContext, page: PageToStore<Item>) => Promise<readonly string[]>,
): Promise<void> {
  if (page.items.length === 0) {
    await store(context, page);
    return;
  }
  const { organizationId, id: accountId } = page.account;
  const happening = {
    organizationId,
    actor: systemActor,
    operation: 'sync-account',
    resourceType,
    resourceIds: [accountId],
  };
  await auditWork(
    context.audit,
    happening,
    () => store(context, page),
    (ids) => [accountId, ...ids],
  );
}
