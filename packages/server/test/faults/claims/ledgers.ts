/** What four parties wrote down, each by itself, while things went wrong. */

/** A request of the client's and what it was told. */
export interface ClientEntry {
  readonly appointmentId: string;
  /** Undefined: no answer came, so nobody knows whether it was taken. */
  readonly status: number | undefined;
  readonly claimId?: string;
  readonly jobId?: number;
}

/** A claim the EMR wrote. */
export interface EmrEntry {
  readonly marker?: string;
  readonly emrClaimId: string;
}

/** A webhook the receiver took. */
export interface ReceiverEntry {
  readonly id: string;
  readonly body: string;
  /** By the receiver's own reckoning. */
  readonly isSigned: boolean;
  /** Whether it answered 2xx. */
  readonly isTaken: boolean;
}

export interface StoredClaim {
  readonly id: string;
  readonly appointmentId: string;
  readonly jobId: number;
  readonly state: string;
  readonly emrClaimId: string | null;
}

export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly jobId: number | null;
  readonly body: string;
}

export interface Ledgers {
  readonly client: readonly ClientEntry[];
  readonly emr: readonly EmrEntry[];
  readonly receiver: readonly ReceiverEntry[];
  readonly claims: readonly StoredClaim[];
  readonly events: readonly StoredEvent[];
}
