import type { EmrUrlPolicy } from '../fhir-rest/emr-url.ts';
import { emrUrlProblem } from '../fhir-rest/emr-url.ts';
import { isUsableKeyFileName } from './private-key.ts';

/** An account's settings of kind `fhir`, checked. */
export interface FhirSettings {
  readonly baseUrl: string;
  /** Undefined: read from `.well-known/smart-configuration` below the base. */
  readonly tokenUrl: string | undefined;
  readonly clientId: string;
  readonly keyId: string;
  /** Name of a file in the organization's folder of PRECERT_EMR_KEYS_DIR. */
  readonly privateKeyFile: string;
  readonly scopes: readonly string[];
  readonly callsPerMinute: number;
  readonly searchClaims: boolean | 'declared';
}

export interface SettingProblem {
  readonly field: string;
  readonly message: string;
}

/** What the connector reads and writes, in the scopes of SMART 2. */
export const defaultScopes: readonly string[] = [
  'system/Appointment.rs',
  'system/Patient.rs',
  'system/Encounter.rs',
  'system/Condition.rs',
  'system/Coverage.rs',
  'system/ChargeItem.rs',
  'system/Claim.crs',
];

/** What eClinicalWorks allows a practice's apps; token calls are counted too. */
export const defaultCallsPerMinute = 250;

type Raw = Readonly<Record<string, unknown>>;
type Check = (value: unknown, policy: EmrUrlPolicy) => string | undefined;

const word: Check = (value) =>
  typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value)
    ? undefined
    : 'Give a text without spaces, as the EMR registered it.';

const optional =
  (check: Check): Check =>
  (value, policy) =>
    value === undefined ? undefined : check(value, policy);

const checks: Readonly<Record<string, Check>> = {
  baseUrl: emrUrlProblem,
  tokenUrl: optional(emrUrlProblem),
  clientId: word,
  keyId: word,
  privateKeyFile: (value) =>
    isUsableKeyFileName(value)
      ? undefined
      : 'Give the name of a file in your folder of PRECERT_EMR_KEYS_DIR, without a path.',
  scopes: optional((value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((scope) => word(scope, { allowInsecure: false }) === undefined)
      ? undefined
      : 'Give a list of scopes, such as ["system/Claim.crs"].',
  ),
  callsPerMinute: optional((value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 10 && value <= 100_000
      ? undefined
      : 'Give a whole number from 10 to 100000.',
  ),
  searchClaims: optional((value) =>
    typeof value === 'boolean' ? undefined : 'Give true or false, or leave it to what the EMR declares.',
  ),
};

/** Everything that is wrong with the settings, each with its mend. */
export function settingProblems(settings: Raw, policy: EmrUrlPolicy): readonly SettingProblem[] {
  const unknown = Object.keys(settings).filter((field) => !Object.hasOwn(checks, field));
  const wrong = Object.entries(checks).flatMap(([field, check]) => {
    const message = check(settings[field], policy);
    return message === undefined ? [] : [{ field, message }];
  });
  return [...unknown.map((field) => ({ field, message: 'There is no such setting; remove it.' })), ...wrong];
}

/** Undefined when they do not pass `settingProblems`. */
export function readSettings(settings: Raw, policy: EmrUrlPolicy): FhirSettings | undefined {
  if (settingProblems(settings, policy).length > 0) return undefined;
  const { tokenUrl, scopes, callsPerMinute, searchClaims } = settings;
  return {
    baseUrl: String(settings.baseUrl),
    tokenUrl: tokenUrl === undefined ? undefined : String(tokenUrl),
    clientId: String(settings.clientId),
    keyId: String(settings.keyId),
    privateKeyFile: String(settings.privateKeyFile),
    scopes: Array.isArray(scopes) ? scopes.map(String) : defaultScopes,
    callsPerMinute: callsPerMinute === undefined ? defaultCallsPerMinute : Number(callsPerMinute),
    searchClaims: typeof searchClaims === 'boolean' ? searchClaims : 'declared',
  };
}
