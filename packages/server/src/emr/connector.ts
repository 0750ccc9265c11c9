/**
 * The contract of a way into an EMR. A connector is one folder beside this file; it knows this file, `fhir-rest/` and
 * `platform`, and nothing else of ours. Adding one: implement `EmrConnector`, register it in `assemble-claims.ts`, and have it pass
 * the conformance suite in `test/emr`.
 */

/** An appointment as the EMR tells it; ids are the EMR's own and always text (contract claims.md, 1.5). */
export interface EmrAppointment {
  readonly emrAppointmentId: string;
  readonly emrPatientId: string;
  /** The EMR's own status word. */
  readonly status: string;
  /** Instant, UTC. */
  readonly startsAt: Date;
  readonly durationMinutes?: number;
  readonly appointmentType?: string;
  readonly mode?: 'office' | 'telemedicine';
  readonly location?: string;
  readonly reason?: string;
  readonly provider?: { readonly emrProviderId: string; readonly name: string; readonly npi?: string };
  readonly note?: string;
}

export interface EmrPatient {
  readonly emrPatientId: string;
  readonly mrn?: string;
  readonly firstName: string;
  readonly lastName: string;
  /** YYYY-MM-DD. */
  readonly dateOfBirth?: string;
  readonly gender?: string;
  readonly phone?: string;
}

/** One page of what changed since a cursor; the cursor is opaque to callers and stored as it is. */
export interface ChangePage<Item> {
  readonly items: readonly Item[];
  /** Where the next call begins. The same change may be told twice; none is left out. */
  readonly cursor: string;
  readonly hasMore: boolean;
}

export interface ClaimRequest {
  /** Names this claim for ever; written into the EMR's record, so that it can be found again. */
  readonly marker: string;
  readonly emrAppointmentId: string;
  readonly emrPatientId: string;
  readonly signal: AbortSignal;
}

/** Machine-readable causes of `claim.failed` (contract claims.md, 4.4). */
export const claimFailureCodes = [
  'appointment_not_found_in_emr',
  'encounter_not_billable',
  'encounter_locked',
  'missing_procedure_codes',
  'missing_diagnosis_codes',
  'missing_insurance',
  'claim_already_exists_in_emr',
  'login_required',
  'emr_unavailable',
  'emr_rejected',
  'timeout',
  'unknown_error',
] as const;
export type ClaimFailureCode = (typeof claimFailureCodes)[number];

export interface ClaimFailureReason {
  readonly code: ClaimFailureCode;
  /** For people; may be shown to the customer, so it names no patient. */
  readonly description: string;
}

export type ClaimOutcome =
  | { readonly kind: 'created'; readonly emrClaimId: string }
  /** Nothing was written, and asking again will not help. */
  | { readonly kind: 'rejected'; readonly reasons: readonly ClaimFailureReason[] }
  /** Provably nothing was written; asking again later may help. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs?: number }
  /** The account's credentials no longer work; nothing was written. */
  | { readonly kind: 'login_required'; readonly message: string }
  /** The EMR may or may not have it. Never repeated blindly: search by the marker, or ask a person. */
  | { readonly kind: 'unknown'; readonly reason: string };

export type EmrFailureKind = 'unavailable' | 'login_required' | 'rejected';

/** Why a read did not work. A read has no effect, so there is no unknown outcome. */
export class EmrReadError extends Error {
  override readonly name = 'EmrReadError';
  readonly kind: EmrFailureKind;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: EmrFailureKind,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface EmrCapabilities {
  /**
   * Claims may be searched by the marker. Without it an unknown outcome waits for a person. `true` may turn out to be
   * wrong once the EMR is asked: `findClaim` then rejects with `rejected`, and the outcome waits for a person too.
   */
  readonly findClaimByMarker: boolean;
  /** A create is aborted after this long; its outcome is then unknown. */
  readonly createTimeoutMs: number;
  /**
   * How long after an aborted create the claim may still surface in the EMR. Until it has passed, "not found" is no
   * answer: believing it would create the claim a second time.
   */
  readonly settlingMs: number;
}

/** One linked account's EMR, ready to be asked. */
export interface EmrConnector {
  readonly capabilities: EmrCapabilities;
  /** @param cursor undefined: from the beginning. @throws EmrReadError */
  listChangedAppointments(
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<ChangePage<EmrAppointment>>;
  /** @throws EmrReadError */
  listChangedPatients(cursor: string | undefined, signal: AbortSignal): Promise<ChangePage<EmrPatient>>;
  /**
   * Only with `capabilities.findClaimByMarker`. Undefined: the EMR has no such claim, as far as it says now.
   * @throws EmrReadError; `rejected` means that this EMR cannot be asked, now or later
   */
  findClaim(marker: string, signal: AbortSignal): Promise<{ readonly emrClaimId: string } | undefined>;
  /** Resolves with what is known; a rejection of the promise counts as `unknown`. */
  createClaim(request: ClaimRequest): Promise<ClaimOutcome>;
}

/** Calls an account may still make; shared by all processes. */
export interface CallBudget {
  /**
   * Takes one call. Waits for the next window when that is near.
   * @throws EmrReadError `unavailable` with `retryAfterMs` when it is not.
   */
  take(signal: AbortSignal): Promise<void>;
  /** The EMR said to wait: nobody calls until then. */
  pause(forMs: number): Promise<void>;
}

export interface EmrAccount {
  readonly organizationId: string;
  readonly accountId: string;
  /** As the connector's `settingsSchema` describes; no secret in it, only references to secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A kind of EMR; opens connectors for accounts. */
export interface EmrConnectorFactory {
  readonly kind: EmrConnectorKind;
  /** Problems of an account's settings, each naming the field and the mend; empty when there are none. */
  checkSettings(
    settings: Readonly<Record<string, unknown>>,
    organizationId: string,
  ): readonly { readonly field: string; readonly message: string }[];
  /** Origins that checked settings have the server call, such as `https://emr.example`. */
  origins(settings: Readonly<Record<string, unknown>>): readonly string[];
  /** Whose records checked settings lead to: the same text for the same EMR and practice, however it is logged in to. */
  placeOf(settings: Readonly<Record<string, unknown>>): string;
  /** Host name of the EMR, for the customer to see. */
  instanceDomain(settings: Readonly<Record<string, unknown>>): string;
  /** How many calls a minute the account's EMR allows, token calls included; undefined: as many as we like. */
  callsPerMinute(settings: Readonly<Record<string, unknown>>): number | undefined;
  /** Makes no call. @throws EmrReadError when the settings cannot be used */
  open(account: EmrAccount, budget: CallBudget): EmrConnector;
}

export const emrConnectorKinds = ['simulator', 'fhir'] as const;
export type EmrConnectorKind = (typeof emrConnectorKinds)[number];

export interface EmrConnectorRegistry {
  factoryFor(kind: EmrConnectorKind): EmrConnectorFactory | undefined;
}

/** What the rest of the server is handed: kinds of EMR, and accounts' connectors with their call budget. */
export interface EmrConnectors extends EmrConnectorRegistry {
  /** @throws EmrReadError `rejected` when this server has no such connector or cannot use the settings */
  open(kind: EmrConnectorKind, account: EmrAccount): EmrConnector;
}

/** One factory per kind. */
export function emrConnectorRegistry(factories: readonly EmrConnectorFactory[]): EmrConnectorRegistry {
  const byKind = new Map(factories.map((factory) => [factory.kind, factory]));
  return { factoryFor: (kind) => byKind.get(kind) };
}
