import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFaultPlan, type FaultRule, faultKinds } from './fault-rules.ts';
import { readFaultRules } from './read-fault-rules.ts';

const creating = (marker: string, appointmentId = '500100') =>
  ({ on: 'create', key: marker, marker, appointmentId }) as const;

test('rules take their shares of one draw, whichever the seed', () => {
  const kinds = faultKinds.slice(0, 5);
  const rules: readonly FaultRule[] = kinds.map((fault) => ({ fault, probability: 0.1 }));
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const plan = createFaultPlan(rules, seed);
      const drawn = Array.from({ length: 1_000 }, (_, index) => plan.next(creating(`m${index}`))?.fault);
      for (const kind of kinds) {
        const share = drawn.filter((fault) => fault === kind).length;
        // Five standard deviations of a binomial draw of 0.1 in 1,000.
        expect(Math.abs(share - 100)).toBeLessThan(50);
      }
    }),
    { numRuns: 20 },
  );
});

test('the same seed gives the same faults, in whatever order the claims come', () => {
  const rules: readonly FaultRule[] = [{ fault: 'drop', probability: 0.5 }];
  const markers = Array.from({ length: 50 }, (_, index) => `m${index}`);
  const play = (order: readonly string[]) => {
    const plan = createFaultPlan(rules, 7);
    return new Map(order.map((marker) => [marker, plan.next(creating(marker))?.fault]));
  };
  const forward = play(markers);
  const backward = play(markers.toReversed());
  for (const marker of markers) expect(backward.get(marker)).toBe(forward.get(marker));
  expect(new Set(forward.values())).toEqual(new Set(['drop', undefined]));
});

test('a call that comes again is drawn for again', () => {
  const plan = createFaultPlan([{ fault: 'drop', probability: 0.5 }], 1);
  const drawn = Array.from({ length: 40 }, () => plan.next(creating('m'))?.fault);
  expect(new Set(drawn)).toEqual(new Set(['drop', undefined]));
});

test('rules are for one appointment, one claim, one kind of call, or a number of times', () => {
  const plan = createFaultPlan(
    [
      { fault: 'hang', marker: 'm1' },
      { fault: 'drop', appointmentId: '500101' },
      { fault: 'error', on: 'read' },
      { fault: 'throttle', times: 1 },
    ],
    0,
  );
  const fault = (call: Parameters<typeof plan.next>[0]) => plan.next(call)?.fault;
  expect(fault(creating('m1', '500101'))).toBe('hang');
  expect(fault(creating('m2', '500101'))).toBe('drop');
  expect(fault({ on: 'read', key: 'Patient' })).toBe('error');
  expect(fault(creating('m3'))).toBe('throttle');
  expect(fault(creating('m3'))).toBeUndefined();
});

test('a rule used up leaves its share to nobody', () => {
  const plan = createFaultPlan(
    [
      { fault: 'drop', probability: 1, times: 1 },
      { fault: 'hang', probability: 0 },
    ],
    0,
  );
  expect(plan.next(creating('m'))?.fault).toBe('drop');
  expect(plan.next(creating('m'))).toBeUndefined();
});

test.each([
  [7, 'The rules are not a list.'],
  [[7], 'Rule 0: not an object.'],
  [[{ on: 'create' }], 'Rule 0: `fault` is missing.'],
  [[{ fault: 'drop' }, { fault: 'explode' }], 'Rule 1: `fault` is not one of commit_then_drop,'],
  [[{ fault: 'drop', on: 'write' }], 'Rule 0: `on` is not one of create,'],
  [[{ fault: 'drop', probability: 2 }], 'Rule 0: `probability` is not a number from 0 to 1.'],
  [[{ fault: 'drop', times: -1 }], 'Rule 0: `times` is not a whole number.'],
  [[{ fault: 'drop', constructor: 1 }], 'Rule 0: `constructor` is not known.'],
])('rules that make no sense are refused', (rules, problem) => {
  expect(readFaultRules(rules)).toEqual({ problem: expect.stringContaining(problem) });
});
