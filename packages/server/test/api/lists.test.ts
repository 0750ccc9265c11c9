import { describe, expect, test } from 'vitest';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { createPriorAuthorization } from '../../src/prior-authorization/create-prior-authorization.ts';
import { decisionStates, workflowStates } from '../../src/prior-authorization/lifecycle.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach, listAll } from '../support/api/case-record.ts';
import {
  adakveoAnswers,
  adakveoCase,
  authorizationsPath,
  createCase,
  createCaseInState,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

function list(client: ApiClient, query: string | Record<string, string> | readonly [string, string][] = '') {
  const text = typeof query === 'string' ? query : String(new URLSearchParams(query as [string, string][]));
  return client.call('GET', `${authorizationsPath}?${text}`);
}

async function listIds(client: ApiClient, query?: Parameters<typeof list>[1]): Promise<string[]> {
  return succeed(await list(client, query)).data.map(({ id }: { id: string }) => id);
}

/** Puts cases into the database by the same use case as the route, without HTTP: for lists that need many. */
async function createMany(client: ApiClient, count: number, change: object = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { authorization } = await asOrganization(client.organizationId, () =>
      createPriorAuthorization(server().app.priorAuthorization, client.organizationId, {
        body: { ...adakveoCase, ...change },
        idempotencyKey: undefined,
      }),
    );
    ids.push(authorization.id);
  }
  return ids;
}

function expectRefusal(answer: Answer, code: string, field?: string, issueCode?: string): void {
  expect([answer.status, answer.body.code]).toEqual([400, code]);
  if (field === undefined) return;
  const issue = issueCode === undefined ? { field } : { field, code: issueCode };
  expect(answer.body.issues).toContainEqual(expect.objectContaining(issue));
}

