import type { AppOverrides } from './app-overrides.ts';
import type { AppointmentsContext } from './appointments/context.ts';
import { defineAppointmentJobs, syncAccountQueue, syncWakeUp } from './appointments/define-jobs.ts';
import type { AuditRecorder } from './audit/audit-recorder.ts';
import type { ClaimsContext } from './claims/context.ts';
import { claimsWakeUp, defineClaimJobs, postClaimsQueue } from './claims/define-jobs.ts';
import type { Config } from './config/config.ts';
import { claimLeaseSeconds } from './config/limits.ts';
import type { EmrConnectors } from './emr/connector.ts';
import { createEmrConnectors } from './emr/emr-connectors.ts';
import { fhirConnectorFactory } from './emr/fhir/fhir-connector-factory.ts';
import { readSandboxEmrUrl } from './emr/simulator/sandbox-emr.ts';
import { simulatorConnectorFactory } from './emr/simulator/simulator-connector.ts';
import { type ClaimsAuthenticator, createClaimsAuthenticator } from './identity/claims-authenticator.ts';
import type { IdentityDependencies } from './identity/issue-credential.ts';
import { createAccountConnectors } from './linked-accounts/account-connectors.ts';
import type { LinkedAccountsContext } from './linked-accounts/context.ts';
import type { AccountReference } from './linked-accounts/linked-account.ts';
import type { Database } from './platform/database/database.ts';
import type { Vault } from './platform/encryption/vault.ts';
import { coalesceWakeUps } from './platform/jobs/coalesced-wake-ups.ts';
import type { JobQueue } from './platform/jobs/job-queue.ts';
import { type Logger, subsystemLogger } from './platform/observability/logger.ts';
import type { PublishDependencies } from './webhooks/publish-events.ts';

/** The rooms behind the claims API, put together. */
export interface ClaimsRooms {
  readonly linkedAccounts: LinkedAccountsContext;
  readonly appointments: AppointmentsContext;
  readonly claims: ClaimsContext;
  readonly authenticator: ClaimsAuthenticator;
  readonly emr: EmrConnectors;
  /** Takes up no more claims and sends no more wake-ups. */
  stop(): Promise<void>;
}

export interface ClaimsRoomsParts {
  readonly config: Config;
  readonly database: Database;
  readonly storage: { readonly vault: Vault };
  readonly logger: Logger;
  readonly audit: AuditRecorder;
  readonly overrides: Pick<AppOverrides, 'emrConnectors' | 'random' | 'leaseSeconds'>;
}

/** Between two inserts into the queue, under load: twenty a second instead of one for every claim. */
const wakeUpGapMs = 50;

export function assembleClaims(
  parts: ClaimsRoomsParts,
  shared: {
    readonly jobs: JobQueue;
    readonly identity: IdentityDependencies;
    readonly publishing: PublishDependencies;
  },
): ClaimsRooms {
  const { config, database, storage, audit, overrides } = parts;
  const { jobs, identity, publishing } = shared;
  const { clock, ids, hash } = identity;
  const leaseSeconds = overrides.leaseSeconds ?? claimLeaseSeconds;
  const makeConnectors = overrides.emrConnectors ?? defaultEmrConnectors(config);
  const connectors = createEmrConnectors({ database }, makeConnectors({ clock, ids }));
  const logger = subsystemLogger(parts.logger, 'claims');
  const accounts = createAccountConnectors(connectors, clock);
  const posting = coalesceWakeUps<AccountReference>({
    nameOf: ({ accountId }) => accountId,
    send: (waiting) => {
      const idle = waiting.filter((account) => !claimPosting.ring(account));
      return jobs.enqueueMany(postClaimsQueue, idle.map(claimsWakeUp));
    },
    gapMs: wakeUpGapMs,
  });
  const { vault } = storage;
  const common = { ...publishing, database, vault, clock, ids, logger, audit, accounts, leaseSeconds };
  const linkedAccounts: LinkedAccountsContext = {
    ...publishing,
    database,
    clock,
    ids,
    hash,
    connectors,
    openOrigins: config.emrOrigins,
    async wakeAccount(account) {
      await jobs.enqueueMany(syncAccountQueue, [syncWakeUp(account)]);
      posting.wake(account);
    },
  };
  const appointments: AppointmentsContext = { ...common, syncEveryMs: config.syncSeconds * 1_000 };
  const claims: ClaimsContext = {
    ...common,
    random: overrides.random ?? Math.random,
    wakePosting: (account, afterMs) => posting.wake(account, afterMs),
  };
  defineAppointmentJobs(jobs, appointments);
  const claimPosting = defineClaimJobs(jobs, claims);
  return {
    linkedAccounts,
    appointments,
    claims,
    authenticator: createClaimsAuthenticator({ ...identity, database }),
    emr: connectors,
    async stop() {
      claimPosting.stop();
      await posting.stop();
    },
  };
}

/** Production has no simulated EMR. */
function defaultEmrConnectors(config: Config): NonNullable<AppOverrides['emrConnectors']> {
  const { dataDirectory, emrKeysDirectory: keysDirectory, emrOrigins: openOrigins } = config;
  const urlPolicy = { allowInsecure: config.allowInsecureEmr };
  const sandboxUrl = () => readSandboxEmrUrl(dataDirectory);
  return ({ clock, ids }) => [
    fhirConnectorFactory({ clock, nextId: () => ids.nextHex(), keysDirectory, urlPolicy, openOrigins }),
    ...(config.environment === 'production'
      ? []
      : [simulatorConnectorFactory({ clock, sandboxUrl, urlPolicy })]),
  ];
}
