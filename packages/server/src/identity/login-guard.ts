/** Where an attempt comes from. */
export interface LoginSource {
  /** Of the connection. */
  readonly address: string;
  /** Undefined: there was none, or none that could be one. Hash it before it is stored anywhere. */
  readonly token: string | undefined;
}

/** Slows down whoever tries tokens. What it counts must be shared by all processes to mean anything. */
export interface LoginGuard {
  /** Before a token is looked at. @throws PrecertError `rate_limited` */
  admit(source: LoginSource): Promise<void> | void;
  /** After a token was refused as no live credential. */
  onRefused(source: LoginSource): Promise<void> | void;
}
