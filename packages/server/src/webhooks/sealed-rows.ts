/** What the rows of webhooks keep sealed, and what binds it to them. */

import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { SealedTable } from '../platform/encryption/sealed-table.ts';
import { eventText } from './event-envelope.ts';

export const sealedSecrets: SealedTable = { name: 'webhook_secret', key: ['id'] };
export const sealedEvents: SealedTable = { name: 'webhook_event', key: ['id'] };
export const sealedAttempts: SealedTable = { name: 'webhook_attempt', key: ['delivery_id', 'number'] };

/** Every table of this room with sealed values. */
export const sealedTables: readonly SealedTable[] = [sealedSecrets, sealedEvents, sealedAttempts];

/** Seals an event as the very text that is sent and signed. */
export function sealEvent(
  keys: OrganizationKeys,
  { id, body }: { readonly id: string; readonly body: object },
): Buffer {
  return keys.seal(sealedEvents, [id], eventText(body));
}

/** The text of an event. */
export function openEvent(keys: OrganizationKeys, id: string, sealed: Uint8Array): string {
  return keys.open<string>(sealedEvents, [id], sealed);
}
