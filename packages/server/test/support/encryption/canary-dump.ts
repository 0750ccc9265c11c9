/** Everything an installation has written down, and what of a clinic's words can be read in it. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canaries } from '../api/canary-case.ts';
import type { ServerDatabase } from '../databases/test-database.ts';

/** Canaries in any row of any table, the job queue's too: `table: word`. */
export async function canariesInTables(
  database: ServerDatabase,
  words = canaries,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const table of await listTables(database)) {
    const rows = await database.query<{ text: string }>(`select t::text as text from ${table} t`);
    found.push(
      ...readableIn(rows.map(({ text }) => text).join('\n'), words).map((word) => `${table}: ${word}`),
    );
  }
  return found;
}

/** Canaries in any file below the directory: `path: word`. */
export async function canariesInFiles(directory: string, words = canaries): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of await listFiles(directory)) {
    const text = (await readFile(path)).toString('latin1');
    found.push(...readableIn(text, words).map((word) => `${path}: ${word}`));
  }
  return found;
}

export async function listFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** As they are, as JSON escapes them, and as PostgreSQL prints bytes. */
function readableIn(text: string, words: readonly string[]): readonly string[] {
  return words.filter((word) => {
    const bytes = Buffer.from(word, 'utf8');
    return [
      word,
      bytes.toString('latin1'),
      bytes.toString('hex'),
      bytes.toString('base64').replace(/.{3}$/, ''),
    ].some((form) => text.includes(form));
  });
}

async function listTables(database: ServerDatabase): Promise<readonly string[]> {
  const rows = await database.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema in ($1, $2) and table_type = 'BASE TABLE' order by 1`,
    [database.schema ?? 'public', `${database.schema}_jobs`],
  );
  return rows.map(({ name }) => name);
}
