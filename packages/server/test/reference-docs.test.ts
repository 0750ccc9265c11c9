import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatedFiles, repository } from '../scripts/generated-files.ts';
import { claimOperations, claimStates } from '../src/claims/lifecycle.ts';
import { settings } from '../src/config/settings.ts';
import { claimFailureCodes } from '../src/emr/connector.ts';
import { errorCodes } from '../src/platform/errors.ts';
import { operations, workflowStates } from '../src/prior-authorization/lifecycle.ts';
import { webhookEventTypes } from '../src/webhooks/event-types.ts';

async function committed(path: string): Promise<string> {
  return readFile(join(repository, path), 'utf8');
}

describe('the reference pages', () => {
  test.each(generatedFiles.docs.map((file) => [file.path, file] as const))(
    '%s is up to date',
    async (path, file) => {
      expect(await committed(path)).toBe(await file.make());
    },
  );

  test.each([
    ['docs/reference/errors.md', [...errorCodes, ...claimFailureCodes]],
    ['docs/reference/events.md', webhookEventTypes],
    ['docs/reference/states.md', [...workflowStates, ...operations, ...claimStates, ...claimOperations]],
    ['docs/reference/configuration.md', settings.map(({ name }) => name)],
  ])('%s has a row for every entry', async (path, names) => {
    const rows = (await committed(path)).split('\n').filter((line) => line.startsWith('|'));
    expect(names.filter((name) => !rows.some((row) => row.includes(`\`${name}\``)))).toEqual([]);
  });
});

describe('the documents', () => {
  test('link only to what is there', async () => {
    const missing: string[] = [];
    const present = new Set(await listFiles(repository));
    for (const path of [...present].filter((name) => name.endsWith('.md'))) {
      for (const [, target = ''] of (await committed(path)).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const found = relative(repository, resolve(repository, dirname(path), target));
        const isThere = present.has(found) || [...present].some((name) => name.startsWith(`${found}/`));
        if (!isThere) missing.push(`${path} links to ${target}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test('name tests that exist', async () => {
    const present = new Set(await listFiles(repository));
    const checklist = await committed('docs/reference/security-checklist.md');
    const named = [...checklist.matchAll(/`((?:test|src)\/[\w./-]+\.test\.ts)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((path) => !present.has(`packages/server/${path}`))).toEqual([]);
    const numbers = [...checklist.matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 44 }, (_, index) => index + 1));
  });

  test('number the decisions without a gap, each with its parts', async () => {
    const names = (await readdir(join(repository, 'docs/decisions')))
      .filter((name) => name !== 'README.md')
      .sort();
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index + 1));
    for (const name of names) {
      const text = await committed(`docs/decisions/${name}`);
      expect(
        [name, ...text.matchAll(/^## (.+)$/gm)].map((part) => (typeof part === 'string' ? part : part[1])),
      ).toEqual([name, 'Context', 'Decision', 'Consequences']);
      expect(text).toMatch(
        /^# \d{4} .+\n\nDate: \d{4}-\d{2}-\d{2}\. Status: (accepted|superseded by \[\d{4}\].*)\.\n/,
      );
    }
  });
});

/** Files of the repository by path, without what is installed or made at run time. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const skipped = ['node_modules', '.git', '.precert', 'coverage'];
  const nested = entries
    .filter(({ name }) => !skipped.includes(name))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? listFiles(path) : [relative(repository, path)];
    });
  return (await Promise.all(nested)).flat();
}
