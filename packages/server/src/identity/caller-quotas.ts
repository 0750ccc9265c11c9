import type { LimitsConfig } from '../config/config.ts';
import { quotaPolicy } from '../platform/rate-limits/leased-quota.ts';
import type { QuotaUse } from '../platform/rate-limits/shared-quotas.ts';
import type { Principal } from './principal.ts';

/** The quotas a caller's requests are charged to: its credential's and its organization's. */
export function callerQuotas(
  limits: Pick<LimitsConfig, 'credentialUnits' | 'organizationUnits'>,
): (caller: Pick<Principal, 'credentialId' | 'organizationId'>) => readonly QuotaUse[] {
  const { credentialUnits, organizationUnits } = limits;
  const credential = credentialUnits === undefined ? undefined : quotaPolicy('credential', credentialUnits);
  const organization =
    organizationUnits === undefined ? undefined : quotaPolicy('organization', organizationUnits);
  return ({ credentialId, organizationId }) => [
    ...(credential === undefined ? [] : [{ subject: `credential:${credentialId}`, policy: credential }]),
    ...(organization === undefined
      ? []
      : [{ subject: `organization:${organizationId}`, policy: organization }]),
  ];
}
