/** A case in which every word a clinic may write is one that occurs nowhere else, to find where it comes out. */

const words = new Set<string>();

/** A value to be looked for later. */
function canary(word: string): string {
  words.add(word);
  return word;
}

const address = (mark: string) => ({
  line1: canary(`71 ${mark}lane Road`),
  line2: canary(`Flat ${mark}nine`),
  city: canary(`${mark}ville`),
  state: 'CA',
  zip: canary(`9071${mark.length}-33${mark.length}7`),
});

const provider = {
  role: 'prescribing',
  identifiers: [{ type: 'npi', value: canary('1987650326') }],
  firstName: canary('Xavprov'),
  lastName: canary('Yezprov'),
  specialty: 'hematologist',
  phone: canary('213-555-7713'),
  fax: canary('213-555-7714'),
  address: address('Provider'),
};

const servicing = {
  name: canary('Quexsite Infusion'),
  npi: canary('1765432109'),
  phone: canary('213-555-7715'),
  fax: canary('213-555-7716'),
  address: address('Site'),
};

export const canaryCase = {
  patient: {
    identifiers: [
      { type: 'mrn', value: canary('MRN-Zq7-001') },
      { type: 'external', value: canary('EXT-Zq7-002') },
    ],
    firstName: canary('Zebulonia'),
    lastName: canary('Quackenbüsh'),
    dateOfBirth: canary('1931-07-29'),
    gender: 'female',
    phone: canary('213-555-7711'),
    address: address('Patient'),
  },
  coverage: {
    payerId: 'payer_aetna',
    memberId: canary('MBR-Zq7-003'),
    groupNumber: canary('GRP-Zq7-004'),
    planType: 'commercial',
    insuranceState: 'CA',
  },
  providers: [provider],
  requestedBy: {
    firstName: canary('Wilhelmette'),
    lastName: canary('Rexrequest'),
    phone: canary('213-555-7712'),
  },
  service: {
    code: 'J0791',
    codeSystem: 'hcpcs',
    drugName: canary('Drugzq Adakveo'),
    requestedStartDate: canary('2026-04-17'),
    requestedEndDate: canary('2026-10-23'),
  },
  diagnoses: [{ code: canary('D57.811'), codeSystem: 'icd_10' }],
  locations: { servicing },
  siteOfCare: canary('Sitezq of care'),
  treatmentPhase: canary('Phasezq two'),
  metadata: { canaryReference: canary('META-Zq7-005') },
};

export const canaryAnswers = {
  item: [
    { linkId: 'request_type', answer: [{ valueCoding: { code: 'start_of_treatment' } }] },
    { linkId: 'acknowledgment_date', answer: [{ valueDate: canary('2026-02-11') }] },
    { linkId: 'genotype', answer: [{ valueCoding: { code: 'other' } }] },
    { linkId: 'genotype_other', answer: [{ valueString: canary('Genozq variant') }] },
    { linkId: 'age_years', answer: [{ valueInteger: 94 }] },
    { linkId: 'body_weight', answer: [{ valueQuantity: { value: 64.53187, unit: 'kg' } }] },
    { linkId: 'crises_last_12_months', answer: [{ valueInteger: 4 }] },
    { linkId: 'hydroxyurea_status', answer: [{ valueCoding: { code: 'current' } }] },
    { linkId: 'hydroxyurea_outcome', answer: [{ valueCoding: { code: 'crises_continue' } }] },
    { linkId: 'label_dosing', answer: [{ valueBoolean: false }] },
    { linkId: 'dose_total_mg', answer: [{ valueInteger: 323 }] },
    { linkId: 'dosing_schedule', answer: [{ valueString: canary('Every Zq7 weeks') }] },
    { linkId: 'dosing_rationale', answer: [{ valueString: canary('Rationalezq given') }] },
    { linkId: 'infusion_site', answer: [{ valueCoding: { code: 'infusion_center' } }] },
  ],
};
canary('64.53187');

export const canaryFile = {
  fileName: canary('Zebulonia-scan-zq.pdf'),
  label: canary('Labelzq of Zebulonia'),
  metadata: { [canary('metazqname')]: canary('metazqvalue') },
};

export const canaryWords = {
  cancelReason: canary('Reasonzq to stop'),
  resolutionNote: canary('Notezq for the payer'),
  payerMessage: canary('Messagezq of the payer'),
  requestedDocument: canary('Documentzq wanted'),
  resolutionHint: canary('Hintzq to follow'),
  certificationNumber: canary('CERT-Zq7-006'),
  payerReferenceNumber: canary('REF-Zq7-007'),
  denialReasonCode: canary('denialzq_code'),
  denialReasonMessage: canary('Denialzq message'),
  idempotencyKey: canary('key-Zq7-008'),
};

/** Everything to look for. */
export const canaries: readonly string[] = [...words];

/** The canaries that occur in a text, in its JSON escapes or percent-encoded too. */
export function canariesIn(text: string): readonly string[] {
  return canaries.filter((word) => text.includes(word) || text.includes(encodeURIComponent(word)));
}
