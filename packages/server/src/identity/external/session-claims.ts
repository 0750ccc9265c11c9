import type { JWTPayload } from 'jose';
import { unauthorized } from '../authenticator.ts';

/** What we read of a verified token. */
export interface SessionClaims {
  readonly sessionId: string;
  readonly subject: string;
  /** Undefined: a session outside any organization. */
  readonly externalOrganizationId: string | undefined;
  readonly permissions: readonly string[];
  readonly actor: string | undefined;
}

/**
 * Strict, although the issuer signed it: a claim of another type than documented is not guessed at.
 * @throws PrecertError `unauthorized`
 */
export function readSessionClaims(payload: JWTPayload, organizationClaim: string): SessionClaims {
  const subject = text(payload.sub);
  if (subject === undefined) throw unauthorized();
  return {
    subject,
    sessionId: text(payload.sid) ?? text(payload.jti) ?? subject,
    externalOrganizationId: text(own(payload, organizationClaim)),
    permissions: [...permissionsOf(payload.permissions), ...scopeOf(payload.scope)],
    actor: actorOf(payload.act),
  };
}

/** RFC 8693, 4.1: the outermost `sub` is who acts now. Whoever impersonates without a name is let in by nobody. */
function actorOf(act: unknown): string | undefined {
  if (act === undefined) return undefined;
  const actor = typeof act === 'object' && act !== null ? text(own(act, 'sub')) : undefined;
  if (actor === undefined) throw unauthorized();
  return actor;
}

function permissionsOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw unauthorized();
  return value;
}

/** RFC 9068, 2.2.3: names in one string, with spaces between. */
function scopeOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (typeof value !== 'string') throw unauthorized();
  return value.split(' ').filter((name) => name !== '');
}

/** Undefined when absent. */
function text(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  // Goes into columns and the audit trail; U+0000 PostgreSQL cannot hold.
  if (typeof value !== 'string' || value === '' || value.length > 255 || value.includes('\0'))
    throw unauthorized();
  return value;
}

function own(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
