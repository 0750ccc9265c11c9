import type { SettingReader } from './config.ts';
import type { SettingName } from './settings.ts';

/** Whose sessions (JWT) are accepted. */
export type SessionConfig =
  | {
      readonly kind: 'workos';
      readonly clientId: string;
      /** Exact values of `iss`. */
      readonly issuers: readonly string[];
    }
  | {
      readonly kind: 'oidc';
      readonly issuer: string;
      readonly audience: string | undefined;
      readonly organizationClaim: string;
    };

export interface IdentityConfig {
  readonly workosApiUrl: string;
  /** Undefined: no sessions, keys alone. */
  readonly sessions: SessionConfig | undefined;
  readonly refuseImpersonation: boolean;
}

export function readIdentityConfig(reader: SettingReader): IdentityConfig {
  const clientId = reader.text('PRECERT_WORKOS_CLIENT_ID');
  const issuer = reader.providerUrl('PRECERT_OIDC_ISSUER');
  if (clientId !== undefined && issuer !== undefined) {
    reader.mistakes.push('PRECERT_WORKOS_CLIENT_ID and PRECERT_OIDC_ISSUER are both set; keep one.');
  }
  refuseOrphans(reader, 'PRECERT_WORKOS_CLIENT_ID', ['PRECERT_WORKOS_ISSUERS']);
  refuseOrphans(reader, 'PRECERT_OIDC_ISSUER', ['PRECERT_OIDC_AUDIENCE', 'PRECERT_OIDC_ORGANIZATION_CLAIM']);
  return {
    workosApiUrl:
      reader.providerUrl('PRECERT_WORKOS_API_URL')?.replace(/(?<!\/)\/+$/, '') ?? 'https://api.workos.com',
    sessions: clientId === undefined ? oidcSessions(reader, issuer) : workosSessions(reader, clientId),
    refuseImpersonation: reader.oneOf('PRECERT_REFUSE_IMPERSONATION', ['false', 'true'] as const) === 'true',
  };
}

function workosSessions(reader: SettingReader, clientId: string): SessionConfig {
  const named = reader.list('PRECERT_WORKOS_ISSUERS');
  return { kind: 'workos', clientId, issuers: named.length === 0 ? workosIssuers(clientId) : named };
}

/** The shapes WorkOS has used: the first two until the middle of 2025, the last since. */
function workosIssuers(clientId: string): readonly string[] {
  const api = 'https://api.workos.com';
  return [api, `${api}/`, `${api}/user_management/${clientId}`];
}

function oidcSessions(reader: SettingReader, issuer: string | undefined): SessionConfig | undefined {
  if (issuer === undefined) return undefined;
  return {
    kind: 'oidc',
    issuer,
    audience: reader.text('PRECERT_OIDC_AUDIENCE'),
    organizationClaim: reader.textOrDefault('PRECERT_OIDC_ORGANIZATION_CLAIM'),
  };
}

/** A setting that does nothing is more likely a mistake than a wish. */
function refuseOrphans(reader: SettingReader, needed: SettingName, names: readonly SettingName[]): void {
  if (reader.text(needed) !== undefined) return;
  for (const name of names) {
    if (reader.text(name) !== undefined) reader.mistakes.push(`${name} does nothing without ${needed}.`);
  }
}
