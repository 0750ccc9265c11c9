import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readAnchors } from '../../src/audit/anchor-file.ts';
import type { AuditEntry } from '../../src/audit/audit-entry.ts';
import { type AuditTrail, openAuditTrail } from '../../src/audit/audit-trail.ts';
import { moveAbandonedJournals } from '../../src/audit/journal/move-journals.ts';
import { createKeyedHash } from '../../src/platform/crypto/keyed-hash.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { createLogger } from '../../src/platform/observability/logger.ts';
import { createTestClock } from '../support/api/test-clock.ts';
import { ownersView } from '../support/databases/test-database.ts';
import { useServerDatabase } from '../support/databases/use-test-database.ts';

const server = useServerDatabase();
const secret = Buffer.from('a secret for tests, 32 characters or more');
const anchorHash = createKeyedHash(secret, 'audit_anchor');

let directory: string;
let organizationId = '';
let count = 0;
let logged: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'precert-audit-'));
  count += 1;
  organizationId = `org_${count}`;
  logged = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const anchorPath = () => join(directory, 'heads.jsonl');

/** One process's trail. */
function open(database: Database = server()): Promise<AuditTrail> {
  return openAuditTrail({
    database,
    directory,
    anchorPath: anchorPath(),
    chainHash: createKeyedHash(secret, 'audit'),
    anchorHash,
    clock: createTestClock(),
    logger: createLogger({ level: 'info', destination: { write: (line) => logged.push(line) } }),
  });
}

const happening = (operation: string) => ({ organizationId, actor: { kind: 'system' as const }, operation });

const rows = () =>
  ownersView(server()).query<{ sequence: number; operation: string; outcome: string }>(
    'select sequence, operation, outcome from audit_entry where organization_id = $1 order by sequence',
    [organizationId],
  );
const operations = async () => (await rows()).map(({ operation }) => operation);
const journals = async () => (await readdir(directory)).filter((name) => name.startsWith('journal-'));

/** A database whose transactions commit, and whose answers then get lost. */
function losingAnswers(): Database & { losses: number } {
  const database = {
    ...server(),
    losses: 0,
    transaction: async <Result>(work: Parameters<Database['transaction']>[0]) => {
      const result = await server().transaction(work);
      if (database.losses-- > 0) throw new Error('The connection was cut.');
      // The same work gave it.
      return result as Result;
    },
  };
  return database;
}

describe('what a process recorded', () => {
  test('is moved in its order, and once', async () => {
    const trail = await open();
    for (const name of ['a', 'b', 'c']) trail.record(happening(name), { outcome: 'allowed' });
    await Promise.all([trail.moveJournal(), trail.moveJournal()]);
    trail.record(happening('d'), { outcome: 'allowed' });
    await trail.close();
    expect(await rows()).toEqual(
      ['a', 'b', 'c', 'd'].map((operation, index) => ({
        sequence: index + 1,
        operation,
        outcome: 'allowed',
      })),
    );
    expect(await journals()).toEqual([]);
  });

  test('is moved again, and not doubled, when nobody knows whether it was', async () => {
    const database = losingAnswers();
    const trail = await open(database);
    for (const name of ['a', 'b']) trail.record(happening(name), { outcome: 'allowed' });
    database.losses = 1;
    await expect(trail.moveJournal()).rejects.toThrow('The connection was cut.');
    expect(await operations()).toEqual(['a', 'b']);
    trail.record(happening('c'), { outcome: 'allowed' });
    await trail.moveJournal();
    expect(await operations()).toEqual(['a', 'b', 'c']);
    await trail.close();
  });

  test('stays where it is when it cannot be moved at the end, and is the next process’s', async () => {
    const database = losingAnswers();
    const trail = await open(database);
    trail.record(happening('a'), { outcome: 'allowed' });
    const begun = trail.begin(happening('b'));
    database.losses = 5;
    await trail.close();
    expect(logged.join('')).toContain('the next start does it');
    begun.complete({ outcome: 'allowed' });
    expect(await journals()).toHaveLength(1);
    const next = await open();
    await next.moveAbandonedJournals();
    expect(await rows()).toMatchObject([
      { operation: 'a', outcome: 'allowed' },
      { operation: 'b', outcome: 'unknown' },
    ]);
    await next.close();
    expect(await journals()).toEqual([]);
  });

  test('of two processes makes one chain without gaps', async () => {
    const trails = [await open(), await open()];
    const work = trails.map(async (trail, index) => {
      for (let round = 0; round < 20; round += 1) {
        trail.record(happening(`${index}-${round}`), { outcome: 'allowed' });
        await trail.moveJournal();
      }
    });
    await Promise.all(work);
    await Promise.all(trails.map((trail) => trail.close()));
    const found = await rows();
    expect(found.map(({ sequence }) => sequence)).toEqual(found.map((_row, index) => index + 1));
    expect(new Set(found.map(({ operation }) => operation)).size).toBe(40);
    expect(found).toHaveLength(40);
  });
});

