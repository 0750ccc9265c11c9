import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendAnchors, readAnchors } from '../../src/audit/anchor-file.ts';
import { appendEntries } from '../../src/audit/append-entries.ts';
import { listHeads } from '../../src/audit/audit-queries.ts';
import { entryForTests, keyedForTests } from '../../src/audit/entry-for-tests.ts';
import { type VerifiedChain, verifyTrail } from '../../src/audit/verify-trail.ts';
import { createKeyedHash } from '../../src/platform/crypto/keyed-hash.ts';
import { asOrganization, asSystem } from '../../src/platform/database/database-scope.ts';
import { ownersView } from '../support/databases/test-database.ts';
import { useServerDatabase } from '../support/databases/use-test-database.ts';

const server = useServerDatabase();
const anchorKey = createKeyedHash(Buffer.from('a secret for tests, 32 characters or more'), 'audit_anchor');
const now = new Date('2026-03-13T17:00:00Z');

let directory: string;
let anchorPath: string;
let organizationId = '';
let count = 0;

/** As whoever has the password of the database would. */
const tamper = (statement: string) =>
  ownersView(server()).execute(statement.replaceAll('$organization', `'${organizationId}'`));

async function verify(options: { readonly withAnchors?: boolean } = {}): Promise<VerifiedChain> {
  const { anchors } =
    options.withAnchors === true ? await readAnchors(anchorPath, anchorKey) : { anchors: new Map() };
  return asSystem(async () => {
    for await (const chain of verifyTrail(server(), keyedForTests, anchors, organizationId)) return chain;
    throw new Error('Nothing was verified.');
  });
}

const append = (numbers: readonly number[]) =>
  asSystem(() =>
    appendEntries(
      server(),
      keyedForTests,
      numbers.map((number) => entryForTests(number, organizationId)),
    ),
  );

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'precert-anchor-'));
  anchorPath = join(directory, 'heads.jsonl');
  count += 1;
  organizationId = `org_${count}`;
  await append([1, 2, 3, 4, 5]);
  await append([6, 7, 8, 9, 10]);
  await appendAnchors(anchorPath, anchorKey, await asSystem(() => listHeads(server())), now);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a trail', () => {
  test('as it was appended is sound', async () => {
    expect(await verify({ withAnchors: true })).toEqual({ organizationId, entries: 10, problems: [] });
  });

  test.each([
    [
      'edited',
      `update audit_entry set outcome = 'refused' where organization_id = $organization and sequence = 4`,
      [{ fault: 'altered', from: 4, to: 4 }],
    ],
    [
      'robbed of an entry',
      `delete from audit_entry where organization_id = $organization and sequence = 4`,
      [{ fault: 'missing', from: 4, to: 4 }],
    ],
    [
      'robbed of its first entries',
      `delete from audit_entry where organization_id = $organization and sequence < 4`,
      [{ fault: 'missing', from: 1, to: 3 }],
    ],
    [
      'with two entries in each other’s place',
      `update audit_entry e set sequence = -o.sequence from audit_entry o
        where e.organization_id = $organization and o.organization_id = $organization
          and (e.sequence, o.sequence) in ((4, 7), (7, 4));
       update audit_entry set sequence = -sequence where organization_id = $organization and sequence < 0`,
      [
        { fault: 'altered', from: 4, to: 5 },
        { fault: 'altered', from: 7, to: 8 },
      ],
    ],
    [
      'with an entry that somebody put in at its end',
      `insert into audit_entry (organization_id, sequence, id, occurred_at, actor_kind, operation, resource_ids, outcome, hash)
       values ($organization, 11, 'aud_made_up', now(), 'key', 'getAuthorization', '{}', 'allowed', 'abc')`,
      [
        { fault: 'altered', from: 11, to: 11 },
        { fault: 'beyond_head', from: 11, to: 11 },
      ],
    ],
    [
      'with an entry that somebody put in between',
      `update audit_entry set sequence = -sequence where organization_id = $organization and sequence > 4;
       update audit_entry set sequence = 1 - sequence where organization_id = $organization and sequence < 0;
       insert into audit_entry (organization_id, sequence, id, occurred_at, actor_kind, operation, resource_ids, outcome, hash)
       values ($organization, 5, 'aud_made_up', now(), 'key', 'getAuthorization', '{}', 'allowed', 'abc')`,
      [
        { fault: 'altered', from: 5, to: 11 },
        { fault: 'beyond_head', from: 11, to: 11 },
      ],
    ],
    [
      'cut off, its head left alone',
      `delete from audit_entry where organization_id = $organization and sequence > 7`,
      [{ fault: 'cut_off', from: 8, to: 10 }],
    ],
  ] as const)('%s is not sound, without an anchor', async (_how, statements, problems) => {
    for (const statement of statements.split(';')) expect(await tamper(statement)).toBeGreaterThan(0);
    expect((await verify()).problems).toEqual(problems);
  });

  test('cut off together with its head shows it by the anchors, and by nothing else', async () => {
    await tamper('delete from audit_entry where organization_id = $organization and sequence > 7');
    await tamper(
      `update audit_head h set sequence = 7, hash = e.hash from audit_entry e
        where h.organization_id = $organization and e.organization_id = $organization and e.sequence = 7`,
    );
    expect((await verify()).problems).toEqual([]);
    expect((await verify({ withAnchors: true })).problems).toEqual([{ fault: 'cut_off', from: 8, to: 10 }]);
    // Growing again does not hide it.
    await append([11, 12, 13, 14]);
    expect((await verify()).problems).toEqual([]);
    expect((await verify({ withAnchors: true })).problems).toEqual([{ fault: 'replaced', from: 10, to: 10 }]);
  });

  test('removed altogether shows it by the anchors, even when nobody names its organization', async () => {
    await tamper('delete from audit_entry where organization_id = $organization');
    await tamper('delete from audit_head where organization_id = $organization');
    const { anchors } = await readAnchors(anchorPath, anchorKey);
    const found: VerifiedChain[] = [];
    await asSystem(async () => {
      for await (const chain of verifyTrail(server(), keyedForTests, anchors)) found.push(chain);
    });
    expect(found.find((chain) => chain.organizationId === organizationId)).toEqual({
      organizationId,
      entries: 0,
      problems: [{ fault: 'cut_off', from: 1, to: 10 }],
    });
  });

  test('is sound while it grows', async () => {
    const growing = (async () => {
      for (let number = 100; number < 160; number += 3) await append([number, number + 1, number + 2]);
    })();
    for (let look = 0; look < 10; look += 1) expect((await verify()).problems).toEqual([]);
    await growing;
    expect(await verify()).toEqual({ organizationId, entries: 70, problems: [] });
  });
});

