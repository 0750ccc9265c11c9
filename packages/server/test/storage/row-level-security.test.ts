import { beforeAll, describe, expect, test } from 'vitest';
import {
  asOrganization,
  asSystem,
  systemRole,
  tenantRole,
} from '../../src/platform/database/database-scope.ts';
import { createCaseInState } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

/** Tables that belong to the installation; every other one belongs to organizations. */
const sharedTables = [
  'rate_limit_window',
  'schema_migrations',
  'server_secret',
  'storage_identity',
  'submission_channel',
  'template_version',
];

interface Table {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
}

function listTables(): Promise<readonly Table[]> {
  return server().database.query<Table>(
    `select relname as name, relrowsecurity as enabled, relforcerowsecurity as forced
       from pg_class where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace
      order by relname`,
  );
}

async function tenantTables(): Promise<readonly Table[]> {
  return (await listTables()).filter(({ name }) => !sharedTables.includes(name));
}

/** Every policy of the schema, a line each. */
async function listPolicies(): Promise<readonly string[]> {
  const rows = await server().database.query<{ line: string }>(
    `select tablename || ': ' || policyname || ' ' || cmd || ' to ' || array_to_string(roles, ',')
            || ' using ' || qual || ' check ' || with_check as line
       from pg_policies where schemaname = current_schema() order by 1`,
  );
  return rows.map(({ line }) => line);
}

describe('the catalogue', () => {
  test('protects every table with an organization, the owner included', async () => {
    const tables = await tenantTables();
    expect(tables.length).toBeGreaterThan(20);
    expect(tables.filter(({ enabled, forced }) => !enabled || !forced)).toEqual([]);
  });

  test('has for each of them the two policies and no other', async () => {
    const expected = (await tenantTables()).flatMap(({ name }) => {
      const column = name === 'organization' ? 'id' : 'organization_id';
      const own = `(${column} = current_setting('precert.organization_id'::text, true))`;
      return [
        `${name}: system ALL to ${systemRole} using true check true`,
        `${name}: tenant ALL to ${tenantRole} using ${own} check ${own}`,
      ];
    });
    expect(await listPolicies()).toEqual(expected.sort());
  });

  test('gives the roles of statements nothing that goes past a policy', async () => {
    const roles = await server().database.query(
      `select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolcanlogin as "isStrong",
              (select count(*)::int from pg_class where relowner = r.oid) as "ownedTables"
         from pg_roles r where rolname in ($1, $2)`,
      [tenantRole, systemRole],
    );
    expect(roles).toEqual([
      { isStrong: false, ownedTables: 0 },
      { isStrong: false, ownedTables: 0 },
    ]);
  });
});

describe('a statement that names no organization', () => {
  let mine: string;
  let theirs: string;

  beforeAll(async () => {
    const [first, second] = [await server().newOrganization(), await server().newOrganization()];
    [mine, theirs] = [first.organizationId, second.organizationId];
    for (const client of [first, second]) await createCaseInState(client, 'pending_payer');
  });

  const everyCase = () =>
    server().app.database.query<{ organization: string }>(
      'select distinct organization_id as organization from prior_authorization',
    );

  test('finds nothing in any table outside a scope', async () => {
    for (const { name } of await tenantTables())
      expect(await server().app.database.query(`select 1 from ${name}`), name).toEqual([]);
  });

  test('finds the rows of the organization it runs for alone', async () => {
    expect(await asOrganization(mine, everyCase)).toEqual([{ organization: mine }]);
    expect(await asOrganization(theirs, everyCase)).toEqual([{ organization: theirs }]);
  });

  test('finds those of all when it looks for due work', async () => {
    const found = await asSystem(everyCase);
    expect(found.map(({ organization }) => organization).sort()).toEqual([mine, theirs].sort());
  });

  test('changes, moves and removes nothing of another organization', async () => {
    const { database } = server().app;
    const before = await asSystem(everyCase);
    const touched = await asOrganization(mine, () =>
      database.execute('update prior_authorization set version = 99 where organization_id = $1', [theirs]),
    );
    const removed = await asOrganization(mine, () =>
      database.execute('delete from prior_authorization_event where organization_id = $1', [theirs]),
    );
    const moving = asOrganization(mine, () =>
      database.execute('update file set organization_id = $1', [theirs]),
    );
    expect([touched, removed]).toEqual([0, 0]);
    await expect(moving).rejects.toMatchObject({ code: '42501' });
    expect(await asSystem(everyCase)).toEqual(before);
  });

  test('keeps its scope in a transaction, and leaves none on the connection', async () => {
    const { database } = server().app;
    const inside = await asOrganization(mine, () =>
      database.transaction((transaction) =>
        transaction.query('select distinct organization_id as organization from prior_authorization'),
      ),
    );
    expect(inside).toEqual([{ organization: mine }]);
    expect(await everyCase()).toEqual([]);
  });

  test('may not become the owner of the tables by its scope', async () => {
    const attempt = asOrganization(mine, () =>
      server().app.database.execute('alter table prior_authorization disable row level security'),
    );
    await expect(attempt).rejects.toMatchObject({ code: '42501' });
  });

  test('of twenty organizations at once never crosses over', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => server().newOrganization()));
    await Promise.all(clients.map((client) => createCaseInState(client, 'needs_input')));
    for (let round = 0; round < 100; round += 1) {
      const looks = clients.map(async ({ organizationId }) => {
        const rows = await asOrganization(organizationId, everyCase);
        return { organizationId, rows };
      });
      for (const { organizationId, rows } of await Promise.all(looks))
        expect(rows).toEqual([{ organization: organizationId }]);
    }
  });
});
