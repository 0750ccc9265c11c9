import type { ClaimFailureCode } from '../connector.ts';
import type { FhirClient } from './fhir-client.ts';
import { codings, hasCode, money, referredId, resourceId } from './fhir-values.ts';
import { type BillableEncounter, findEncounter } from './find-encounter.ts';
import { finiteNumber, type JsonObject, member, objects, text } from './json-values.ts';
import { searchAll } from './search-all.ts';
import type { Charge, Diagnosis, Visit, VisitCoverage } from './visit.ts';

export type ReadVisit =
  | { readonly kind: 'billable'; readonly visit: Visit }
  | { readonly kind: 'refused'; readonly codes: readonly ClaimFailureCode[] };

/**
 * Reads what the EMR holds of an appointment's visit, and says everything that is missing at once.
 * @throws EmrReadError
 */
export async function readVisit(
  client: FhirClient,
  request: { readonly emrAppointmentId: string; readonly emrPatientId: string; readonly signal: AbortSignal },
): Promise<ReadVisit> {
  const found = await findEncounter(client, request);
  if (found.kind === 'refused') return { kind: 'refused', codes: [found.code] };
  const { encounter } = found;
  const { emrPatientId: patientId, signal } = request;
  const ofEncounter = `Encounter/${encounter.encounterId}`;
  const [chargeItems, conditions, coverageResources] = await Promise.all([
    searchAll(client, 'ChargeItem', { context: ofEncounter }, signal),
    searchAll(client, 'Condition', { encounter: ofEncounter }, signal),
    searchAll(client, 'Coverage', { patient: `Patient/${patientId}` }, signal),
  ]);
  const scope = { baseUrl: client.baseUrl.href, encounter, patientId };
  const charges = readCharges(chargeItems, scope);
  const diagnoses = readDiagnoses(conditions, scope);
  const coverages = readCoverages(coverageResources, scope);
  const codes = [
    ...(charges.length === 0 ? (['missing_procedure_codes'] as const) : []),
    ...(diagnoses.length === 0 ? (['missing_diagnosis_codes'] as const) : []),
    ...(coverages.length === 0 ? (['missing_insurance'] as const) : []),
  ];
  if (codes.length > 0) return { kind: 'refused', codes };
  const { encounterId, provider, practitionerId, start, end } = encounter;
  const parts = { encounterId, patientId, provider, practitionerId, start, end };
  return { kind: 'billable', visit: { ...parts, charges, diagnoses, coverages } };
}

interface Scope {
  readonly baseUrl: string;
  readonly encounter: BillableEncounter;
  readonly patientId: string;
}

/** Charges of this visit that the practice released for billing and that carry a code. */
function readCharges(resources: readonly JsonObject[], scope: Scope): readonly Charge[] {
  return resources.flatMap((item) => {
    const chargeItemId = resourceId(item);
    const ofVisit =
      referredId(member(item, 'context'), 'Encounter', scope.baseUrl) === scope.encounter.encounterId;
    const codes = codings(member(item, 'code')).map(({ system, code }) => ({ system, code }));
    if (chargeItemId === undefined || !ofVisit || item.status !== 'billable' || codes.length === 0) return [];
    const quantity = finiteNumber(member(item, 'quantity'), 'value');
    const price = money(member(item, 'priceOverride'));
    return [
      { chargeItemId, codes, quantity: quantity !== undefined && quantity > 0 ? quantity : undefined, price },
    ];
  });
}

/** ICD-10-CM as US Core names it, and the international ICD-10. */
const icd10Systems: ReadonlySet<string> = new Set([
  'http://hl7.org/fhir/sid/icd-10-cm',
  'urn:oid:2.16.840.1.113883.6.90',
  'http://hl7.org/fhir/sid/icd-10',
]);

/** Diagnoses of this visit with an ICD-10 code, the ones the visit ranks first; each code once. */
function readDiagnoses(resources: readonly JsonObject[], scope: Scope): readonly Diagnosis[] {
  const rankOf = ranks(scope);
  const diagnoses = resources.flatMap((condition) => {
    const conditionId = resourceId(condition);
    const ofVisit =
      referredId(member(condition, 'encounter'), 'Encounter', scope.baseUrl) === scope.encounter.encounterId;
    const coding = codings(member(condition, 'code')).find(({ system }) => icd10Systems.has(system ?? ''));
    if (conditionId === undefined || !ofVisit || coding === undefined || isRefuted(condition)) return [];
    return [{ conditionId, code: { system: coding.system, code: coding.code } }];
  });
  const ranked = diagnoses.toSorted((one, other) => rankOf(one.conditionId) - rankOf(other.conditionId));
  return [
    ...new Map(ranked.toReversed().map((diagnosis) => [diagnosis.code.code, diagnosis])).values(),
  ].toReversed();
}

function isRefuted(condition: JsonObject): boolean {
  const verification = member(condition, 'verificationStatus');
  return hasCode(verification, 'refuted') || hasCode(verification, 'entered-in-error');
}

/** `Encounter.diagnosis.rank`; conditions without one come last, in the order they were told. */
function ranks({ encounter, baseUrl }: Scope): (conditionId: string) => number {
  const byCondition = new Map(
    objects(encounter.resource, 'diagnosis').map((diagnosis) => [
      referredId(member(diagnosis, 'condition'), 'Condition', baseUrl),
      finiteNumber(diagnosis, 'rank') ?? Number.MAX_SAFE_INTEGER,
    ]),
  );
  return (conditionId) => byCondition.get(conditionId) ?? Number.MAX_SAFE_INTEGER;
}

/** Coverage of this patient that was in force when the visit began, primary first. */
function readCoverages(resources: readonly JsonObject[], scope: Scope): readonly VisitCoverage[] {
  const orderOf = (coverage: JsonObject) => finiteNumber(coverage, 'order') ?? Number.MAX_SAFE_INTEGER;
  return resources
    .filter(
      (coverage) =>
        coverage.status === 'active' &&
        referredId(member(coverage, 'beneficiary'), 'Patient', scope.baseUrl) === scope.patientId &&
        covers(member(coverage, 'period'), scope.encounter.start.slice(0, 10)),
    )
    .toSorted((one, other) => orderOf(one) - orderOf(other))
    .flatMap((coverage) => {
      const coverageId = resourceId(coverage);
      return coverageId === undefined ? [] : [{ coverageId, payer: readPayer(coverage, scope.baseUrl) }];
    });
}

/** Compared by the day, as far as either says it: `2026-03` ends with March (R4, Period: the end is inclusive). */
function covers(period: unknown, serviceDate: string): boolean {
  const start = text(period, 'start')?.slice(0, 10);
  const end = text(period, 'end')?.slice(0, 10);
  const begun = start === undefined || start <= serviceDate.slice(0, start.length);
  return begun && (end === undefined || end >= serviceDate.slice(0, end.length));
}

function readPayer(coverage: JsonObject, baseUrl: string): VisitCoverage['payer'] {
  const [payor] = objects(coverage, 'payor');
  for (const type of ['Organization', 'Patient', 'RelatedPerson'] as const) {
    const id = referredId(payor, type, baseUrl);
    if (id !== undefined) return { type, id };
  }
  return undefined;
}
