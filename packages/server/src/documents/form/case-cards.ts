import type {
  Address,
  CaseData,
  Diagnosis,
  Identifier,
  Location,
  Provider,
} from '../../requirements/case-data.ts';
import type { Card, CardEntry } from './form-view.ts';
import { printDate, printWord } from './print-values.ts';

/** The case in blocks, in the order paper forms ask for it. Absent values are left out. */
export function listCaseCards(data: CaseData, payerName: string): readonly Card[] {
  const cards = [
    card('Patient', patientEntries(data)),
    card('Coverage', coverageEntries(data, payerName)),
    card('Requested service', serviceEntries(data)),
    card('Diagnoses', data.diagnoses.map(diagnosisEntry)),
    ...data.providers.map((provider) =>
      card(`${printWord(provider.role)} provider`, providerEntries(provider)),
    ),
    card('Servicing location', locationEntries(data.locations?.servicing)),
    card('Referring location', locationEntries(data.locations?.referring)),
    card('Requested by', [
      ['Name', fullName(data.requestedBy)],
      ['Phone', data.requestedBy?.phone],
    ]),
  ];
  return cards.filter(({ entries }) => entries.length > 0);
}

type Entry = readonly [label: string, value: string | undefined];

function card(title: string, entries: readonly Entry[]): Card {
  const present = entries.flatMap(([label, value]): CardEntry[] =>
    value === undefined || value.trim() === '' ? [] : [{ label, value }],
  );
  return { title, entries: present };
}

function patientEntries({ patient }: CaseData): readonly Entry[] {
  return [
    ['Name', fullName(patient)],
    ['Date of birth', printDate(patient.dateOfBirth)],
    ['Gender', patient.gender && printWord(patient.gender)],
    ...patient.identifiers.map(identifierEntry),
    ['Phone', patient.phone],
    ['Address', printAddress(patient.address)],
  ];
}

function coverageEntries({ coverage }: CaseData, payerName: string): readonly Entry[] {
  return [
    ['Payer', payerName],
    ['Member ID', coverage.memberId],
    ['Group number', coverage.groupNumber],
    ['Plan type', printWord(coverage.planType)],
    ['State', coverage.insuranceState],
  ];
}

function serviceEntries({ service, urgency, siteOfCare, treatmentPhase }: CaseData): readonly Entry[] {
  return [
    ['Drug', service.drugName],
    ['Code', `${service.code} (${printWord(service.codeSystem)})`],
    ['Start date', service.requestedStartDate && printDate(service.requestedStartDate)],
    ['End date', service.requestedEndDate && printDate(service.requestedEndDate)],
    ['Urgency', printWord(urgency)],
    ['Site of care', siteOfCare && printWord(siteOfCare)],
    ['Treatment phase', treatmentPhase && printWord(treatmentPhase)],
  ];
}

function diagnosisEntry({ code, codeSystem }: Diagnosis, index: number): Entry {
  return [index === 0 ? 'Primary' : `Diagnosis ${index + 1}`, `${code} (${printWord(codeSystem)})`];
}

function providerEntries(provider: Provider): readonly Entry[] {
  return [
    ['Name', fullName(provider)],
    ['Organization', provider.organizationName],
    ['Specialty', provider.specialty && printWord(provider.specialty)],
    ...provider.identifiers.map(identifierEntry),
    ['Phone', provider.phone],
    ['Fax', provider.fax],
    ['Address', printAddress(provider.address)],
  ];
}

function locationEntries(location: Location | undefined): readonly Entry[] {
  if (location === undefined) return [];
  return [
    ['Name', location.name],
    ['NPI', location.npi],
    ['Phone', location.phone],
    ['Fax', location.fax],
    ['Address', printAddress(location.address)],
  ];
}

function identifierEntry({ type, value }: Identifier): Entry {
  return [printWord(type), value];
}

/** Undefined when neither name is given. */
export function fullName(
  person: { readonly firstName?: string; readonly lastName?: string } | undefined,
): string | undefined {
  const name = [person?.firstName, person?.lastName].filter(Boolean).join(' ');
  return name === '' ? undefined : name;
}

function printAddress(address: Address | undefined): string | undefined {
  if (address === undefined) return undefined;
  const { line1, line2, city, state, zip } = address;
  return [line1, line2, `${city}, ${state} ${zip}`]
    .filter((line) => line !== undefined && line !== '')
    .join('\n');
}