describe('what began', () => {
  test('is moved when it has ended, with its end', async () => {
    const trail = await open();
    const [one, other] = [trail.begin(happening('one')), trail.begin(happening('other'))];
    await trail.moveJournal();
    expect(await rows()).toEqual([]);
    other.complete({ outcome: 'failed' });
    other.complete({ outcome: 'allowed' });
    await trail.moveJournal();
    expect(await rows()).toMatchObject([{ operation: 'other', outcome: 'failed' }]);
    one.complete({ outcome: 'allowed' });
    await trail.close();
    expect(await rows()).toMatchObject([
      { operation: 'other', outcome: 'failed' },
      { operation: 'one', outcome: 'allowed' },
    ]);
  });

  test('and has not ended when the process does stands as unknown', async () => {
    const trail = await open();
    trail.begin(happening('one'));
    await trail.close();
    expect(await rows()).toMatchObject([{ operation: 'one', outcome: 'unknown' }]);
  });
});

describe('a journal', () => {
  test('of a process that lives is nobody else’s', async () => {
    const [trail, other] = [await open(), await open()];
    trail.record(happening('a'), { outcome: 'allowed' });
    await other.moveAbandonedJournals();
    expect(await rows()).toEqual([]);
    expect(await journals()).toHaveLength(2);
    await Promise.all([trail.close(), other.close()]);
    expect(await operations()).toEqual(['a']);
  });

  test('with a torn line is moved, and the line set aside', async () => {
    const trail = await open(losingAnswersForEver());
    trail.record(happening('a'), { outcome: 'allowed' });
    await trail.close();
    const [name = ''] = await journals();
    await appendFile(join(directory, name, '00000001.jsonl'), '{"id":"aud_');
    const next = await open();
    await next.moveAbandonedJournals();
    expect(await operations()).toEqual(['a']);
    expect(await readFile(join(directory, 'unreadable.jsonl'), 'utf8')).toBe('{"id":"aud_\n');
    expect(logged.join('')).toContain('cannot be read and were set aside');
    await next.close();
  });

  function losingAnswersForEver(): Database {
    return {
      ...server(),
      transaction: async () => {
        throw new Error('The database is away.');
      },
    };
  }
});

describe('journals that processes left behind', () => {
  /** Each process could not move what it had recorded. */
  async function leaveBehind(...names: readonly string[]): Promise<void> {
    const database = losingAnswers();
    const trails = await Promise.all(names.map(() => open(database)));
    database.losses = Number.POSITIVE_INFINITY;
    for (const [index, name] of names.entries())
      trails[index]?.record(happening(name), { outcome: 'allowed' });
    await Promise.all(trails.map((trail) => trail.close()));
    expect(await journals()).toHaveLength(names.length);
  }

  test('hold each other up when one cannot be moved no more than the next sweep', async () => {
    await leaveBehind('a', 'b', 'c');
    const stored: string[] = [];
    let isFirst = true;
    const parts = {
      root: directory,
      logger: createLogger({ level: 'silent' }),
      store: async (entries: readonly AuditEntry[]) => {
        if (isFirst) {
          isFirst = false;
          throw new Error('This one is not taken.');
        }
        stored.push(...entries.map(({ operation }) => operation));
      },
    };
    await expect(moveAbandonedJournals(parts)).rejects.toThrow('This one is not taken.');
    expect(stored).toHaveLength(2);
    expect(await journals()).toHaveLength(1);
    await moveAbandonedJournals(parts);
    expect(stored.toSorted()).toEqual(['a', 'b', 'c']);
    expect(await journals()).toEqual([]);
  });

  test('have a torn line set aside once, however often they are tried', async () => {
    await leaveBehind('a');
    const [journal = ''] = await journals();
    const [segment = ''] = (await readdir(join(directory, journal))).filter((name) => name !== 'lock');
    await appendFile(join(directory, journal, segment), '{"torn\n');
    let failures = 2;
    const parts = {
      root: directory,
      logger: createLogger({ level: 'silent' }),
      store: async () => {
        if (failures-- > 0) throw new Error('The database is away.');
      },
    };
    await expect(moveAbandonedJournals(parts)).rejects.toThrow();
    await expect(moveAbandonedJournals(parts)).rejects.toThrow();
    await moveAbandonedJournals(parts);
    expect(await readFile(join(directory, 'unreadable.jsonl'), 'utf8')).toBe('{"torn\n');
  });
});

describe('the heads of the chains', () => {
  const told = async () => {
    const { anchors, unsigned } = await readAnchors(anchorPath(), anchorHash);
    expect(unsigned).toEqual([]);
    return [...(anchors.get(organizationId)?.keys() ?? [])];
  };

  test('are told when they moved, once, and at the end', async () => {
    const trail = await open();
    for (const name of ['a', 'b']) trail.record(happening(name), { outcome: 'allowed' });
    await trail.moveJournal();
    await trail.exportHeads();
    await trail.exportHeads();
    expect(await told()).toEqual([2]);
    trail.record(happening('c'), { outcome: 'allowed' });
    await trail.close();
    expect(await told()).toEqual([2, 3]);
    const text = await readFile(anchorPath(), 'utf8');
    expect(text.split('\n').filter((line) => line.includes(`"${organizationId}"`))).toHaveLength(2);
  });

  test('that a killed process left untold are told by the next one', async () => {
    const killed = await open();
    killed.record(happening('a'), { outcome: 'allowed' });
    await killed.moveJournal();
    const next = await open();
    await next.exportHeads();
    expect(await told()).toEqual([1]);
    await Promise.all([killed.close(), next.close()]);
  });
});
