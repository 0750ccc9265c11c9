/** Answers of an EMR, broken in every way that chance finds: what comes of them stays within the contract. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Script, scriptedEmr } from '../../../test/support/emr/scripted-emr.ts';
import { firstVisit, wellBehaved } from '../../../test/support/emr/well-behaved-emr.ts';
import { claimFailureCodes, EmrReadError } from '../connector.ts';
import type { HttpExchange, HttpRequest } from './http-exchange.ts';

const { marker } = firstVisit;
const never = () => new AbortController().signal;
const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(null, {}, [], '', '\0', '\ud800', 1e308, -1, 'x'.repeat(9_000), [[[]]], {
    __proto__: 1,
  }),
  fc.constantFrom<unknown>(
    'OperationOutcome',
    'Bundle',
    'next',
    'Claim',
    '../x',
    'https://elsewhere.example/',
  ),
);

interface Mutation {
  /** Which of the answers. */
  readonly answer: number;
  readonly kind: 'value' | 'remove' | 'bytes' | 'status' | 'headers' | 'cut' | 'exchange';
  readonly place: number;
  readonly value: unknown;
  readonly number: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  answer: fc.nat(4),
  kind: fc.constantFrom('value', 'value', 'value', 'remove', 'bytes', 'status', 'headers', 'cut', 'exchange'),
  place: fc.nat(),
  value: oddValue,
  number: fc.nat(255),
});

const statuses = [
  100, 200, 201, 202, 204, 301, 304, 307, 400, 401, 403, 404, 408, 409, 412, 422, 429, 500, 503, 599,
];

function mutate(exchange: HttpExchange, { kind, place, value, number }: Mutation): HttpExchange {
  if (exchange.kind !== 'answered') return exchange;
  const { body } = exchange;
  switch (kind) {
    case 'status':
      return { ...exchange, status: statuses[place % statuses.length] ?? 0 };
    case 'headers':
      return { ...exchange, headers: { location: String(value), 'retry-after': String(value) } };
    case 'cut':
      return { ...exchange, body: body.subarray(0, place % (body.length + 1)) };
    case 'bytes': {
      const spoilt = Buffer.from(body);
      if (spoilt.length > 0) spoilt[place % spoilt.length] = number;
      return { ...exchange, body: spoilt };
    }
    case 'exchange':
      return { kind: number % 2 === 0 ? 'no_answer' : 'not_sent', reason: 'The connection failed.' };
    default:
      return {
        ...exchange,
        body: Buffer.from(spoilJson(body, kind === 'remove' ? undefined : value, place)),
      };
  }
}

/** Puts a value, or nothing, in the place of one of the JSON's members, at any depth. */
function spoilJson(body: Buffer, value: unknown, place: number): string {
  const parsed: unknown = JSON.parse(body.toString('utf8') || 'null');
  const members: [object, string][] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      members.push([node, key]);
      walk(Reflect.get(node, key));
    }
  };
  walk(parsed);
  const [owner, key] = members[place % Math.max(members.length, 1)] ?? [];
  if (owner === undefined || key === undefined) return JSON.stringify(value) ?? '';
  Reflect.set(owner, key, value);
  return JSON.stringify(parsed);
}

/** Spoils some of the answers, counted in the order of the calls. */
function spoilt(mutations: readonly Mutation[]): Script {
  let number = -1;
  return (request: HttpRequest) => {
    number += 1;
    const mine = mutations.filter(({ answer }) => answer === number);
    return mine.reduce((exchange, one) => {
      try {
        return mutate(exchange, one);
      } catch {
        // A body that an earlier mutation broke has no members.
        return exchange;
      }
    }, wellBehaved(request));
  };
}

const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
const isText = (value: unknown) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0');

test('the unspoilt answers make a claim', async () => {
  const { connector } = scriptedEmr(wellBehaved);
  const request = { ...firstVisit, signal: never() };
  expect(await connector.createClaim(request)).toEqual({ kind: 'created', emrClaimId: '100234' });
});

test('a create ends in an outcome of the contract, whatever the EMR answers', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(mutations, async (given) => {
      const emr = scriptedEmr(spoilt(given));
      const request = { ...firstVisit, signal: never() };
      const outcome = await emr.connector.createClaim(request);
      seen.add(outcome.kind);
      const creates = emr.requests.filter(({ method }) => method === 'POST');
      expect(creates.length).toBeLessThanOrEqual(1);
      if (outcome.kind === 'created') expect(outcome.emrClaimId).toMatch(/^[\w.-]{1,128}$/);
      if (outcome.kind === 'created' || outcome.kind === 'unknown') expect(creates).toHaveLength(1);
      if (outcome.kind === 'rejected') {
        expect(outcome.reasons.length).toBeGreaterThan(0);
        for (const { code } of outcome.reasons) expect(claimFailureCodes).toContain(code);
      }
    }),
    { numRuns: 2_500 },
  );
  expect([...seen].toSorted()).toEqual(['created', 'login_required', 'rejected', 'unavailable', 'unknown']);
}, 120_000);

test('a list or a search gives clean records or an EmrReadError, whatever the EMR answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      mutations,
      fc.oneof(fc.string(), fc.json(), fc.constant(undefined)),
      async (given, cursor) => {
        const first = given.map((one) => ({ ...one, answer: 0 }));
        const { connector } = scriptedEmr(spoilt(first));
        const calls = [
          connector.listChangedAppointments(cursor, never()),
          connector.listChangedPatients(cursor, never()),
          connector.findClaim(marker, never()),
        ];
        for (const result of await Promise.allSettled(calls)) {
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(EmrReadError);
          else expectClean(result.value);
        }
      },
    ),
    { numRuns: 2_500 },
  );
}, 120_000);

function expectClean(value: unknown): void {
  if (value instanceof Date) expect(Number.isNaN(value.getTime())).toBe(false);
  else if (typeof value === 'string') expect(isText(value)).toBe(true);
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) expectClean(inner);
}
