import type { LimitsConfig } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import {
  createDatabaseQuotaStore,
  type DatabaseQuotaStoreDependencies,
} from '../platform/rate-limits/database-quota-store.ts';
import { type QuotaUse, SharedQuotas } from '../platform/rate-limits/shared-quotas.ts';
import { callerQuotas } from './caller-quotas.ts';
import { createLoginGuard } from './create-login-guard.ts';
import type { LoginGuard } from './login-guard.ts';
import type { Principal } from './principal.ts';

/** How much callers may do, known and unknown ones. */
export interface RequestLimits {
  readonly quotas: SharedQuotas;
  readonly usesOf: (caller: Pick<Principal, 'credentialId' | 'organizationId'>) => readonly QuotaUse[];
  /** Undefined: failed logins are not slowed. */
  readonly loginGuard: LoginGuard | undefined;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export function createRequestLimits(
  dependencies: DatabaseQuotaStoreDependencies & {
    readonly clock: Clock;
    readonly limits: LimitsConfig;
    readonly random: () => number;
  },
): RequestLimits {
  const { clock, limits, random } = dependencies;
  const { failedLogins } = limits;
  const quotas = new SharedQuotas(createDatabaseQuotaStore(dependencies), clock);
  const loginGuard =
    failedLogins === undefined ? undefined : createLoginGuard({ quotas, failedLogins, random });
  return { quotas, usesOf: callerQuotas(limits), loginGuard, random };
}