describe('an anchor file', () => {
  test('with a line that the server did not sign is told of', async () => {
    const text = await readFile(anchorPath, 'utf8');
    await writeFile(anchorPath, `${text.replaceAll('"sequence":10', '"sequence":9')}\n{"torn`);
    const { anchors, unsigned } = await readAnchors(anchorPath, anchorKey);
    expect(anchors.has(organizationId)).toBe(false);
    expect(unsigned).toContain(
      text.split('\n').findIndex((line) => line.includes(`"${organizationId}"`)) + 1,
    );
    expect(unsigned).toContain(text.split('\n').length + 1);
  });

  test('grows at its end alone', async () => {
    await append([11]);
    await appendAnchors(anchorPath, anchorKey, await asSystem(() => listHeads(server())), now);
    const { anchors, unsigned } = await readAnchors(anchorPath, anchorKey);
    expect(unsigned).toEqual([]);
    expect([...(anchors.get(organizationId)?.keys() ?? [])]).toEqual([10, 11]);
  });
});

describe('the roles of statements', () => {
  const refused = { code: '42501' };

  test.each([
    'update audit_entry set outcome = outcome',
    'delete from audit_entry',
    'truncate audit_entry',
    'delete from audit_head',
    'alter table audit_entry disable row level security',
  ])('may not %s', async (statement) => {
    await expect(asSystem(() => server().execute(statement))).rejects.toMatchObject(refused);
    await expect(asOrganization(organizationId, () => server().execute(statement))).rejects.toMatchObject(
      refused,
    );
  });

  test('of an organization reads its own entries and appends none', async () => {
    const own = await asOrganization(organizationId, () =>
      server().query<{ organization: string }>(
        'select distinct organization_id as organization from audit_entry',
      ),
    );
    expect(own).toEqual([{ organization: organizationId }]);
    const appending = asOrganization(organizationId, () =>
      appendEntries(server(), keyedForTests, [entryForTests(11, organizationId)]),
    );
    await expect(appending).rejects.toMatchObject(refused);
  });
});
