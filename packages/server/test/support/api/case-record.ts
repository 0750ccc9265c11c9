/** Everything the API shows of one case, to see what an operation changed and that a refusal changed nothing. */

import { expect } from 'vitest';
import type { Answer, ApiClient } from './api-client.ts';
import { authorizationsPath, succeed } from './sample-case.ts';

export interface CaseRecord {
  readonly authorization: Answer['body'];
  readonly events: Answer['body'][];
  readonly artifacts: Answer['body'][];
  readonly submissions: Answer['body'][];
}

export async function readCase(client: ApiClient, authorizationId: string): Promise<CaseRecord> {
  const path = `${authorizationsPath}/${authorizationId}`;
  return {
    authorization: succeed(await client.call('GET', path)),
    events: await listAll(client, `${path}/events`),
    artifacts: await listAll(client, `${path}/artifacts`),
    submissions: await listAll(client, `${path}/submissions`),
  };
}

/** Fails unless `act` left everything the API shows of the case as it was. */
export async function expectUnchanged(
  client: ApiClient,
  authorizationId: string,
  act: () => Promise<Answer>,
): Promise<Answer> {
  const before = await readCase(client, authorizationId);
  const answer = await act();
  expect(await readCase(client, authorizationId)).toEqual(before);
  return answer;
}

/** Follows `nextCursor` to the end of a list. */
export async function listAll(client: ApiClient, path: string, limit = 100): Promise<Answer['body'][]> {
  const items: Answer['body'][] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === null ? {} : { cursor }) });
    const page: Answer['body'] = succeed(await client.call('GET', `${path}?${query}`));
    items.push(...page.data);
    cursor = page.pagination.nextCursor;
  } while (cursor !== null);
  return items;
}

export async function listEvents(client: ApiClient, authorizationId: string): Promise<Answer['body'][]> {
  return listAll(client, `${authorizationsPath}/${authorizationId}/events`);
}

export async function listEventTypes(client: ApiClient, authorizationId: string): Promise<readonly string[]> {
  const events = await listEvents(client, authorizationId);
  return events.map(({ type }) => type.replace('prior_auth.', ''));
}

export function attach(client: ApiClient, authorizationId: string, body: object): Promise<Answer> {
  return client.call('POST', `${authorizationsPath}/${authorizationId}/attachments`, body);
}

/** Plays the payer. */
export function sendPayerEvent(client: ApiClient, authorizationId: string, event: object): Promise<Answer> {
  return client.call('POST', `/v1/sandbox/prior-auth/authorizations/${authorizationId}/payer-events`, event);
}

export function patchCase(client: ApiClient, authorizationId: string, body: object): Promise<Answer> {
  return client.call('PATCH', `${authorizationsPath}/${authorizationId}`, body);
}

export function submitCase(client: ApiClient, authorizationId: string, key?: string): Promise<Answer> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  return client.call('POST', `${authorizationsPath}/${authorizationId}/submit`, undefined, headers);
}
