import type { App } from './app.ts';
import { asSystem } from './platform/database/database-scope.ts';
import {
  countKeysByMasterKey,
  listRotatingOrganizations,
  listWornOrganizations,
} from './platform/encryption/data-key-queries.ts';
import { wornUses } from './platform/encryption/organization-keys.ts';
import type { Rotation } from './platform/encryption/rotate-data-keys.ts';

/** What `precert encryption status` prints. */
export function describeEncryption({ encryption: { database, ring } }: App): Promise<readonly string[]> {
  return asSystem(async () => {
    const counts = await countKeysByMasterKey(database);
    const rotating = await listRotatingOrganizations(database);
    const worn = await listWornOrganizations(database, wornUses);
    return [
      `The master key in use is ${ring.current.id}.`,
      ...counts.map(({ masterKey, keys, organizations }) => {
        const at = `${keys} data keys of ${organizations} organizations are wrapped with ${masterKey}`;
        if (masterKey === ring.current.id) return `${at}.`;
        const isAtHand = ring.find(masterKey) !== undefined;
        return `${at}${isAtHand ? '; `precert encryption rewrap` moves them' : ', which is NOT at hand'}.`;
      }),
      ...(counts.length === 0 ? ['There are no data keys yet.'] : []),
      ...rotating.map((id) => `${id} has a retired data key: its rotation is not over.`),
      ...worn.map((id) => `${id} has a data key that has sealed much: it is rotated by the server soon.`),
    ];
  });
}

/** What `precert encryption rotate` prints of one organization. */
export function describeRotation(rotation: Rotation): string {
  const { organizationId, isNew, resealed, unreadable, versionsLeft } = rotation;
  const what = isNew ? 'has a new data key' : 'was still rotating';
  const broken = unreadable === 0 ? '' : ` ${unreadable} rows do not open and were left as they are.`;
  const rest =
    versionsLeft.length === 0
      ? ''
      : ` The server deletes version ${versionsLeft.join(', ')} once it is ten minutes old and nothing needs it.`;
  return `${organizationId} ${what}; ${resealed} values were sealed anew.${broken}${rest}`;
}
