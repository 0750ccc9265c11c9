import { describe, expect, test } from 'vitest';
import type { TemplateMatch } from './template.ts';
import { type CaseKey, TemplateIndex } from './template-index.ts';
import { usStates } from './us-states.ts';

function matching(planTypes: string[], states: string[], codes = ['J0791']): TemplateMatch {
  return { payerId: 'payer_a', planTypes, states, service: { codeSystem: 'hcpcs', codes } };
}

const commercialInCalifornia: CaseKey = {
  payerId: 'payer_a',
  planType: 'commercial',
  insuranceState: 'CA',
  serviceCode: 'J0791',
  codeSystem: 'hcpcs',
};

function indexOf(templates: Readonly<Record<string, TemplateMatch>>): TemplateIndex<string> {
  const index = new TemplateIndex<string>();
  for (const [name, match] of Object.entries(templates)) index.add(match, name);
  return index;
}

describe('find', () => {
  const ladder = {
    neither: matching(['*'], ['*']),
    state: matching(['*'], ['CA', 'NY']),
    plan: matching(['medicare', 'medicaid'], ['*']),
    both: matching(['commercial'], ['CA']),
  };

  test.each([
    ['both', { planType: 'commercial', insuranceState: 'CA' }],
    ['state', { planType: 'commercial', insuranceState: 'NY' }],
    ['plan', { planType: 'medicare', insuranceState: 'TX' }],
    ['neither', { planType: 'commercial', insuranceState: 'TX' }],
  ])('prefers the template that names %s', (expected, part) => {
    expect(indexOf(ladder).find({ ...commercialInCalifornia, ...part })).toBe(expected);
  });

  test('knows nothing of another payer, code or code system', () => {
    const index = indexOf(ladder);
    for (const part of [{ payerId: 'payer_b' }, { serviceCode: 'J0792' }, { codeSystem: 'cpt' }]) {
      expect(index.find({ ...commercialInCalifornia, ...part })).toBeUndefined();
    }
  });

  test('takes a service code in any case', () => {
    expect(indexOf(ladder).find({ ...commercialInCalifornia, serviceCode: 'j0791' })).toBe('both');
  });
});

describe('add', () => {
  test('names the templates that are for the very same cases', () => {
    const index = indexOf({ first: matching(['commercial', 'medicare'], ['CA'], ['J0791', 'J0792']) });
    expect([...index.add(matching(['medicare'], ['CA', 'NY'], ['J0792', 'J0793']), 'second')]).toEqual([
      'first',
    ]);
    expect([...index.add(matching(['medicare'], ['*']), 'third')]).toEqual([]);
    expect(index.find({ ...commercialInCalifornia, planType: 'medicare', serviceCode: 'J0792' })).toBe(
      'first',
    );
  });
});

describe('findCrossing', () => {
  const planNamed = matching(['commercial'], ['*']);
  const stateNamed = matching(['*'], ['CA']);

  test('finds templates of which neither is more specific', () => {
    const index = indexOf({ planNamed, stateNamed });
    expect([...index.findCrossing(planNamed, usStates)]).toEqual(['stateNamed']);
    expect([...index.findCrossing(stateNamed, usStates)]).toEqual([]);
  });

  test('is content when a third template names both', () => {
    const index = indexOf({ planNamed, stateNamed, both: matching(['commercial'], ['CA']) });
    expect([...index.findCrossing(planNamed, usStates)]).toEqual([]);
  });

  test('does not mind templates for other codes', () => {
    const index = indexOf({ planNamed, stateNamed: matching(['*'], ['CA'], ['J0792']) });
    expect([...index.findCrossing(planNamed, usStates)]).toEqual([]);
  });
});
