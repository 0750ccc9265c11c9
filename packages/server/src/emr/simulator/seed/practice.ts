/** The people and places of the simulated practice. All of them are made up; telephone numbers are fictitious (555-01xx). */

export interface SeedPatient {
  readonly id: string;
  readonly mrn: string;
  readonly given: readonly string[];
  readonly family: string;
  readonly gender: 'female' | 'male' | 'other';
  readonly birthDate: string;
  readonly phone: string;
  readonly payerId: string;
  readonly memberId: string;
  /** Coverage that is over; open when left out. */
  readonly coverageEnds?: string;
}

export const practice = { id: '9001', name: 'Sandbox Family Medicine', npi: '1999999984' } as const;

export const payers = [
  { id: '9101', name: 'Example Medicare Contractor' },
  { id: '9102', name: 'Example Health Plan' },
  { id: '9103', name: 'Example Mutual' },
] as const;

export const practitioners = [
  { id: '7001', given: 'Helena', family: 'Brandt', npi: '1666666668' },
  { id: '7002', given: 'Wei', family: 'Zhang', npi: '1888888884' },
  { id: '7003', given: 'Marisol', family: 'Peña', npi: '1777777776' },
] as const;

export const locations = [
  { id: '8001', name: 'Main Street Office' },
  { id: '8002', name: 'Harbor Office' },
] as const;

type PatientRow = readonly [
  given: string,
  family: string,
  gender: SeedPatient['gender'],
  birthDate: string,
  payerId: string,
];

const patientRows: readonly PatientRow[] = [
  ['Jane Marie', 'Doe', 'female', '1958-04-12', '9101'],
  ['Walter', 'Lindqvist', 'male', '1961-09-02', '9102'],
  ['Tomás', 'Ferreira', 'male', '1949-01-30', '9101'],
  ['Emilio', 'Mejía', 'male', '1977-11-05', '9102'],
  ['Ruth', 'Abara', 'female', '1985-06-21', '9103'],
  ['Karl', 'Osei', 'male', '1953-03-17', '9101'],
  ['Aoife', 'O’Sullivan', 'female', '1990-08-08', '9103'],
  ['Nguyễn Văn', 'Tran', 'male', '1966-12-24', '9102'],
  ['Zoë', 'Smith-Jones', 'female', '1972-02-29', '9102'],
  ['Ikenna', 'Okafor', 'male', '1981-07-14', '9103'],
  ['Sóley', 'Jónsdóttir', 'female', '1995-05-01', '9102'],
  ['Harold', 'Van der Berg', 'male', '1944-10-10', '9101'],
  ['Priya', 'Natarajan', 'female', '1988-03-03', '9103'],
  ['Kai', 'Nakamura', 'other', '1999-09-19', '9102'],
  ['Dorothy', 'Birch', 'female', '1939-12-01', '9101'],
  ['Miguel Ángel', 'Ruiz', 'male', '1969-04-27', '9102'],
];

export const patients: readonly SeedPatient[] = patientRows.map(
  ([given, family, gender, birthDate, payerId], index) => ({
    id: String(40_210 + index),
    mrn: `MRN-${12_345 + index}`,
    given: given.split(' '),
    family,
    gender,
    birthDate,
    phone: `+1-202-555-01${String(10 + index)}`,
    payerId,
    memberId: `XMP${String(880_100 + index * 37)}`,
    // The fifteenth patient's plan ended before any visit.
    ...(index === 14 ? { coverageEnds: '2025-12-31' } : {}),
  }),
);
