import type { Clock } from '../../platform/clock.ts';
import { claimMarkerSystem } from '../fhir-rest/claim-marker.ts';
import { isObject, type JsonObject, member, objects, text } from '../fhir-rest/json-values.ts';
import type { FhirResource } from './fhir-resource.ts';
import type { Ledger } from './ledger.ts';
import { type Answer, refusal, rejection } from './outcomes.ts';
import type { Records } from './records.ts';

export interface ClaimDeskOptions {
  readonly records: Records;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** `[base]`, for `Location`. */
  readonly baseUrl: string;
  /** `If-None-Exist` is honoured; without it the header is ignored, as by many servers. */
  readonly conditionalCreate: boolean;
  /** A visit has one claim at most. Without it a claim made twice is a second claim. */
  readonly oneClaimPerVisit: boolean;
  /** Visits that somebody has open. */
  readonly lockedEncounters: ReadonlySet<string>;
}

/** What a posted claim is about, as far as it can be read. */
export interface PostedClaim {
  readonly claim: JsonObject;
  readonly marker: string | undefined;
  readonly encounterId: string | undefined;
  readonly appointmentId: string | undefined;
}

/** Takes claims: looks them over, writes them down, answers as a FHIR server does. */
export interface ClaimDesk {
  read(body: unknown): PostedClaim;
  post(posted: PostedClaim, ifNoneExist: string | undefined): Answer;
}

export function createClaimDesk(options: ClaimDeskOptions): ClaimDesk {
  const { records } = options;
  return {
    read(body) {
      const claim = isObject(body) ? body : {};
      const identifiers = objects(claim, 'identifier');
      const [item] = objects(claim, 'item');
      const encounterId = idIn(objects(item, 'encounter')[0], 'Encounter');
      const encounter = encounterId === undefined ? undefined : records.get('Encounter', encounterId);
      return {
        claim,
        marker: text(
          identifiers.find(({ system }) => system === claimMarkerSystem),
          'value',
        ),
        encounterId,
        appointmentId: idIn(objects(encounter, 'appointment')[0], 'Appointment'),
      };
    },
    post(posted, ifNoneExist) {
      const existing = options.conditionalCreate ? findExisting(records, ifNoneExist) : undefined;
      if (existing !== undefined) return { ...located(options, existing), status: 200 };
      return refuse(options, posted) ?? commit(options, posted);
    },
  };
}

/** Claims with the identifier that the condition names; anything else in a condition is beyond this server. */
function findExisting(records: Records, ifNoneExist: string | undefined): FhirResource | undefined {
  const condition = new URLSearchParams(ifNoneExist ?? '').get('identifier');
  const separator = condition?.indexOf('|') ?? -1;
  if (condition === null || separator < 0) return undefined;
  const [system, value] = [condition.slice(0, separator), condition.slice(separator + 1)];
  const marked = records.naming('Claim', `${system}|${value}`);
  return marked.find((claim) =>
    objects(claim, 'identifier').some((found) => found.system === system && found.value === value),
  );
}

/** The checks of a practice's billing; undefined when the claim may stand. */
function refuse(options: ClaimDeskOptions, { claim, encounterId }: PostedClaim): Answer | undefined {
  const { records, lockedEncounters, oneClaimPerVisit } = options;
  const patientId = idIn(member(claim, 'patient'), 'Patient');
  if (claim.resourceType !== 'Claim' || claim.use !== 'claim') return refusal(400, { code: 'structure' });
  const encounter = encounterId === undefined ? undefined : records.get('Encounter', encounterId);
  if (encounter === undefined) return refusal(422, { code: 'not-found', detail: 'INVALID_ENCOUNTER' });
  if (idIn(member(encounter, 'subject'), 'Patient') !== patientId) {
    return refusal(422, { code: 'business-rule', detail: 'ENCOUNTER_PATIENT_MISMATCH' });
  }
  if (encounter.status !== 'finished') {
    return refusal(422, { code: 'business-rule', expression: 'Claim.item[0].encounter' });
  }
  if (lockedEncounters.has(encounter.id)) return rejection('encounter_locked');
  if (oneClaimPerVisit && hasClaim(records, encounter.id)) return rejection('duplicate');
  return undefined;
}

function hasClaim(records: Records, encounterId: string): boolean {
  return records
    .naming('Claim', `Encounter/${encounterId}`)
    .some((claim) =>
      objects(claim, 'item').some((item) => idIn(objects(item, 'encounter')[0], 'Encounter') === encounterId),
    );
}

/** The first number is that of the contract's example. */
const firstClaimNumber = 100_234;

function commit(options: ClaimDeskOptions, posted: PostedClaim): Answer {
  const { records, ledger, clock } = options;
  const made = ledger.entries.filter(({ kind }) => kind === 'claim').length;
  const committedAt = clock.now().toISOString();
  const resource: FhirResource = {
    ...posted.claim,
    resourceType: 'Claim',
    id: String(firstClaimNumber + made),
    meta: { versionId: '1', lastUpdated: committedAt },
  };
  ledger.append({
    kind: 'claim',
    emrClaimId: resource.id,
    ...(posted.marker === undefined ? {} : { marker: posted.marker }),
    ...(posted.appointmentId === undefined ? {} : { appointmentId: posted.appointmentId }),
    // A claim without a known visit was refused.
    encounterId: posted.encounterId ?? '',
    committedAt,
    resource,
  });
  records.put(resource);
  return located(options, resource);
}

function located({ baseUrl }: ClaimDeskOptions, claim: FhirResource): Answer {
  return {
    status: 201,
    headers: { location: `${baseUrl}/Claim/${claim.id}/_history/1`, etag: 'W/"1"' },
    body: claim,
  };
}

function idIn(value: unknown, type: string): string | undefined {
  const reference = text(value, 'reference');
  return reference?.startsWith(`${type}/`) ? reference.slice(type.length + 1) : undefined;
}