describe('the list of authorizations', () => {
  test('is empty for a new organization', async () => {
    const client = await server().newOrganization();
    const empty = { data: [], pagination: { hasMore: false, nextCursor: null } };
    expect(succeed(await list(client))).toEqual(empty);
  });

  test('has the newest first, and those of one instant by descending id', async () => {
    const client = await server().newOrganization();
    const created: { id: string; createdAt: string }[] = [];
    for (let minute = 0; minute < 4; minute += 1) {
      for (let twin = 0; twin < 3; twin += 1) created.push(await createCase(client));
      server().clock.advance(60_000);
    }
    const expected = created
      .toSorted((a, b) => (`${b.createdAt}${b.id}` < `${a.createdAt}${a.id}` ? -1 : 1))
      .map(({ id }) => id);
    expect(await listIds(client)).toEqual(expected);
    const pages = await listAll(client, authorizationsPath, 2);
    expect(pages.map(({ id }) => id)).toEqual(expected);
  });

  test('has items with every field of the authorization but its questionnaire', async () => {
    const client = await server().newOrganization();
    const { id } = await createCaseInState(client, 'action_required');
    await attach(client, id, { fileId: await uploadFile(client), label: 'Note', metadata: { a: 1 } });
    const whole = succeed(await client.call('GET', `${authorizationsPath}/${id}`));
    const [item] = succeed(await list(client)).data;
    const { questionnaire, ...expected } = whole;
    expect(questionnaire.resourceType).toBe('Questionnaire');
    expect(item).toEqual(expected);
    expect(Object.keys(item)).toEqual(Object.keys(expected));
    expect([item.attachments.length, item.actions.length]).toEqual([1, 1]);
  });

  test('has 25 items without a limit, and as many as the limit says', async () => {
    const client = await server().newOrganization();
    await createMany(client, 101);
    const lengths = [];
    for (const query of ['', 'limit=1', 'limit=25', 'limit=100', 'limit=025']) {
      const page = succeed(await list(client, query));
      lengths.push([query, page.data.length, page.pagination.hasMore, typeof page.pagination.nextCursor]);
    }
    expect(lengths).toEqual([
      ['', 25, true, 'string'],
      ['limit=1', 1, true, 'string'],
      ['limit=25', 25, true, 'string'],
      ['limit=100', 100, true, 'string'],
      ['limit=025', 25, true, 'string'],
    ]);
    const rest = await listAll(client, authorizationsPath, 100);
    expect(new Set(rest.map(({ id }) => id)).size).toBe(101);
  });

  test('says that there is no more on a page that is exactly full', async () => {
    const client = await server().newOrganization();
    await createMany(client, 3);
    const page = succeed(await list(client, 'limit=3'));
    expect([page.data.length, page.pagination]).toEqual([3, { hasMore: false, nextCursor: null }]);
  });

  test.each([
    '0',
    '101',
    '-1',
    '1e2',
    '%2025',
    '25%20',
    '+25',
    '25;drop',
    '25%3Bdrop',
    '0x19',
    '2.5',
    '٢٥',
    '1000000000000000000000',
    'NaN',
    '',
    '25&limit=25',
  ])('refuses limit=%s', async (limit) => {
    const client = await server().newOrganization();
    expectRefusal(await list(client, `limit=${limit}`), 'validation_error', 'limit');
  });

  test('pages through 60 rows without loss or repeat while others are created and changed', async () => {
    const client = await server().newOrganization();
    const original: string[] = [];
    for (let batch = 0; batch < 20; batch += 1) {
      original.push(...(await createMany(client, 3)));
      server().clock.advance(1_000);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer['body'] = succeed(
        await list(client, { limit: '7', ...(cursor === null ? {} : { cursor }) }),
      );
      seen.push(...page.data.map(({ id }: { id: string }) => id));
      cursor = page.pagination.nextCursor;
      await createMany(client, 2);
      server().clock.advance(1_000);
      const touched = original[seen.length % original.length];
      succeed(await client.call('POST', `${authorizationsPath}/${touched}/cancel`, {}));
    } while (cursor !== null);
    expect(seen.filter((id) => original.includes(id))).toHaveLength(60);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('a cursor', () => {
  test('is refused when it is cut, altered anywhere, lengthened or made up', async () => {
    const client = await server().newOrganization();
    await createMany(client, 3);
    const { nextCursor } = succeed(await list(client, 'limit=1')).pagination;
    expect((await list(client, { limit: '1', cursor: nextCursor })).status).toBe(200);
    const position = Buffer.from('{"createdAt":"2026-03-12T09:00:00.000Z","id":"auth_1"}');
    const [text = '', signature = ''] = nextCursor.split('.');
    const altered = [
      '',
      '.',
      'x',
      text,
      `${text}.`,
      `.${signature}`,
      `${nextCursor}.`,
      `${nextCursor}=`,
      ` ${nextCursor}`,
      `${nextCursor}${nextCursor}`,
      position.toString('base64'),
      `${position.toString('base64url')}.${signature}`,
      'a'.repeat(10_000),
    ];
    for (let end = 1; end < nextCursor.length; end += 1) altered.push(nextCursor.slice(0, end));
    for (let index = 0; index < nextCursor.length; index += 1) {
      // The lowest bit of each character, so that it stays a character that could stand there.
      const flipped = String.fromCharCode(nextCursor.charCodeAt(index) ^ 1);
      altered.push(nextCursor.slice(0, index) + flipped + nextCursor.slice(index + 1));
    }
    for (const cursor of altered) expectRefusal(await list(client, { limit: '1', cursor }), 'invalid_cursor');
  });

  test('of 100 KB does not fit into a request', async () => {
    const client = await server().newOrganization();
    const answer = await list(client, { cursor: 'a'.repeat(100_000) });
    expect([answer.status, answer.body.code]).toEqual([431, 'headers_too_large']);
  });

  test('given twice is refused', async () => {
    const client = await server().newOrganization();
    expectRefusal(await list(client, 'cursor=a&cursor=b'), 'validation_error', 'cursor');
  });

  test('is good for its organization, its list and its filters alone, in any order of parameters', async () => {
    const [client, stranger] = [await server().newOrganization(), await server().newOrganization()];
    await createMany(client, 3);
    await createMany(stranger, 3);
    const filter = 'workflowState=needs_input&memberId=W123456789';
    const { nextCursor: cursor } = succeed(await list(client, `limit=1&${filter}`)).pagination;
    const same = [
      `limit=1&${filter}&cursor=${cursor}`,
      `limit=2&memberId=W123456789&cursor=${cursor}&workflowState=needs_input`,
    ];
    for (const query of same) expect([query, (await list(client, query)).status]).toEqual([query, 200]);
    expectRefusal(await list(stranger, `limit=1&${filter}&cursor=${cursor}`), 'invalid_cursor');
    const others = [
      '',
      'workflowState=needs_input',
      'memberId=W123456789',
      `${filter}&urgency=standard`,
      `${filter}&decisionState=unknown`,
      `${filter}&payerId=payer_aetna`,
      `${filter}&createdAfter=2026-01-01`,
      'workflowState=needs_input&workflowState=cancelled&memberId=W123456789',
      'workflowState=needs_input&memberId=W123456780',
    ];
    for (const query of others) {
      expectRefusal(await list(client, `limit=1&${query}&cursor=${cursor}`), 'invalid_cursor');
    }
    const { id } = await createCase(client);
    for (const other of [
      `${authorizationsPath}/${id}/events`,
      `${authorizationsPath}/${id}/artifacts`,
      `${authorizationsPath}/${id}/submissions`,
      '/v1/payers',
    ]) {
      expectRefusal(await client.call('GET', `${other}?limit=1&cursor=${cursor}`), 'invalid_cursor');
    }
  });
});

describe('filters', () => {
  const start = Date.parse('2026-03-13T17:00:00.000Z');

  /** Seven cases that differ in what can be filtered by, a minute apart. */
  async function createVariety() {
    const client = await server().newOrganization();
    const at: Record<string, string> = {};
    const oxygen = {
      coverage: { payerId: 'payer_medicare', memberId: 'M-1', planType: 'medicare', insuranceState: 'CA' },
      service: { code: 'E1390', codeSystem: 'hcpcs' },
    };
    const member = (memberId: string) => ({ coverage: { ...adakveoCase.coverage, memberId } });
    const variants: readonly (readonly [string, object])[] = [
      ['draft', {}],
      ['ready', { questionnaireResponse: adakveoAnswers }],
      ['expedited', { urgency: 'expedited' }],
      ['medicare', oxygen],
      ['percent', member('50%_off')],
      ['quote', member('O\'Neil\\x"--')],
      ['cancelled', { questionnaireResponse: adakveoAnswers, urgency: 'expedited' }],
    ];
    const ids: Record<string, string> = {};
    for (const [name, change] of variants) {
      server().clock.advance(60_000);
      [ids[name]] = (await createMany(client, 1, change)) as [string];
      at[name] = server().clock.now().toISOString();
    }
    succeed(await client.call('POST', `${authorizationsPath}/${ids.cancelled}/cancel`, {}));
    const names = async (query: Parameters<typeof list>[1]) =>
      (await listIds(client, query)).map((id) => Object.keys(ids).find((name) => ids[name] === id));
    return { client, at, names };
  }

  test('narrow the list, alone and together, and values of one are alternatives', async () => {
    const { at, names } = await createVariety();
    const all = ['cancelled', 'quote', 'percent', 'medicare', 'expedited', 'ready', 'draft'];
    const drafts = ['quote', 'percent', 'medicare', 'expedited', 'draft'];
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['', all],
      ['workflowState=needs_input', drafts],
      ['workflowState=ready_to_submit', ['ready']],
      ['workflowState=submitting', []],
      ['workflowState=cancelled&workflowState=ready_to_submit', ['cancelled', 'ready']],
      ['workflowState=needs_input&workflowState=needs_input', drafts],
      [workflowStates.map((state) => `workflowState=${state}`).join('&'), all],
      ['decisionState=unknown', all],
      [decisionStates.map((state) => `decisionState=${state}`).join('&'), all],
      ['decisionState=pending&decisionState=approved', []],
      ['payerId=payer_medicare', ['medicare']],
      ['payerId=payer_nobody', []],
      ['memberId=M-1', ['medicare']],
      ['memberId=W123456789', ['cancelled', 'expedited', 'ready', 'draft']],
      ['urgency=expedited', ['cancelled', 'expedited']],
      ['urgency=standard&memberId=W123456789', ['ready', 'draft']],
      ['urgency=expedited&workflowState=needs_input', ['expedited']],
      ['urgency=expedited&workflowState=needs_input&workflowState=cancelled', ['cancelled', 'expedited']],
      ['payerId=payer_aetna&workflowState=needs_input', ['quote', 'percent', 'expedited', 'draft']],
      [`createdAfter=${at.medicare}`, ['cancelled', 'quote', 'percent', 'medicare']],
      [`createdBefore=${at.medicare}`, ['expedited', 'ready', 'draft']],
      [`createdAfter=${at.ready}&createdBefore=${at.medicare}`, ['expedited', 'ready']],
      [`createdAfter=${at.medicare}&createdBefore=${at.ready}`, []],
      [
        `workflowState=needs_input&decisionState=unknown&payerId=payer_aetna&memberId=W123456789&urgency=standard&createdAfter=${at.draft}&createdBefore=${at.ready}`,
        ['draft'],
      ],
    ];
    for (const [query, expected] of cases) expect([query, await names(query)]).toEqual([query, expected]);
  });

  test.each([
    ['50%_off', ['percent']],
    ['O\'Neil\\x"--', ['quote']],
    ['%', []],
    ['_', []],
    ["'", []],
    ["' or '1'='1", []],
    ['$1', []],
    ['w123456789', []],
    ['W123456789 ', []],
    ['Ｗ123456789', []],
  ])('take memberId %j by the letter', async (memberId, expected) => {
    const { names } = await createVariety();
    expect(await names({ memberId })).toEqual(expected);
  });

  test('hold createdAfter inclusive and createdBefore exclusive to the millisecond, in any zone', async () => {
    const client = await server().newOrganization();
    const { id, createdAt } = await createCase(client);
    const shifted = (milliseconds: number) => new Date(Date.parse(createdAt) + milliseconds).toISOString();
    const inTokyo = new Date(Date.parse(createdAt) + 9 * 3_600_000).toISOString().replace('Z', '+09:00');
    const day = createdAt.slice(0, 10);
    const nextDay = shifted(86_400_000).slice(0, 10);
    const cases: readonly (readonly [Record<string, string>, boolean])[] = [
      [{ createdAfter: createdAt }, true],
      [{ createdAfter: shifted(1) }, false],
      [{ createdAfter: shifted(-1) }, true],
      [{ createdBefore: createdAt }, false],
      [{ createdBefore: shifted(1) }, true],
      [{ createdBefore: shifted(-1) }, false],
      [{ createdAfter: createdAt, createdBefore: shifted(1) }, true],
      [{ createdAfter: createdAt, createdBefore: createdAt }, false],
      [{ createdAfter: inTokyo }, true],
      [{ createdBefore: inTokyo }, false],
      [{ createdAfter: day }, true],
      [{ createdAfter: nextDay }, false],
      [{ createdBefore: day }, false],
      [{ createdBefore: nextDay }, true],
      [{ createdAfter: '0001-01-01', createdBefore: '9999-12-31T23:59:59.999Z' }, true],
    ];
    for (const [query, isFound] of cases) {
      expect([query, await listIds(client, query)]).toEqual([query, isFound ? [id] : []]);
    }
    expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(start);
  });

  test.each([
    '2026-02-30',
    '2026-13-01',
    '2026-02-30T00:00:00Z',
    '275761-01-01T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '0000-01-01',
    '0001-01-01T00:00:00+23:59',
    '9999-12-31T23:59:59-23:59',
    '2026-03-13T17:00:00',
    '2026-03-13T17:00Z',
    '2026-03-13T24:00:00Z',
    '2026-03-13T17:00:60Z',
    '2026-03-13 17:00:00Z',
    '2026-03-13T17:00:00+0900',
    'yesterday',
    '1773421200000',
    '',
    "2026-03-13'--",
  ])('refuse the instant %j', async (instant) => {
    const client = await server().newOrganization();
    for (const name of ['createdAfter', 'createdBefore']) {
      expectRefusal(await list(client, { [name]: instant }), 'validation_error', name, 'invalid_format');
    }
  });

  test.each([
    ['workflowState=nope', 'workflowState', 'invalid_enum'],
    ['workflowState=needs_input&workflowState=nope', 'workflowState', 'invalid_enum'],
    ['workflowState=', 'workflowState', 'invalid_enum'],
    ['workflowState=NEEDS_INPUT', 'workflowState', 'invalid_enum'],
    ['workflowState=needs_input,cancelled', 'workflowState', 'invalid_enum'],
    ['workflowState=constructor', 'workflowState', 'invalid_enum'],
    ['decisionState=maybe', 'decisionState', 'invalid_enum'],
    ['urgency=urgent', 'urgency', 'invalid_enum'],
    ['urgency=standard&urgency=expedited', 'urgency', 'invalid_type'],
    ['payerId=', 'payerId', 'too_small'],
    ['memberId=', 'memberId', 'too_small'],
    ['memberId=a&memberId=b', 'memberId', 'invalid_type'],
    ['memberId=a%00b', 'memberId', 'invalid_format'],
    ['memberId=%ED%A0%80', 'memberId', 'invalid_format'],
    ['memberId=%', 'memberId', 'invalid_format'],
    ['workflowState[]=needs_input', 'workflowState[]', 'unrecognized_keys'],
    ['workflowState[0]=needs_input', 'workflowState[0]', 'unrecognized_keys'],
    ['workflowState[__proto__]=needs_input', 'workflowState[__proto__]', 'unrecognized_keys'],
    ['__proto__=x', '__proto__', 'unrecognized_keys'],
    ['constructor=x', 'constructor', 'unrecognized_keys'],
    ['state=needs_input', 'state', 'unrecognized_keys'],
    ['Limit=5', 'Limit', 'unrecognized_keys'],
    ['organizationId=org_1', 'organizationId', 'unrecognized_keys'],
    ['offset=5', 'offset', 'unrecognized_keys'],
  ])('refuse ?%s', async (query, field, code) => {
    const client = await server().newOrganization();
    expectRefusal(await list(client, query), 'validation_error', field, code);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('refuse long values and many, and more than a request may hold', async () => {
    const client = await server().newOrganization();
    const long = await list(client, { memberId: 'm'.repeat(10_240) });
    expectRefusal(long, 'validation_error', 'memberId', 'too_big');
    const many = await list(client, 'workflowState=needs_input&'.repeat(500));
    expectRefusal(many, 'validation_error', 'workflowState', 'too_big');
    const answer = await list(client, 'workflowState=needs_input&'.repeat(1_000));
    expect([answer.status, answer.body.code]).toEqual([431, 'headers_too_large']);
  });
});

describe('the lists of one authorization', () => {
  test('page without loss or repeat, in their order, and refuse strange parameters', async () => {
    const client = await server().newOrganization();
    const { id } = await createCaseInState(client, 'action_required');
    const twin = await createCaseInState(client, 'action_required');
    const orders: Record<string, (item: Answer['body']) => unknown> = {
      events: ({ sequence }) => sequence,
      artifacts: ({ createdAt, id }) => `${createdAt} ${id}`,
      submissions: ({ attemptNumber }) => attemptNumber,
    };
    for (const [name, positionOf] of Object.entries(orders)) {
      const path = `${authorizationsPath}/${id}/${name}`;
      const whole = succeed(await client.call('GET', `${path}?limit=100`));
      expect(whole.pagination).toEqual({ hasMore: false, nextCursor: null });
      expect(await listAll(client, path, 1)).toEqual(whole.data);
      const positions = whole.data.map(positionOf);
      const sorted = positions.toSorted((a: never, b: never) => (a < b ? -1 : 1));
      expect(positions).toEqual(name === 'events' ? sorted : sorted.toReversed());
      for (const limit of ['0', '101', '1e2', '2&limit=2']) {
        expectRefusal(await client.call('GET', `${path}?limit=${limit}`), 'validation_error', 'limit');
      }
      expectRefusal(await client.call('GET', `${path}?workflowState=x`), 'validation_error', 'workflowState');
      expectRefusal(await client.call('GET', `${path}?cursor=x`), 'invalid_cursor');
      const { nextCursor } = succeed(await client.call('GET', `${path}?limit=1`)).pagination;
      if (name === 'submissions') expect(nextCursor).toBeNull();
      else {
        const others = Object.keys(orders).filter((other) => other !== name);
        const elsewhere = [`${twin.id}/${name}`, ...others.map((other) => `${id}/${other}`)];
        for (const place of elsewhere) {
          const query = `limit=1&cursor=${nextCursor}`;
          expectRefusal(
            await client.call('GET', `${authorizationsPath}/${place}?${query}`),
            'invalid_cursor',
          );
        }
      }
    }
  });

  test('of attempts pages when there are several', async () => {
    const client = await server().newOrganization();
    const created = await createCaseInState(client, 'action_required');
    const path = `${authorizationsPath}/${created.id}`;
    succeed(await client.call('POST', `${path}/actions/${created.actions[0].id}/resolve`));
    succeed(await client.call('POST', `${path}/submit`));
    const attempts = await listAll(client, `${path}/submissions`, 1);
    expect(attempts.map(({ attemptNumber }) => attemptNumber)).toEqual([2, 1]);
  });
});

describe('the list of payers', () => {
  test('pages through the catalog, with cursors of one organization alone', async () => {
    const [client, stranger] = [await server().newOrganization(), await server().newOrganization()];
    const whole = succeed(await client.call('GET', '/v1/payers'));
    expect(whole.data).toContainEqual(
      expect.objectContaining({ id: 'payer_aetna', slug: 'aetna', displayName: 'Aetna' }),
    );
    expect(await listAll(client, '/v1/payers', 1)).toEqual(whole.data);
    const { nextCursor } = succeed(await client.call('GET', '/v1/payers?limit=1')).pagination;
    expectRefusal(await stranger.call('GET', `/v1/payers?limit=1&cursor=${nextCursor}`), 'invalid_cursor');
    expectRefusal(await client.call('GET', '/v1/payers?cursor='), 'invalid_cursor');
    expectRefusal(await client.call('GET', '/v1/payers?limit=0'), 'validation_error', 'limit');
    expectRefusal(await client.call('GET', '/v1/payers?name=a'), 'validation_error', 'name');
  });

  test('gives each payer by its id, and no other', async () => {
    const client = await server().newOrganization();
    const [payer] = succeed(await client.call('GET', '/v1/payers')).data;
    expect(succeed(await client.call('GET', `/v1/payers/${payer.id}`))).toEqual(payer);
    const missing = await client.call('GET', '/v1/payers/payer_nobody');
    expect([missing.status, missing.body.code]).toEqual([404, 'payer_not_found']);
  });
});
