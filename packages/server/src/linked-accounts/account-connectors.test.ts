import { expect, test } from 'vitest';
import { ScriptedPractice } from '../../test/support/claims/scripted-emr.ts';
import { capacity, createAccountConnectors } from './account-connectors.ts';
import type { LinkedAccount } from './linked-account.ts';

const now = new Date('2026-03-13T17:00:00Z');

function accountOf(id: string): LinkedAccount {
  return {
    organizationId: 'org_1',
    id,
    accessTokenLastFour: 'x7Qa',
    accessTokenReferenceId: id,
    connector: 'simulator',
    settings: {},
    linkedBy: 'operator',
    emrInstanceDomain: 'emr.example',
    timezone: 'UTC',
    state: 'active',
    lastSyncedAt: undefined,
    createdAt: now,
    updatedAt: now,
  };
}

test('connectors are kept for so many accounts, and opened again for those left out', () => {
  const opened: string[] = [];
  const connectors = createAccountConnectors(
    {
      open: (_kind, { accountId }) => {
        opened.push(accountId);
        return new ScriptedPractice().connector();
      },
    },
    { now: () => now },
  );
  const ids = Array.from({ length: capacity + 1 }, (_, index) => `acc_${index}`);
  for (const id of ids) connectors.connectorOf(accountOf(id));
  connectors.connectorOf(accountOf(ids.at(-1) ?? ''));
  expect(opened).toEqual(ids);
  connectors.connectorOf(accountOf(ids[0] ?? ''));
  expect(opened).toEqual([...ids, ids[0]]);
});
