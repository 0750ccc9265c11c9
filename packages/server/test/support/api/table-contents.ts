/** What stands in the tables, to see that a refused request wrote nothing and a stranger's changed nothing. */

import type { ServerDatabase } from '../databases/test-database.ts';

/**
 * Tables that workers write in their own time, whatever a request does: the columns that stay as a request made them;
 * undefined for a table that is the workers' alone.
 */
const workersOwn: Readonly<Record<string, string | undefined>> = {
  webhook_delivery: 'organization_id, id, event_id, endpoint_id, cause, created_at',
  webhook_attempt: undefined,
  linked_account: `organization_id, id, access_token_hash, access_token_reference_id, connector, settings, timezone,
    created_at, revoked_at`,
  emr_call_window: undefined,
  audit_entry: undefined,
  audit_head: undefined,
};

/**
 * For each table its number of rows and a digest of all of them. When a credential was last used is left out: it is
 * written beside the requests, whenever there is time. So is the audit trail, to which every request adds.
 */
export async function tableContents(database: ServerDatabase): Promise<Readonly<Record<string, string>>> {
  const tables = await tableNames(database, database.schema);
  const watched = tables.filter((name) => !(name in workersOwn) || workersOwn[name] !== undefined);
  const row = "(to_jsonb(t) - 'last_used_at')::text";
  const parts = watched.map(
    (name) =>
      `select '${name}' as name, count(*) || ' ' || coalesce(md5(string_agg(${row}, '|' order by ${row})), '') as content
         from (select ${workersOwn[name] ?? '*'} from "${name}") t`,
  );
  const rows = await database.query<{ name: string; content: string }>(parts.join(' union all '));
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]));
}

/** Every row of every table of the job queue, as text. */
export async function jobTableText(database: ServerDatabase): Promise<string> {
  const schema = `${database.schema}_jobs`;
  const texts: string[] = [];
  for (const name of await tableNames(database, schema)) {
    const rows = await database.query<{ text: string }>(`select t::text as text from ${schema}."${name}" t`);
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}

/** Every row of the named tables of the server, as text. */
export async function tableText(database: ServerDatabase, names: readonly string[]): Promise<string> {
  const parts = names.map((name) => `select t::text as text from "${name}" t`);
  const rows = await database.query<{ text: string }>(parts.join(' union all '));
  return rows.map(({ text }) => text).join('\n');
}

async function tableNames(database: ServerDatabase, schema: string | undefined): Promise<readonly string[]> {
  const rows = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables
      where table_schema = $1 and table_type = 'BASE TABLE' order by table_name`,
    [schema],
  );
  return rows.map(({ name }) => name);
}
