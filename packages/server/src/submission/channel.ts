/**
 * The contract of a way to a payer. A channel is one folder beside this file; it knows this file and `platform`
 * and nothing else of ours. Adding one: implement `Channel`, register it in `app.ts`.
 */

export type ChannelKind = 'fax' | 'portal' | 'phone';

export interface ChannelCapabilities {
  readonly submit: boolean;
  /** Can be asked "did you get this?" by attempt id. Without it an unknown outcome waits for a person. */
  readonly inquire: boolean;
  readonly update: boolean;
  readonly cancel: boolean;
  readonly attach: 'none' | 'solicited' | 'unsolicited';
  readonly maximumBytes: number;
  readonly maximumPages: number;
  readonly mimeTypes: readonly string[];
  /** `synchronous`: the answer of `submit` is the delivery. */
  readonly delivery: 'synchronous' | 'asynchronous';
  /** `submit` is aborted after this long; its outcome is then unknown. */
  readonly submitTimeoutMs: number;
  /**
   * How long after that a hand-over may still surface on the other side. Until it has passed, "never received" is no
   * answer: believing it would send the packet a second time.
   */
  readonly settlingMs: number;
  /**
   * Attempts of this channel that all processes together work on at once, at least 1; the others wait for a place.
   * Each process keeps that many places for it, so that a channel that is slow takes none of the others'.
   */
  readonly maximumConcurrentSubmissions: number;
  readonly testMode: boolean;
}

/** What is handed over: immutable, stored as an artifact and hashed before the channel is called. */
export interface Payload {
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly pageCount: number;
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string;
  /** The stored bytes; may be asked for more than once. */
  open(): Promise<AsyncIterable<Uint8Array>>;
}

export interface Submission {
  /** Names this hand-over for ever; a channel that can, sends it along as idempotency key. */
  readonly attemptId: string;
  readonly organizationId: string;
  /** The payer's address on this channel, for example a fax number in E.164. */
  readonly destination: string | undefined;
  readonly payload: Payload;
  /** The channel gives up by then and says what it knows. */
  readonly signal: AbortSignal;
}

export interface ChannelCorrelation {
  readonly kind: string;
  readonly value: string;
}

export interface ChannelEvidence {
  readonly kind: 'sent' | 'delivered' | 'acknowledged' | 'received_by_payer';
  readonly at: string;
  readonly source: string;
  readonly sha256?: string;
}

export interface ChannelFailure {
  /** The channel's own code, kept as it came. */
  readonly code: string;
  readonly message: string;
  readonly kind: 'retryable' | 'correctable' | 'configuration' | 'payer_down';
}

export type SubmissionOutcome =
  | {
      readonly kind: 'accepted';
      readonly correlations: readonly ChannelCorrelation[];
      readonly evidence: readonly ChannelEvidence[];
      /** Kept as the artifact `submission_confirmation`. */
      readonly receipt: Receipt;
    }
  /** Proof that nothing was taken; sending again is safe. */
  | { readonly kind: 'rejected'; readonly failure: ChannelFailure }
  /** Nobody can tell yet whether the payer has it. Never sent again blindly: inquire, or ask a person. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Receipt {
  readonly mimeType: string;
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** A message of the payer that came in by this channel, verified and read, not yet matched to a case. */
export interface InboundMessage {
  /** Of the other side; the same id twice is one message. */
  readonly messageId: string;
  readonly correlations: readonly ChannelCorrelation[];
  readonly receivedAt: string;
  readonly content: unknown;
}

export interface Channel {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly capabilities: ChannelCapabilities;
  /** Refusals known before anything leaves, such as too many pages. */
  validate(payload: Payload, destination: string | undefined): ChannelFailure | undefined;
  /** Resolves with what is known; a rejection counts as `unknown`, because the packet may have left. */
  submit(submission: Submission): Promise<SubmissionOutcome>;
  /** Only with `capabilities.inquire`: what became of an attempt. `rejected` when the other side never got it. */
  inquire?(attemptId: string, signal: AbortSignal): Promise<SubmissionOutcome>;
  /** Only for channels that are called back: verify and read one raw message. Undefined: not genuine. */
  receive?(raw: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  }): Promise<InboundMessage | undefined>;
}

/** `maximumConcurrentSubmissions` of each kind that is set up. */
export type ChannelPlaces = Readonly<Partial<Record<ChannelKind, number>>>;

/** Finds the channel a template names. */
export interface ChannelRegistry {
  readonly places: ChannelPlaces;
  channelFor(kind: ChannelKind): Channel | undefined;
}

/** One channel per kind. */
export function channelRegistry(channels: readonly Channel[]): ChannelRegistry {
  const byKind = new Map(channels.map((channel) => [channel.kind, channel]));
  const places = channels.map(({ kind, capabilities }) => [kind, capabilities.maximumConcurrentSubmissions]);
  return { places: Object.fromEntries(places), channelFor: (kind) => byKind.get(kind) };
}
