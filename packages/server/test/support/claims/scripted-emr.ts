/** An EMR inside the test: every practice is a record of what it was asked, and does what the test says. */

import type {
  ChangePage,
  ClaimOutcome,
  ClaimRequest,
  EmrAppointment,
  EmrCapabilities,
  EmrConnector,
  EmrConnectorFactory,
  EmrPatient,
} from '../../../src/emr/connector.ts';

export class ScriptedPractice {
  readonly appointments: EmrAppointment[] = [];
  readonly patients: EmrPatient[] = [];
  /** EMR claim ids by marker: what the practice really has. */
  readonly claims = new Map<string, string>();
  /** Markers in the order creates were asked for. */
  readonly creates: string[] = [];
  readonly searches: string[] = [];
  capabilities: EmrCapabilities = { findClaimByMarker: true, createTimeoutMs: 5_000, settlingMs: 0 };
  /** Default: it makes the claim. */
  onCreate: (request: ClaimRequest) => Promise<ClaimOutcome> = async ({ marker }) => this.makeClaim(marker);
  onSearch: (marker: string) => Promise<{ readonly emrClaimId: string } | undefined> = async (marker) =>
    this.find(marker);
  onRead: () => Promise<void> = async () => undefined;
  onOpen: () => void = () => undefined;
  pageSize = 50;

  makeClaim(marker: string): ClaimOutcome {
    const emrClaimId = this.claims.get(marker) ?? String(100_000 + this.claims.size);
    this.claims.set(marker, emrClaimId);
    return { kind: 'created', emrClaimId };
  }

  find(marker: string): { readonly emrClaimId: string } | undefined {
    const emrClaimId = this.claims.get(marker);
    return emrClaimId === undefined ? undefined : { emrClaimId };
  }

  connector(): EmrConnector {
    this.onOpen();
    const practice = this;
    return {
      get capabilities() {
        return practice.capabilities;
      },
      listChangedAppointments: (cursor) => this.#page(this.appointments, cursor),
      listChangedPatients: (cursor) => this.#page(this.patients, cursor),
      findClaim: (marker) => {
        this.searches.push(marker);
        return this.onSearch(marker);
      },
      createClaim: (request) => {
        this.creates.push(request.marker);
        return this.onCreate(request);
      },
    };
  }

  async #page<Item>(items: readonly Item[], cursor: string | undefined): Promise<ChangePage<Item>> {
    await this.onRead();
    const from = Number(cursor ?? 0);
    const page = items.slice(from, from + this.pageSize);
    const next = from + page.length;
    return { items: page, cursor: String(next), hasMore: next < items.length };
  }
}

export interface ScriptedEmr {
  readonly factory: EmrConnectorFactory;
  /** The practice that accounts with the settings `{ practice: name }` are linked to. */
  practice(name: string): ScriptedPractice;
}

export function createScriptedEmr(): ScriptedEmr {
  const practices = new Map<string, ScriptedPractice>();
  const practice = (name: string) => {
    const known = practices.get(name) ?? new ScriptedPractice();
    practices.set(name, known);
    return known;
  };
  const factory: EmrConnectorFactory = {
    kind: 'simulator',
    checkSettings: ({ practice: name }) =>
      typeof name === 'string' ? [] : [{ field: 'practice', message: 'Name the practice.' }],
    origins: () => [],
    placeOf: ({ practice: name }) => String(name),
    instanceDomain: ({ practice: name }) => `${name}.emr.example`,
    callsPerMinute: () => undefined,
    open: ({ settings }) => practice(String(settings.practice)).connector(),
  };
  return { factory, practice };
}

let lastVisit = 0;

/** A visit with its patient, known to nobody yet. */
export function newVisit(overrides: Partial<EmrAppointment> = {}): {
  readonly appointment: EmrAppointment;
  readonly patient: EmrPatient;
} {
  lastVisit += 1;
  const emrPatientId = String(40_000 + lastVisit);
  return {
    patient: {
      emrPatientId,
      mrn: `MRN-${lastVisit}`,
      firstName: 'Ada',
      lastName: `Byron${lastVisit}`,
      dateOfBirth: '1985-12-10',
      gender: 'female',
      phone: '(415) 555-0134',
    },
    appointment: {
      emrAppointmentId: String(500_000 + lastVisit),
      emrPatientId,
      status: 'CHK',
      startsAt: new Date('2026-03-12T15:30:00.000Z'),
      durationMinutes: 20,
      appointmentType: 'Office visit',
      mode: 'office',
      location: 'Main Street',
      reason: 'Follow-up',
      provider: { emrProviderId: '77', name: 'Grace Hopper', npi: '1234567893' },
      note: 'Bring the list of medications.',
      ...overrides,
    },
  };
}
