import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaseData } from './case-data.ts';
import { isPresent, parseCasePath } from './case-path.ts';
import { exampleCase } from './example-case-data.ts';

function valuesAt(path: string, data: CaseData = exampleCase): readonly unknown[] {
  const outcome = parseCasePath(path);
  if (outcome.kind === 'problem') throw new Error(outcome.message);
  const values: unknown[] = [];
  outcome.path.some(data, (value) => {
    values.push(value);
    return false;
  });
  return values;
}

describe('parseCasePath', () => {
  test.each([
    ['coverage.planType', ['commercial']],
    ['patient.address.city', ['San Francisco']],
    ['patient.identifiers[mrn]', ['MRN-001']],
    ['providers[role=prescribing].firstName', ['Ajay']],
    ['providers[prescribing].firstName', ['Ajay']],
    ['providers.prescribing.firstName', ['Ajay']],
    ['providers[role=prescribing].identifiers[npi]', ['1234567893']],
    ['providers.prescribing.identifiers[type=npi].value', ['1234567893']],
    ['providers.firstName', ['Ajay', 'Rosa']],
    ['providers[role=dispensing].firstName', []],
    ['diagnoses', ['D57.00', 'Z79.899']],
    ['diagnoses.code', ['D57.00', 'Z79.899']],
    ['diagnoses[codeSystem=icd_10].code', ['D57.00', 'Z79.899']],
    ['locations.servicing.npi', []],
    ['siteOfCare', []],
  ])('reads %s', (path, expected) => {
    expect(valuesAt(path)).toEqual(expected);
  });

  test('ends at an object, which is then the value', () => {
    const [provider] = exampleCase.providers;
    expect(valuesAt('providers.prescribing')).toEqual([provider]);
    expect(valuesAt('providers.dispensing')).toEqual([]);
  });

  test.each([
    ['', 'malformed'],
    ['patient..city', 'malformed'],
    ['providers[role=prescribing', 'malformed'],
    ['providers[role="prescribing"]', 'malformed'],
    ['member.id', 'unknown field "member"'],
    ['patient.age', 'unknown field "age"'],
    ['__proto__', 'malformed'],
    ['patient.constructor', 'unknown field "constructor"'],
    ['coverage.planType.code', 'goes below a text value'],
    ['patient[mrn].firstName', 'is no list'],
    ['coverage.planType[x]', 'is no list'],
    ['providers[specialty=hematologist].firstName', 'selects by "specialty"'],
    ['providers[role=prescriber].firstName', 'unknown role "prescriber"'],
    ['providers[npi]', 'unknown role "npi"'],
    ['patient.identifiers[npi]', 'unknown type "npi"'],
    ['patient.identifiers.mrn', 'unknown field "mrn"'],
  ])('refuses %j', (path, words) => {
    const outcome = parseCasePath(path);
    expect(outcome.kind).toBe('problem');
    expect(outcome.kind === 'problem' && outcome.message).toContain(words);
  });

  test('answers any text with a path or a problem, and never throws', () => {
    const word = fc.constantFrom(
      'providers',
      'prescribing',
      'identifiers',
      '[npi]',
      '[role=x]',
      '.',
      '[',
      ']',
      'toString',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join('')),
        ),
        (text) => {
          expect(['path', 'problem']).toContain(parseCasePath(text).kind);
        },
      ),
    );
  });
});

describe('isPresent', () => {
  test('takes blank text for absent', () => {
    expect([' \t', '', undefined, null].map(isPresent)).toEqual([false, false, false, false]);
    expect(['x', 0, false, {}].map(isPresent)).toEqual([true, true, true, true]);
  });
});
