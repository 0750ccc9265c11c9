import { addPendingAppointment } from '../appointments/add-pending-appointment.ts';
import { findAppointmentsOfEmr } from '../appointments/appointment-queries.ts';
import type { AppointmentsContext } from '../appointments/context.ts';
import { syncAccount } from '../appointments/sync-account.ts';
import {
  isOfSecondAccount,
  type SeededAppointment,
  seededAppointments,
  simulatorTimezone,
} from '../emr/simulator/seed/visits.ts';
import type { ClaimsAuthenticator } from '../identity/claims-authenticator.ts';
import { issueClaimsClient } from '../identity/issue-claims-client.ts';
import type { IdentityDependencies } from '../identity/issue-credential.ts';
import type { LinkedAccountsContext } from '../linked-accounts/context.ts';
import { linkAccount } from '../linked-accounts/link-account.ts';
import type { AccountReference } from '../linked-accounts/linked-account.ts';
import { asOrganization } from '../platform/database/database-scope.ts';
import { PrecertError } from '../platform/errors.ts';

/** A client of the claims API with one linked account, in the vendor's names, and what its appointments are good for. */
export interface SandboxClaimsCredential {
  readonly client_id: string;
  readonly client_secret: string;
  readonly access_token: string;
  readonly access_token_reference_id: string;
  readonly appointments: {
    /** A claim is created. */
    readonly ready: readonly string[];
    /** The EMR does not have them yet. */
    readonly notSynced: readonly string[];
    /** The EMR refuses the claim, each for another reason. */
    readonly emrWillFail: readonly string[];
  };
}

export interface SandboxClaimsDependencies {
  readonly identity: IdentityDependencies;
  readonly linkedAccounts: LinkedAccountsContext;
  readonly appointments: AppointmentsContext;
  readonly authenticator: ClaimsAuthenticator;
}

export interface SandboxAccount {
  readonly organizationId: string;
  readonly referenceId: string;
  /** Of two accounts that share the simulated practice, each has visits of its own that are ready. */
  readonly isSecond: boolean;
}

const syncTimeoutMs = 15_000;

/** What is kept as long as the server accepts it, or a new client with a new account whose first sync is done. */
export async function ensureSandboxClaims(
  dependencies: SandboxClaimsDependencies,
  kept: SandboxClaimsCredential | undefined,
  account: SandboxAccount,
): Promise<SandboxClaimsCredential> {
  if (kept !== undefined && (await isAccepted(dependencies.authenticator, kept, account))) return kept;
  return asOrganization(account.organizationId, () => create(dependencies, account));
}

async function isAccepted(
  authenticator: ClaimsAuthenticator,
  kept: SandboxClaimsCredential,
  { organizationId }: SandboxAccount,
): Promise<boolean> {
  // A file may hold anything.
  const { client_id: clientId, client_secret: clientSecret, access_token: accessToken, appointments } = kept;
  if (!Array.isArray(appointments?.ready) || appointments.ready.length === 0) return false;
  try {
    const keys = { clientId: String(clientId), clientSecret: String(clientSecret) };
    const caller = await authenticator.authenticateClient(keys);
    await authenticator.authenticateAccount(caller, String(accessToken));
    return caller.organizationId === organizationId;
  } catch (error) {
    // An account whose login expired is still the one that was handed out.
    if (error instanceof PrecertError && error.code === 'login_required') return true;
    if (error instanceof PrecertError && error.code !== 'service_unavailable') return false;
    throw error;
  }
}

async function create(
  { identity, linkedAccounts, appointments }: SandboxClaimsDependencies,
  { organizationId, referenceId, isSecond }: SandboxAccount,
): Promise<SandboxClaimsCredential> {
  const { database } = linkedAccounts;
  const keys = await issueClaimsClient(database, identity, { organizationId, name: 'sandbox' });
  // The queue is not there yet, and the first sync is run right here.
  const context = { ...linkedAccounts, wakeAccount: async () => undefined };
  const { account, accessToken } = await linkAccount(context, organizationId, {
    connector: 'simulator',
    settings: {},
    by: 'operator',
    accessTokenReferenceId: referenceId,
    timezone: simulatorTimezone,
  });
  const reference = { organizationId, accountId: account.id };
  await syncAccount(appointments, reference, AbortSignal.timeout(syncTimeoutMs));
  return {
    client_id: keys.clientId,
    client_secret: keys.clientSecret,
    access_token: accessToken,
    access_token_reference_id: account.accessTokenReferenceId,
    appointments: {
      ready: await idsOf(appointments, reference, readyFor(isSecond)),
      notSynced: await addUnsynced(appointments, reference),
      emrWillFail: await idsOf(appointments, reference, failing),
    },
  };
}

function readyFor(isSecond: boolean): readonly SeededAppointment[] {
  const ready = seededAppointments.filter(({ expectation }) => expectation === 'ready');
  return ready.filter((seeded) => isOfSecondAccount(seeded) === isSecond);
}

const failing = seededAppointments.filter(({ expectation }) => expectation === 'willFail');

/** Our ids of appointments that the EMR knows by its own, in the order of the seed. */
async function idsOf(
  context: AppointmentsContext,
  reference: AccountReference,
  seeded: readonly SeededAppointment[],
): Promise<readonly string[]> {
  const emrIds = seeded.map(({ emrAppointmentId }) => emrAppointmentId);
  const found = await findAppointmentsOfEmr(context, reference, emrIds);
  const idByEmrId = new Map(found.map(({ id, emrAppointmentId }) => [emrAppointmentId, id]));
  return emrIds.flatMap((emrId) => idByEmrId.get(emrId) ?? []);
}

const unsyncedCount = 3;

async function addUnsynced(
  context: AppointmentsContext,
  reference: AccountReference,
): Promise<readonly string[]> {
  const [first] = seededAppointments;
  const ids: string[] = [];
  for (let count = 0; count < unsyncedCount; count += 1) {
    const startsAt = new Date(`2026-03-${16 + count}T14:00:00.000Z`);
    const visit = { emrPatientId: first?.emrPatientId, startsAt };
    ids.push(await addPendingAppointment(context, context, reference, visit));
  }
  return ids;
}
