/** Where an attempt comes from. */
export interface LoginSource {
  /** Of the connection, or as the trusted proxies tell it. */
  readonly address: string;
  /** Undefined: there was none, or none that could be one. Hash it before it is stored anywhere. */
  readonly token: string | undefined;
}

/** Slows down whoever tries tokens. What it counts must be shared by all processes to mean anything. */
export interface LoginGuard {
  /** Before a token is looked at. @throws PrecertError `rate_limited` */
  admit(source: LoginSource): Promise<void> | void;
  /** After a token was refused as no live credential. @throws PrecertError `rate_limited`, in place of that refusal */
  onRefused(source: LoginSource): Promise<void> | void;
  /** After a token turned out to be a live credential. */
  onAccepted(source: LoginSource): void;
}
