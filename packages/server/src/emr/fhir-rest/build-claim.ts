import { claimMarkerSystem } from './claim-marker.ts';
import type { Money } from './fhir-values.ts';
import { type JsonObject, withoutUndefined } from './json-values.ts';
import type { Charge, Code, Visit } from './visit.ts';

/** A line of a CMS-1500 points at four diagnoses at most. */
const maximumPointers = 4;

/**
 * The FHIR R4 Claim of a visit. It says nothing that the EMR does not hold itself; our only addition is the marker, by
 * which the claim is found again.
 */
export function buildClaim(visit: Visit, marker: string, createdAt: Date): JsonObject {
  const patient = { reference: `Patient/${visit.patientId}` };
  const payer = visit.coverages[0]?.payer;
  return {
    resourceType: 'Claim',
    identifier: [{ system: claimMarkerSystem, value: marker }],
    status: 'active',
    type: coded('http://terminology.hl7.org/CodeSystem/claim-type', 'professional'),
    use: 'claim',
    patient,
    billablePeriod: withoutUndefined({ start: visit.start, end: visit.end }),
    created: createdAt.toISOString(),
    // Claim.insurer takes an organization only; a patient who pays for himself has no insurer.
    ...(payer?.type === 'Organization' ? { insurer: { reference: `Organization/${payer.id}` } } : {}),
    provider: { reference: `${visit.provider.type}/${visit.provider.id}` },
    priority: coded('http://terminology.hl7.org/CodeSystem/processpriority', 'normal'),
    ...careTeam(visit),
    diagnosis: visit.diagnoses.map(({ code }, index) => ({
      sequence: index + 1,
      diagnosisCodeableConcept: { coding: [coding(code)] },
    })),
    insurance: visit.coverages.map(({ coverageId }, index) => ({
      sequence: index + 1,
      focal: index === 0,
      coverage: { reference: `Coverage/${coverageId}` },
    })),
    item: visit.charges.map((charge, index) => claimItem(visit, charge, index + 1)),
    ...total(visit.charges),
  };
}

function careTeam({ practitionerId }: Visit): JsonObject {
  if (practitionerId === undefined) return {};
  return {
    careTeam: [{ sequence: 1, provider: { reference: `Practitioner/${practitionerId}` }, responsible: true }],
  };
}

function claimItem(visit: Visit, charge: Charge, sequence: number): JsonObject {
  const pointers = visit.diagnoses.slice(0, maximumPointers).map((_, index) => index + 1);
  return {
    sequence,
    ...(visit.practitionerId === undefined ? {} : { careTeamSequence: [1] }),
    diagnosisSequence: pointers,
    productOrService: { coding: charge.codes.map(coding) },
    servicedDate: visit.start.slice(0, 10),
    ...(charge.quantity === undefined ? {} : { quantity: { value: charge.quantity } }),
    ...(charge.price === undefined ? {} : { net: charge.price }),
    encounter: [{ reference: `Encounter/${visit.encounterId}` }],
  };
}

/** Only when every line has a price of one currency: a total of some lines would be wrong. */
function total(charges: readonly Charge[]): JsonObject {
  const prices = charges.map(({ price }) => price).filter((price) => price !== undefined);
  const [first] = prices;
  const isWhole =
    prices.length === charges.length && prices.every((price) => price.currency === first?.currency);
  return first === undefined || !isWhole ? {} : { total: sum(prices, first.currency) };
}

function sum(prices: readonly Money[], currency: string): Money {
  const cents = prices.reduce((all, { value }) => all + Math.round(value * 100), 0);
  return { value: cents / 100, currency };
}

function coded(system: string, code: string): JsonObject {
  return { coding: [{ system, code }] };
}

function coding({ system, code }: Code): JsonObject {
  return withoutUndefined({ system, code });
}
