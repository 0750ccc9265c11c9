import type { Store } from '../platform/encryption/store.ts';
import { PrecertError } from '../platform/errors.ts';
import { type CaseWrite, findCase, updateCase } from './case-queries.ts';
import type { PriorAuthorizationContext } from './context.ts';
import type { PriorAuthorization } from './prior-authorization.ts';

/** What a use case decided about a case it read. */
export interface Decision<Result> {
  /** Absent: nothing is to be written. */
  readonly write?: CaseWrite;
  readonly result: Result;
  /** Thrown after the write is committed: a refusal that leaves a trace (contract prior-auth.md, 3.4). */
  readonly refusal?: PrecertError;
}

/** What writing a case takes. */
export type WritingContext = Store & Pick<PriorAuthorizationContext, 'ids' | 'wakeDeliveries'>;

/** Each lost round means that another writer got through, so this is a bound on contention, not on time. */
const maximumRounds = 64;

/**
 * Reads a case, lets `decide` decide on it, and writes the decision if nobody wrote in between; else all over
 * again. So writers of one case are serialized without holding a lock or a transaction while they think.
 * @throws PrecertError `authorization_not_found`, `service_unavailable`, and whatever `decide` throws
 */
export async function changeCase<Result>(
  context: WritingContext,
  organizationId: string,
  authorizationId: string,
  decide: (current: PriorAuthorization) => Decision<Result> | Promise<Decision<Result>>,
): Promise<Result> {
  for (let round = 0; round < maximumRounds; round += 1) {
    const current = await getCase(context, organizationId, authorizationId);
    const decision = await decide(current);
    if (decision.write !== undefined && !(await writeCase(context, current, decision.write))) continue;
    if (decision.refusal !== undefined) throw decision.refusal;
    return decision.result;
  }
  throw new PrecertError('service_unavailable', 'Too many writers work on this authorization; try again.', {
    retryAfterSeconds: 1,
  });
}

/** False when somebody else wrote first. */
async function writeCase(
  context: WritingContext,
  current: PriorAuthorization,
  write: CaseWrite,
): Promise<boolean> {
  const { written, endpointIds } = await updateCase(context, current, write, context.ids.next('whd'));
  await wakeAddressed(context, current.organizationId, endpointIds);
  return written;
}

/** Sends off the webhooks of what was just written. */
export async function wakeAddressed(
  context: Pick<PriorAuthorizationContext, 'wakeDeliveries'>,
  organizationId: string,
  endpointIds: readonly string[],
): Promise<void> {
  if (endpointIds.length > 0) await context.wakeDeliveries(organizationId, endpointIds);
}

/** @throws PrecertError `authorization_not_found`, also for another organization's id */
export async function getCase(
  context: Store,
  organizationId: string,
  authorizationId: string,
): Promise<PriorAuthorization> {
  const found = await findCase(context, organizationId, authorizationId);
  if (found === undefined)
    throw new PrecertError('authorization_not_found', 'There is no authorization of this id.');
  return found;
}

/**
 * The optional `If-Match` of every write (contract README, prior auth 3).
 * @param expectedVersion undefined when the header was not sent
 * @throws PrecertError `version_conflict`
 */
export function assertVersion(current: PriorAuthorization, expectedVersion: number | undefined): void {
  if (expectedVersion === undefined || expectedVersion === current.version) return;
  throw new PrecertError('version_conflict', 'The authorization was changed since it was read.', {
    details: { expectedVersion, actualVersion: current.version },
  });
}
