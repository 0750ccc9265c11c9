/** What a data key is for: `data` seals values, `index` makes blind indexes. */
export const keyPurposes = ['data', 'index'] as const;
export type DataKeyPurpose = (typeof keyPurposes)[number];

/** Which data key it is. A wrapped key unwraps as no other. */
export interface DataKeyContext {
  readonly organizationId: string;
  readonly purpose: DataKeyPurpose;
  readonly version: number;
}

/** One master key: it wraps the organizations' data keys and never leaves its place. */
export interface KeyProvider {
  /** Its name, which stands beside what it wrapped. */
  readonly id: string;
  /** @throws PrecertError `service_unavailable` when the key service does not answer */
  wrap(dataKey: Uint8Array, context: DataKeyContext): Promise<Uint8Array>;
  /** @throws MasterKeyError when it is not what wrapped the key, PrecertError `service_unavailable` as above */
  unwrap(wrapped: Uint8Array, context: DataKeyContext): Promise<Uint8Array>;
  /** Whether it could wrap and unwrap now. */
  isAvailable(): Promise<boolean>;
}

/** The master keys at hand. */
export interface KeyRing {
  /** Wraps new data keys. */
  readonly current: KeyProvider;
  /** Undefined: data keys it wrapped cannot be read. */
  find(id: string): KeyProvider | undefined;
}

/** A master key is missing or not the right one; `message` says how to mend it. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}
