/** Speaks the claims API as one client with one linked account would. */

import { findAppointmentsOfEmr } from '../../../src/appointments/appointment-queries.ts';
import type { EmrAppointment } from '../../../src/emr/connector.ts';
import { issueClaimsClient } from '../../../src/identity/issue-claims-client.ts';
import { linkAccount } from '../../../src/linked-accounts/link-account.ts';
import { asOrganization, asSystem } from '../../../src/platform/database/database-scope.ts';
import type { Answer, ApiClient } from '../api/api-client.ts';
import type { TestServer } from '../api/test-server.ts';
import { newVisit, type ScriptedEmr, type ScriptedPractice } from './scripted-emr.ts';

// A type, not an interface: headers may be anything that has names and texts.
export type ClaimsHeaders = {
  readonly client_id: string;
  readonly client_secret: string;
  readonly access_token: string;
};

export interface ClaimsClient {
  readonly organizationId: string;
  readonly accountId: string;
  readonly referenceId: string;
  readonly headers: ClaimsHeaders;
  readonly practice: ScriptedPractice;
  /** The organization's bearer. */
  readonly operator: ApiClient;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** A request of any shape with this client's headers unless others are named. */
  send(path: string, init: RequestInit): Promise<Answer>;
  /** Visits of the practice, read into the mirror; the ids of their appointments. */
  newAppointments(count: number, overrides?: Partial<EmrAppointment>): Promise<readonly string[]>;
  newAppointment(overrides?: Partial<EmrAppointment>): Promise<string>;
}

let lastPractice = 0;

/** An organization with a client, and an account linked to a practice of its own and synced once. */
export async function createClaimsClient(
  server: TestServer,
  emr: ScriptedEmr,
  options: { readonly organization?: ApiClient; readonly timezone?: string } = {},
): Promise<ClaimsClient> {
  const { app } = server;
  const operator = options.organization ?? (await server.newOrganization());
  const { organizationId } = operator;
  const keys = await asSystem(() =>
    issueClaimsClient(app.database, app.identity, { organizationId, name: 'test' }),
  );
  lastPractice += 1;
  const name = `practice-${lastPractice}`;
  const { account, accessToken } = await asOrganization(organizationId, () =>
    linkAccount(app.linkedAccounts, organizationId, {
      connector: 'simulator',
      by: 'operator',
      settings: { practice: name },
      timezone: options.timezone ?? 'America/New_York',
      accessTokenReferenceId: `clinic_${lastPractice}`,
    }),
  );
  await workOff(server);
  const headers = {
    client_id: keys.clientId,
    client_secret: keys.clientSecret,
    access_token: accessToken,
  };
  const practice = emr.practice(name);
  const send: ClaimsClient['send'] = (path, init) =>
    sendWith(headers, path.startsWith('http') ? path : `${server.baseUrl}${path}`, init);
  const newAppointments: ClaimsClient['newAppointments'] = async (count, overrides = {}) => {
    const visits = Array.from({ length: count }, () => newVisit(overrides));
    practice.patients.push(...visits.map(({ patient }) => patient));
    practice.appointments.push(...visits.map(({ appointment }) => appointment));
    await syncNow(server, { organizationId, accountId: account.id });
    const emrIds = visits.map(({ appointment }) => appointment.emrAppointmentId);
    const scope = { organizationId, accountId: account.id };
    const found = await asOrganization(organizationId, () =>
      findAppointmentsOfEmr(app.appointments, scope, emrIds),
    );
    return emrIds.map((emrId) => found.find((one) => one.emrAppointmentId === emrId)?.id ?? '');
  };
  return {
    organizationId,
    accountId: account.id,
    referenceId: account.accessTokenReferenceId,
    headers,
    practice,
    operator,
    send,
    call: (method, path, body, others = {}) =>
      body === undefined
        ? send(path, { method, headers: others })
        : send(path, {
            method,
            headers: { 'content-type': 'application/json', ...others },
            body: JSON.stringify(body),
          }),
    newAppointments,
    newAppointment: async (overrides) => (await newAppointments(1, overrides))[0] ?? '',
  };
}

/** Headers of the request win over those of the client; one given as empty text is left out. */
export async function sendWith(
  own: Readonly<Record<string, string>>,
  url: string,
  init: RequestInit,
): Promise<Answer> {
  const headers = new Headers(own);
  for (const [name, value] of new Headers(init.headers)) {
    if (value === '') headers.delete(name);
    else headers.set(name, value);
  }
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parse(text) };
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Has the account's EMR asked for changes now, due or not. */
export async function syncNow(
  server: TestServer,
  account: { readonly organizationId: string; readonly accountId: string },
): Promise<void> {
  await server.database.execute(
    'update linked_account set next_sync_at = $3 where organization_id = $1 and id = $2',
    [account.organizationId, account.accountId, server.clock.now()],
  );
  await workOff(server);
}

/** Everything due is found and done. For servers without workers of their own. */
export async function workOff({ app }: Pick<TestServer, 'app'>): Promise<void> {
  await app.jobs.sweep();
  await app.jobs.drain();
}
