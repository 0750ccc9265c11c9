import type { CaseData, Identifier, Location } from './case-data.ts';
import type { ValidationIssue } from './evaluation.ts';

/**
 * NPI and DEA numbers whose check digit is wrong. Warnings only: the contract's own examples fail both checks, and a
 * payer accepts what it accepts (contract README, decision 8). The value itself is never repeated.
 */
export function findCheckDigitIssues(data: CaseData): readonly ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  data.providers.forEach(({ role, identifiers }, provider) => {
    identifiers.forEach((identifier, index) => {
      const name = failedCheck(identifier);
      if (name === undefined) return;
      issues.push(
        warning(name, `providers[${provider}].identifiers[${index}].value`, `context.providers.${role}`),
      );
    });
  });
  addLocation(issues, data.locations?.servicing, 'servicing');
  addLocation(issues, data.locations?.referring, 'referring');
  return issues;
}

function addLocation(issues: ValidationIssue[], location: Location | undefined, slot: string): void {
  if (location?.npi === undefined || hasValidNpiCheckDigit(location.npi)) return;
  issues.push(warning('NPI', `locations.${slot}.npi`, `context.locations.${slot}`));
}

function failedCheck({ type, value }: Identifier): 'NPI' | 'DEA number' | undefined {
  if (type === 'npi') return hasValidNpiCheckDigit(value) ? undefined : 'NPI';
  if (type === 'dea') return hasValidDeaCheckDigit(value) ? undefined : 'DEA number';
  return undefined;
}

function warning(name: string, field: string, relatedKey: string): ValidationIssue {
  return {
    field,
    code: 'invalid_format',
    message: `This ${name} does not pass its own check digit. Look for a mistyped character.`,
    severity: 'warning',
    blocking: false,
    ruleType: 'format',
    relatedKeys: [relatedKey],
  };
}

/** Ten digits, Luhn over them with 80840 in front, which adds 24 (CMS, NPI check digit calculation). */
export function hasValidNpiCheckDigit(value: string): boolean {
  if (!/^\d{10}$/.test(value)) return false;
  let sum = 24;
  for (let index = 0; index < 10; index += 1) {
    const digit = value.charCodeAt(index) - 48;
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * Two characters and seven digits; the last digit of (1st + 3rd + 5th) + 2 x (2nd + 4th + 6th) is the seventh. The
 * second character is a letter of the name or, for businesses, 9.
 */
export function hasValidDeaCheckDigit(value: string): boolean {
  if (!/^[A-Z][A-Z9]\d{7}$/i.test(value)) return false;
  const digit = (position: number): number => value.charCodeAt(position + 1) - 48;
  const sum = digit(1) + digit(3) + digit(5) + 2 * (digit(2) + digit(4) + digit(6));
  return sum % 10 === digit(7);
}
