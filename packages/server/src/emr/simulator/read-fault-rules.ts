import { isObject } from '../fhir-rest/json-values.ts';
import { type FaultRule, faultKinds, faultPlaces, rejectionKinds } from './fault-rules.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isWholeNumber: Check = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const oneOf =
  (choices: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && choices.includes(value);

const checks: Readonly<Record<keyof FaultRule, readonly [Check, string]>> = {
  fault: [oneOf(faultKinds), `one of ${faultKinds.join(', ')}`],
  on: [oneOf(faultPlaces), `one of ${faultPlaces.join(', ')}`],
  appointmentId: [isText, 'a text'],
  marker: [isText, 'a text'],
  probability: [(value) => typeof value === 'number' && value >= 0 && value <= 1, 'a number from 0 to 1'],
  times: [isWholeNumber, 'a whole number'],
  delayMs: [isWholeNumber, 'a whole number'],
  retryAfterSeconds: [isWholeNumber, 'a whole number'],
  rejection: [oneOf(rejectionKinds), `one of ${rejectionKinds.join(', ')}`],
};

/** Rules as JSON gives them, or what is wrong with them. */
export function readFaultRules(
  value: unknown,
): { readonly rules: readonly FaultRule[] } | { readonly problem: string } {
  if (!Array.isArray(value)) return { problem: 'The rules are not a list.' };
  for (const [index, rule] of value.entries()) {
    const problem = ruleProblem(rule);
    if (problem !== undefined) return { problem: `Rule ${index}: ${problem}` };
  }
  // Every member of every rule was just checked.
  return { rules: value as readonly FaultRule[] };
}

function ruleProblem(rule: unknown): string | undefined {
  if (!isObject(rule)) return 'not an object.';
  if (rule.fault === undefined) return '`fault` is missing.';
  for (const [name, value] of Object.entries(rule)) {
    // Any name may have been sent; only those of the table are known.
    const check = Object.hasOwn(checks, name) ? checks[name as keyof FaultRule] : undefined;
    if (check === undefined) return `\`${name}\` is not known.`;
    if (!check[0](value)) return `\`${name}\` is not ${check[1]}.`;
  }
  return undefined;
}
