import { findPrincipal } from '../../identity/bearer-authentication.ts';
import { findClaimsCaller } from '../../identity/claims-authentication.ts';
import type { AuditCaller } from './audit-requests.ts';

/** Whoever a bearer was found to belong to. */
export function callerOfPrincipal(request: object): AuditCaller | undefined {
  const principal = findPrincipal(request);
  if (principal === undefined) return undefined;
  const { organizationId, kind, credentialId: id, subject, actor: impersonator } = principal;
  return { organizationId, actor: { kind, id, subject, impersonator } };
}

/** Whichever client of the claims API was found, with the linked account it acts for. */
export function callerOfClient(request: object): AuditCaller | undefined {
  const caller = findClaimsCaller(request);
  if (caller === undefined) return undefined;
  const { organizationId, clientId: id, accountId: subject } = caller;
  return { organizationId, actor: { kind: 'claims_client', id, subject } };
}
