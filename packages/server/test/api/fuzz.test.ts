import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AcceptableRequest,
  acceptableRequests,
  sendJsonText,
} from '../support/api/acceptable-requests.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { type Operation, operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import { tableContents } from '../support/api/table-contents.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

let client: ApiClient;
let requests: readonly AcceptableRequest[];
/** As above, those with much inside more often. */
let weighted: readonly AcceptableRequest[];
let operations: readonly Operation[];
let reading: readonly Operation[];
beforeAll(async () => {
  client = await server().newOrganization();
  requests = await acceptableRequests(client);
  const rich = requests.filter(({ operationId }) => /^(create|update)Authorization$/.test(operationId));
  weighted = [...requests, ...Array.from({ length: 6 }, () => rich).flat()];
  operations = operationsOf(await readOpenApi(client));
  reading = operations.filter(({ method, credentials }) => method === 'GET' && credentials === 'bearer');
}, 120_000);

type Contents = Awaited<ReturnType<typeof tableContents>>;

/** The tables before the next request; reading them costs more than most requests. */
let standing: Contents | undefined;
const contents = () => tableContents(server().database);

/** Never a failure of the server; an error is a documented one, in the envelope and nothing else. */
function expectSoundAnswer(operationId: string, answer: Answer): void {
  expect(answer.status).toBeLessThan(500);
  if (answer.status < 400) return;
  const { code, message, details, issues, requestId, retryable, ...others } = answer.body;
  expect(others).toEqual({});
  const operation = operations.find((known) => known.operationId === operationId);
  // A path that cannot be read leads to no operation, and so to none that documents it.
  const isPath = code === 'not_found' || issues?.[0]?.field === 'path';
  if (!isPath) expect(operation?.errorCodes[answer.status] ?? []).toContain(code);
  expect(message).toMatch(/^[A-Z].*\.$/);
  expect(requestId).toBe(answer.headers.get('x-request-id'));
  expect(typeof retryable).toBe('boolean');
  for (const issue of issues ?? []) {
    expect(Object.keys(issue)).toEqual(['field', 'code', 'message']);
    expect(typeof issue.field).toBe('string');
  }
  expect(details === undefined || typeof details === 'object').toBe(true);
}

/** As above, and an error wrote nothing. */
async function expectSound(operationId: string, send: () => Promise<Answer>): Promise<void> {
  const before = standing ?? (await contents());
  standing = undefined;
  const answer = await send();
  expectSoundAnswer(operationId, answer);
  // A refused submit commits its state, actions and event: that is the contract's rule (prior-auth.md, 3.4).
  if (answer.status < 400 || answer.body.code === 'validation_failed') return;
  standing = await contents();
  expect(standing).toEqual(before);
}

const strangeText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\u0000',
      '\ud800',
      '\udc00x',
      '__proto__',
      'constructor',
      "'; drop table file; --",
      '%',
      '\\',
    ],
    ...[
      '{}',
      '$1',
      '\u202e',
      '\uffff',
      '2026-02-30',
      '0000-01-01',
      '9999-12-31',
      '2026-03-13T00:00:00Z',
      '-1',
    ],
    ...['file_1', 'auth_1', 'item', 'linkId', 'valueAttachment', 'x'.repeat(5_000), '\ufeff', 'a\nb'],
  ),
);

const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  strangeText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, true, 0, -1, 0.1, 1e308, -1e-308, 2 ** 31, 2 ** 53, [], {}, [[]], [null]),
  fc.record({ valueAttachment: fc.record({ url: strangeText }) }),
);

type Path = readonly (string | number)[];

/** Paths of every value inside, containers included. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...inside.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

type Change = {
  readonly at: number;
  readonly kind: 'put' | 'drop' | 'add';
  readonly name: string;
  readonly value: unknown;
};

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('put', 'put', 'drop', 'add'),
  name: strangeText,
  value: strangeValue,
});

function applyChange(body: unknown, { at, kind, name, value }: Change): unknown {
  const paths = pathsOf(body);
  const path = paths[at % paths.length] ?? [];
  const last = path.at(-1);
  if (last === undefined) return kind === 'put' ? value : body;
  const copy = structuredClone(body);
  let container = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) container = container[step] as Record<string | number, unknown>;
  if (kind === 'put') container[last] = value;
  else if (kind === 'add')
    Object.defineProperty(container, name, { value, enumerable: true, configurable: true });
  else if (Array.isArray(container)) container.splice(Number(last), 1);
  else delete container[last];
  return copy;
}

const hostile: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  ' ',
  'x'.repeat(300),
  [],
  {},
  [null],
  [[]],
  [{}],
];

describe('whatever JSON is sent', () => {
  test('in place of each part of a good body in turn, the answer is sound', {
    timeout: 300_000,
  }, async () => {
    for (const request of requests) {
      for (const [at] of pathsOf(request.body).entries()) {
        const put = hostile.map((value): Change => ({ at, kind: 'put', name: '', value }));
        const changes: readonly Change[] = [...put, { at, kind: 'drop', name: '', value: null }];
        for (const change of changes) {
          const text = JSON.stringify(applyChange(request.body, change));
          const answer = await sendJsonText(client, request, text);
          expectSoundAnswer(request.operationId, answer);
        }
      }
    }
  });

  test('to any operation, the answer is sound', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), strangeValue, async (choice, value) => {
        const request = requests[choice % requests.length];
        if (request === undefined) return;
        await expectSound(request.operationId, () => sendJsonText(client, request, JSON.stringify(value)));
      }),
      { numRuns: 30 },
    );
  });

  test('in place of a part of a good body, the answer is sound', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        async (choice, changes) => {
          const request = weighted[choice % weighted.length];
          if (request === undefined) return;
          const body = changes.reduce<unknown>(applyChange, request.body);
          await expectSound(request.operationId, () => sendJsonText(client, request, JSON.stringify(body)));
        },
      ),
      { numRuns: 75 },
    );
  });
});

describe('whatever is asked', () => {
  test('of a reading operation in its path and query, the answer is sound', {
    timeout: 300_000,
  }, async () => {
    const parameter = fc.tuple(fc.nat(), fc.oneof(strangeText, fc.constantFrom('1', '100', 'needs_input')));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        strangeText,
        fc.array(parameter, { maxLength: 4 }),
        async (choice, id, query) => {
          const operation = reading[choice % reading.length];
          if (operation === undefined) return;
          const names = operation.parameters.filter((known) => known.in === 'query').map(({ name }) => name);
          const pairs = query.map(([index, value]) => {
            const name = [...names, 'other'][index % (names.length + 1)];
            return `${name}=${encodeLoosely(value)}`;
          });
          const ids = Object.fromEntries(
            operation.parameters.map(({ name }) => [name, encodeLoosely(id) || '-']),
          );
          await expectSound(operation.operationId, () =>
            client.call('GET', `${pathOf(operation, ids)}?${pairs.join('&')}`),
          );
        },
      ),
      { numRuns: 75 },
    );
  });
});

/** Percent-encoded, half surrogate pairs as the bytes a careless client would send for them. */
function encodeLoosely(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ed%a0%80';
}
