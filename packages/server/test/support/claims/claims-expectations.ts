/** What every answer of the claims API has in common. */

import { expect } from 'vitest';
import type { Answer } from '../api/api-client.ts';
import type { ClaimsClient } from './claims-client.ts';

/** The whole body is `{success, message}`: nothing else may stand beside them. */
export function expectClaimsError(answer: Answer, status: number, message: unknown): void {
  expect([answer.status, answer.body]).toEqual([status, { success: false, message }]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  expect(answer.headers.get('x-request-id')).toMatch(/./);
}

/** The body of an answer that is no error. */
export function taken(answer: Answer): Answer['body'] {
  if (answer.status >= 300) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  expect(answer.body.success).toBe(true);
  return answer.body;
}

/** Requests a claim and has it answered 202. */
export async function requestClaim(client: ClaimsClient, appointmentId: string): Promise<Answer['body']> {
  const answer = await client.call('POST', '/v1/claims', { appointment_id: appointmentId });
  expect([answer.status, answer.body.message]).toEqual([
    202,
    'Claim creation queued. A webhook event will be sent upon completion.',
  ]);
  return answer.body;
}

export async function readClaim(client: ClaimsClient, claimId: string): Promise<Answer['body']> {
  return taken(await client.call('GET', `/v1/claims/${claimId}`)).claim;
}

/** Events of one job, oldest first. */
export async function eventsOfJob(client: ClaimsClient, jobId: number): Promise<Answer['body'][]> {
  const path = `/v1/webhook-events?job_id=${jobId}&sort=created_at`;
  return taken(await client.call('GET', path)).webhook_events;
}

/** Types of events of the account's claims and of its login, oldest first. */
export async function eventTypes(client: ClaimsClient): Promise<string[]> {
  const { webhook_events: events } = taken(
    await client.call('GET', '/v1/webhook-events?sort=created_at&page_size=100'),
  );
  return events
    .map(({ type }: { type: string }) => type)
    .filter((type: string) => /^(claim|access_token)\./.test(type));
}
