import { beforeEach, describe, expect, test } from 'vitest';
import { claimOperations, claimStates, targetOf } from '../../../src/claims/lifecycle.ts';
import {
  extendClaimLease,
  leaseClaim,
  leaseDueClaims,
  recordIntent,
} from '../../../src/claims/posting-queries.ts';
import { resolveClaim } from '../../../src/claims/resolve-claim.ts';
import { confirmClaim, failClaim, loseTrackOfClaim } from '../../../src/claims/settle-claim.ts';
import { forgetIntent, postponeCreate, settleClaimRow } from '../../../src/claims/settlement-queries.ts';
import { unlinkAccount } from '../../../src/linked-accounts/unlink-account.ts';
import { asOrganization, asSystem } from '../../../src/platform/database/database-scope.ts';
import { LeaseLostError } from '../../../src/platform/jobs/keep-lease.ts';
import { tableContents } from '../../support/api/table-contents.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { claimRow, expireLease } from '../../support/claims/claim-rows.ts';
import { type ClaimsClient, createClaimsClient, workOff } from '../../support/claims/claims-client.ts';
import {
  eventsOfJob,
  eventTypes,
  readClaim,
  requestClaim,
} from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';
import { organizationKeys, storedClaimSecrets } from '../../support/encryption/opened-rows.ts';

const emr = createScriptedEmr();
const server = useTestServer({ overrides: { emrConnectors: () => [emr.factory] }, workers: false });

let client: ClaimsClient;
let claimId: string;
let jobId: number;
beforeEach(async () => {
  client = await createClaimsClient(server(), emr);
  ({ claim_id: claimId, job_id: jobId } = await requestClaim(client, await client.newAppointment()));
});

const context = () => server().app.claims;

/** As the organization's own work: that is how a worker runs the use cases. */
const inScope = <Result>(work: () => Promise<Result>) => asOrganization(client.organizationId, work);

async function lease() {
  const found = await inScope(() => leaseClaim(context(), client.organizationId, claimId, 15));
  if (found === undefined) throw new Error('The claim is held by somebody.');
  return found;
}

const account = () => ({ id: client.accountId, accessTokenReferenceId: client.referenceId });

describe('a worker that was overtaken', () => {
  test('writes nothing and tells nothing, whatever the EMR told it', async () => {
    const overtaken = { claim: await lease(), account: account() };
    await expireLease(server(), claimId);
    const successor = { claim: await lease(), account: account() };
    expect(successor.claim.leaseNumber).toBe(overtaken.claim.leaseNumber + 1);
    const before = await tableContents(server().database);
    for (const write of [
      () => confirmClaim(context(), overtaken, '1'),
      () => failClaim(context(), overtaken, []),
      () => loseTrackOfClaim(context(), overtaken, undefined),
      () => forgetIntent(context().database, overtaken.claim),
    ]) {
      await expect(inScope(write)).rejects.toThrow(LeaseLostError);
    }
    const recorded = inScope(() => recordIntent(context().database, overtaken.claim, 15));
    expect(await recorded).toBe(false);
    expect(await tableContents(server().database)).toEqual(before);
    await inScope(() => confirmClaim(context(), successor, '2'));
    expect(await readClaim(client, claimId)).toMatchObject({ state: 'created', emr_claim_id: '2' });
    expect(await eventTypes(client)).toEqual(['claim.created']);
  });

  test('is overtaken only when it gave no sign of life', async () => {
    await lease();
    const due = { now: server().clock.now(), leaseSeconds: 15, limit: 10 };
    const leaseDue = () => inScope(() => leaseDueClaims(context().database, client, due));
    expect(await leaseDue()).toEqual([]);
    await expireLease(server(), claimId);
    expect(await leaseDue()).toMatchObject([{ id: claimId }]);
  });
});

describe('a worker that gave a claim back', () => {
  test.each(['by postponing it', 'by a lease of no time'])(
    '%s holds it no more by a late renewal',
    async (way) => {
      const held = await lease();
      const { database } = context();
      await inScope(async () => {
        const now = server().clock.now();
        const postponement = { dueAt: now, countsAsTry: false, since: now };
        if (way.includes('postponing')) await postponeCreate(database, held, postponement);
        else await extendClaimLease(database, held, 0);
        expect(await extendClaimLease(database, held, 15)).toBe(false);
      });
      expect(await lease()).toMatchObject({ leaseNumber: held.leaseNumber + 1 });
    },
  );
});

