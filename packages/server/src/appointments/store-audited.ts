import { systemActor } from '../audit/audit-entry.ts';
import { auditWork } from '../audit/audit-work.ts';
import type { LinkedAccount } from '../linked-accounts/linked-account.ts';
import type { AppointmentsContext } from './context.ts';
import type { PreparedPage } from './store-page.ts';

/**
 * Notes that a page of an EMR's records is kept, before it is. EMRs tell the last records again each time they are asked;
 * a page that tells nothing new is no access to anything, and an entry for it each minute would hide the others.
 */
export async function storeAudited(
  context: AppointmentsContext,
  { organizationId, id: accountId }: LinkedAccount,
  resourceType: 'patient' | 'appointment',
  page: PreparedPage,
): Promise<void> {
  if (page.changeCount === 0) return page.store();
  const resourceIds = [accountId];
  const happening = {
    organizationId,
    actor: systemActor,
    operation: 'sync-account',
    resourceType,
    resourceIds,
  };
  await auditWork(
    context.audit,
    happening,
    () => page.store(),
    () => [accountId, ...page.appointmentIds],
  );
}
