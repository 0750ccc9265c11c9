import type { IdGenerator } from '../platform/ids.ts';
import type { ClaimsEventType } from '../webhooks/event-types.ts';
import type { NewWebhookEvent } from '../webhooks/publish-events.ts';

/** What every event of an account carries of it. */
export interface EventAccount {
  readonly id: string;
  readonly accessTokenReferenceId: string;
}

export interface AccountEventContent {
  readonly type: ClaimsEventType;
  /** Of operations only: a number here and in answers, text in the event (contract claims.md, 1.5). */
  readonly jobId?: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
}

/** An event in the vendor's envelope (contract claims.md, 1.5 and 4.4), its fields in the contract's order. */
export function accountEvent(
  ids: IdGenerator,
  account: EventAccount,
  { type, jobId, data, occurredAt }: AccountEventContent,
): NewWebhookEvent {
  const id = ids.next('evt');
  return {
    id,
    accountId: account.id,
    type,
    ...(jobId === undefined ? {} : { jobId }),
    occurredAt,
    body: {
      id,
      access_token_reference_id: account.accessTokenReferenceId,
      object: 'event',
      created: wholeSeconds(occurredAt),
      type,
      ...(jobId === undefined ? {} : { job_id: String(jobId) }),
      data,
    },
  };
}

/** `2026-05-22T10:30:00Z`, as the contract's examples have it. */
function wholeSeconds(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
