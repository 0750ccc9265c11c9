import { createHmac } from 'node:crypto';
import type { LeasedDelivery } from './delivery.ts';
import type { SignatureProfile } from './endpoint.ts';

/** What is signed and told about one attempt. */
export interface SignedAttempt {
  readonly eventId: string;
  readonly body: string;
  /** When the event happened. */
  readonly occurredAt: Date;
  readonly attemptedAt: Date;
  /** From 1. */
  readonly attemptNumber: number;
}

/** @param body the text of the event */
export function signedAttempt(delivery: LeasedDelivery, body: string, attemptedAt: Date): SignedAttempt {
  const { event, attemptCount } = delivery;
  return {
    eventId: event.id,
    body,
    occurredAt: event.occurredAt,
    attemptedAt,
    attemptNumber: attemptCount + 1,
  };
}

/** @param secrets those that sign now, newest first; at least one */
export function signatureHeaders(
  profile: SignatureProfile,
  secrets: readonly string[],
  attempt: SignedAttempt,
): Readonly<Record<string, string>> {
  return profile === 'standard' ? standardHeaders(secrets, attempt) : cobaltHeaders(secrets, attempt);
}

/** Standard Webhooks 1.0.0: every secret signs, and one signature that fits is enough. */
function standardHeaders(secrets: readonly string[], attempt: SignedAttempt): Record<string, string> {
  const timestamp = Math.floor(attempt.attemptedAt.getTime() / 1_000).toString();
  const signed = `${attempt.eventId}.${timestamp}.${attempt.body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  });
  return {
    'webhook-id': attempt.eventId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/**
 * Contract claims.md, 4.2. Its header holds one signature, the newest secret's; while a secret is replaced the one
 * before signs a header of ours (decision 0017).
 */
function cobaltHeaders(secrets: readonly string[], attempt: SignedAttempt): Record<string, string> {
  const [newest = '', previous] = secrets.map((secret) =>
    createHmac('sha256', secret).update(attempt.body).digest('hex'),
  );
  return {
    'cobalt-verification': newest,
    ...(previous === undefined ? {} : { 'cobalt-verification-previous': previous }),
    'webhook-id': attempt.eventId,
    'webhook-timestamp': attempt.occurredAt.toISOString(),
    'webhook-attempt': String(attempt.attemptNumber),
  };
}
