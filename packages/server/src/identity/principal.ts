import type { Scope } from './scope.ts';

/** How a caller showed who it is: a key of ours, a key of WorkOS's, or a signed session of an identity provider. */
export type PrincipalKind = 'key' | 'workos_key' | 'session';

/** Who is calling. Every query of every feature takes `organizationId` from here and from nowhere else. */
export interface Principal {
  readonly organizationId: string;
  /** Ours (`key_…`), WorkOS's (`api_key_…`), or the id of the session. */
  readonly credentialId: string;
  /** With all they contain: `admin` stands here as `read`, `write` and `admin`. */
  readonly scopes: readonly Scope[];
  readonly kind: PrincipalKind;
  /** The user of a session. */
  readonly subject?: string;
  /** Who acts in the subject's name (RFC 8693, 4.1, `act`), such as a supporter who impersonates a user. */
  readonly actor?: string;
}
