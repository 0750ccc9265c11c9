import { auditDisclosure } from '../audit/audit-disclosure.ts';
import type { AuditResult } from '../audit/audit-entry.ts';
import type { OutboundFailure } from '../platform/outbound/outbound-errors.ts';
import type { MadeAttempt } from './attempt-delivery.ts';
import type { WebhooksContext } from './context.ts';
import type { LeasedDelivery } from './delivery.ts';

/** Notes that an event is sent to a receiver, before it is; see `auditDisclosure`. */
export function auditAttempt(
  { audit }: Pick<WebhooksContext, 'audit'>,
  delivery: LeasedDelivery,
  send: () => Promise<MadeAttempt>,
): Promise<MadeAttempt> {
  const happening = {
    organizationId: delivery.organizationId,
    operation: 'deliver-webhooks',
    resourceType: 'webhook_event',
    resourceIds: [delivery.event.id, delivery.id, delivery.endpoint.id],
  };
  return auditDisclosure(audit, happening, send, resultOf);
}

/** Failures before a byte of the event could leave. */
const before: readonly (OutboundFailure | undefined)[] = [
  'address_refused',
  'name_not_resolved',
  'connect_timeout',
  'connection_refused',
  'tls_failed',
];

/** Whoever answered has read the event, whatever the answer was. */
function resultOf({ attempt: { statusCode, error } }: MadeAttempt): AuditResult {
  if (statusCode !== undefined) return { outcome: 'allowed', status: statusCode };
  return { outcome: before.includes(error) ? 'failed' : 'unknown', errorCode: error };
}
