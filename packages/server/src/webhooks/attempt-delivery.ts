import { OutboundError } from '../platform/outbound/outbound-errors.ts';
import type { OutboundAnswer } from '../platform/outbound/pinned-request.ts';
import type { WebhooksContext } from './context.ts';
import type { Attempt, LeasedDelivery } from './delivery.ts';
import { attemptTimeoutMs, readRetryAfter } from './retry-schedule.ts';
import { signatureHeaders, signedAttempt } from './sign-delivery.ts';

const connectTimeoutMs = 3_000;
const maximumAnswerBytes = 64 * 1024;
const excerptBytes = 1024;

export interface MadeAttempt {
  readonly attempt: Attempt;
  /** How long the receiver asked to be left alone. */
  readonly retryAfterMs: number | undefined;
}

/** What of a delivery is sealed, opened. */
export interface OpenedContent {
  /** The text of the event. */
  readonly body: string;
  /** Those that sign, newest first. */
  readonly secrets: readonly string[];
}

/** Sends a delivery once. An answer counts by its status, whatever becomes of its body. */
export async function attemptDelivery(
  context: WebhooksContext,
  delivery: LeasedDelivery,
  { body, secrets }: OpenedContent,
  signal: AbortSignal,
): Promise<MadeAttempt> {
  const { endpoint } = delivery;
  const attemptedAt = context.clock.now();
  const signed = signedAttempt(delivery, body, attemptedAt);
  const startedAt = performance.now();
  const outcome = await context.outbound
    .send(endpoint.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(signed.body)),
        'user-agent': 'Precert-Webhooks',
        ...signatureHeaders(endpoint.profile, secrets, signed),
      },
      body: signed.body,
      connectTimeoutMs,
      totalTimeoutMs: attemptTimeoutMs(endpoint.schedule, signed.attemptNumber),
      maximumAnswerBytes,
      signal,
    })
    .catch(asFailure);
  const answer = outcome instanceof OutboundError ? undefined : outcome;
  return {
    attempt: {
      number: signed.attemptNumber,
      attemptedAt,
      durationMs: Math.round(performance.now() - startedAt),
      statusCode: answer?.status,
      error: outcome instanceof OutboundError ? outcome.failure : undefined,
      responseExcerpt: answer === undefined ? undefined : excerptOf(answer),
    },
    retryAfterMs: readRetryAfter(answer?.headers['retry-after'], context.clock.now()),
  };
}

function asFailure(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  throw error;
}

/** As text PostgreSQL can keep: it refuses U+0000. */
function excerptOf({ body }: OutboundAnswer): string | undefined {
  if (body.length === 0) return undefined;
  return new TextDecoder().decode(body.subarray(0, excerptBytes)).replaceAll('\0', '\ufffd');
}