describe('a guarded update', () => {
  const pairs = claimStates.flatMap((state) => claimOperations.map((operation) => ({ state, operation })));
  test.each(pairs)('of a claim in $state does $operation as the table says', async ({ state, operation }) => {
    const held = await lease();
    await server().database.execute('update claim set state = $2 where id = $1', [claimId, state]);
    const target = targetOf(state, operation);
    const id = context().ids.next('evt');
    const event = { id, type: 'claim.created', body: {}, occurredAt: server().clock.now() } as const;
    const keys = await organizationKeys(server(), client.organizationId);
    const settlement = { operation, event };
    const write = () =>
      inScope(() => settleClaimRow(context().database, keys, held, settlement, context().ids.next('whd')));
    if (target === undefined) await expect(write()).rejects.toThrow(LeaseLostError);
    else await write();
    expect((await claimRow(server(), claimId)).state).toBe(target ?? state);
    const told = await server().database.query('select 1 from webhook_event where id = $1', [id]);
    expect(told).toHaveLength(target === undefined ? 0 : 1);
  });
});

describe('a person’s word', () => {
  async function loseTrack() {
    client.practice.capabilities = { ...client.practice.capabilities, findClaimByMarker: false };
    client.practice.onCreate = async () => ({ kind: 'unknown', reason: 'The connection broke.' });
    await workOff(server());
    expect((await readClaim(client, claimId)).state).toBe('outcome_unknown');
  }
  const organizationId = () => client.organizationId;

  test('that the EMR has it makes it created, told as ever', async () => {
    await loseTrack();
    const outcome = { kind: 'created', emrClaimId: '4711' } as const;
    await resolveClaim(context(), { organizationId: organizationId(), claimId, outcome });
    expect(await readClaim(client, claimId)).toMatchObject({ state: 'created', emr_claim_id: '4711' });
    const events = await eventsOfJob(client, jobId);
    expect(events.map(({ type }) => type)).toEqual(['claim.outcome_unknown', 'claim.created']);
    expect(events[1]?.data.emr_claim_id).toBe('4711');
  });

  test('that it does not makes it failed and frees the appointment', async () => {
    await loseTrack();
    const outcome = { kind: 'failed', code: 'emr_rejected' } as const;
    await resolveClaim(context(), { organizationId: organizationId(), claimId, outcome });
    const claim = await readClaim(client, claimId);
    expect(claim).toMatchObject({ state: 'failed', reasons: [{ code: 'emr_rejected' }] });
    const again = await client.call('POST', '/v1/claims', { appointment_id: claim.appointment_id });
    expect(again.status).toBe(202);
  });

  test('is not asked for of a claim that is pending, settled, or somebody else’s', async () => {
    const outcome = { kind: 'created', emrClaimId: '1' } as const;
    const resolve = (organization: string) =>
      resolveClaim(context(), { organizationId: organization, claimId, outcome });
    await expect(resolve(client.organizationId)).rejects.toMatchObject({ code: 'claim_not_found' });
    // Asking in vain takes the claim from nobody.
    await workOff(server());
    expect((await readClaim(client, claimId)).state).toBe('created');
    await expect(resolve(client.organizationId)).rejects.toMatchObject({ code: 'claim_not_found' });
    const stranger = await createClaimsClient(server(), emr);
    await expect(resolve(stranger.organizationId)).rejects.toMatchObject({ code: 'claim_not_found' });
    expect(await eventTypes(client)).toEqual(['claim.created']);
  });
});

describe('an account that is unlinked', () => {
  test('fails the claims that wait, and tells so', async () => {
    await asSystem(() => unlinkAccount(server().app.linkedAccounts, client));
    await workOff(server());
    expect((await claimRow(server(), claimId)).state).toBe('failed');
    expect(await storedClaimSecrets(server(), claimId)).toMatchObject({
      reasons: [{ code: 'login_required' }],
    });
    expect(client.practice.creates).toEqual([]);
    const events = await server().database.query('select type from webhook_event where job_id = $1', [jobId]);
    expect(events).toEqual([{ type: 'claim.failed' }]);
  });
});

describe('many claims of one account', () => {
  test('are under way at most eight at once, and all end', { timeout: 60_000 }, async () => {
    let underWay = 0;
    let most = 0;
    client.practice.onCreate = async ({ marker }) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      return client.practice.makeClaim(marker);
    };
    const ids = await client.newAppointments(30);
    for (const id of ids) await requestClaim(client, id);
    await workOff(server());
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
    expect(client.practice.claims.size).toBe(31);
    expect(new Set(client.practice.creates).size).toBe(client.practice.creates.length);
  });
});
