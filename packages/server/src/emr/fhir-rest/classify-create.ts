import type { Clock } from '../../platform/clock.ts';
import type { ClaimOutcome } from '../connector.ts';
import { isMarkedWith } from './claim-marker.ts';
import { failureReason, reasonsOf } from './failure-reasons.ts';
import { isFhirId, resourceId } from './fhir-values.ts';
import type { HttpAnswer, HttpExchange } from './http-exchange.ts';
import { isObject, parseJson } from './json-values.ts';
import { type OutcomeIssue, readIssues } from './operation-outcome.ts';
import { retryAfterMs } from './retry-after.ts';

/**
 * What the answer to a create says about the claim. Only what proves that nothing was written is called rejected or
 * unavailable; everything unclear is unknown (docs/decisions/0021-what-an-answer-proves.md).
 */
export function classifyCreate(exchange: HttpExchange, marker: string, clock: Clock): ClaimOutcome {
  if (exchange.kind === 'not_sent') return { kind: 'unavailable' };
  if (exchange.kind === 'no_answer') return unknown(exchange.reason);
  const { status, headers } = exchange;
  if (status === 200 || status === 201) return readCreated(exchange, marker);
  if (status === 401)
    return { kind: 'login_required', message: 'The EMR no longer accepts the credentials.' };
  if (status === 429) {
    // An EMR that counts calls turns this one away before it looks at it.
    const waitMs = retryAfterMs(headers, clock.now());
    return { kind: 'unavailable', ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
  }
  return isRefusal(status) ? readRefusal(exchange) : unknown(`The EMR answered with status ${status}.`);
}

/** A client error says "not done". Not these three: late (408, 425), or more than one claim there already (412). */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 412, 425].includes(status);
}

/** 200 answers a conditional create whose claim is already there. */
function readCreated(answer: HttpAnswer, marker: string): ClaimOutcome {
  const claim = parseJson(answer.body);
  const isClaim = isObject(claim) && claim.resourceType === 'Claim';
  if (isClaim && !isMarkedWith(claim, marker)) return unknown('The EMR answered with another claim.');
  const inBody = isClaim ? resourceId(claim) : undefined;
  const inLocation = locatedClaim(answer.headers.location);
  if (inBody !== undefined && inLocation !== undefined && inBody !== inLocation) {
    return unknown('The EMR named two different claims.');
  }
  const emrClaimId = inBody ?? inLocation;
  return emrClaimId === undefined ? unknown('The EMR named no claim.') : { kind: 'created', emrClaimId };
}

/** The id in `[base]/Claim/[id]/_history/[version]`. */
function locatedClaim(location: string | undefined): string | undefined {
  const path = location?.split(/[?#]/)[0] ?? '';
  const id = /(?:^|\/)Claim\/([^/]+)(?:\/_history\/[^/]+)?$/.exec(path)?.[1];
  return isFhirId(id) ? id : undefined;
}

/** Issue types that speak of the server's trouble, not of the claim's: who knows how far it came. */
const unclearIssues: ReadonlySet<string> = new Set([
  'exception',
  'incomplete',
  'no-store',
  'timeout',
  'transient',
]);

function readRefusal({ status, body }: HttpAnswer): ClaimOutcome {
  const issues: readonly OutcomeIssue[] = readIssues(body);
  if (issues.some(({ code }) => unclearIssues.has(code))) {
    return unknown(`The EMR answered with status ${status} and trouble of its own.`);
  }
  return issues.length > 0
    ? { kind: 'rejected', reasons: reasonsOf(issues) }
    : { kind: 'rejected', reasons: [failureReason('emr_rejected')] };
}

function unknown(reason: string): ClaimOutcome {
  return { kind: 'unknown', reason };
}
