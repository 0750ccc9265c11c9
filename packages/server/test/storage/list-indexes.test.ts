import { beforeAll, describe, expect, test } from 'vitest';
import type { Queryable, Statement } from '../../src/platform/database/database.ts';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import type { OrganizationKeys } from '../../src/platform/encryption/organization-keys.ts';
import { memberIndex, sealedCases } from '../../src/prior-authorization/case-secrets.ts';
import { type CaseFilter, listCases } from '../../src/prior-authorization/list-queries.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();
const database = () => server().database;
const cases = 20_000;

/** All alike but for the one in the middle. */
const rare: readonly (readonly [string, CaseFilter])[] = [
  ['workflow state', { workflowState: ['cancelled'] }],
  ['decision', { decisionState: ['denied'] }],
  ['payer', { payerId: 'payer_rare' }],
  ['member', { memberId: 'rare' }],
  ['urgency', { urgency: 'expedited' }],
];

describe('a list of cases', () => {
  beforeAll(seed);

  test.each(rare)('narrowed to a rare %s reads little else', async (_, filter) => {
    const page = { before: undefined, limit: 25 };
    expect(await list(database(), filter, page)).toMatchObject([{ id: 'auth_rare' }]);
    expect(await rowsPassedOver((queryable) => list(queryable, filter, page))).toBeLessThan(100);
  });

  test.each([
    ['workflow state', { workflowState: ['needs_input'] }],
    ['decision', { decisionState: ['unknown'] }],
    ['payer', { payerId: 'payer_aetna' }],
    ['urgency', { urgency: 'standard' }],
  ])('narrowed to a common %s reads little more than the page', async (_, filter) => {
    const page = { before: { createdAt: '2026-03-01T00:00:00Z', id: 'a' }, limit: 25 };
    expect(await rowsRead((queryable) => list(queryable, filter, page))).toBeLessThan(100);
  });
});

function list(queryable: Queryable, filter: CaseFilter, page: Parameters<typeof listCases>[3]) {
  const { vault } = server().app.priorAuthorization;
  return asOrganization('org_1', () => listCases({ database: queryable, vault }, 'org_1', filter, page));
}

function keysOfOrganization(): Promise<OrganizationKeys> {
  return asOrganization('org_1', () => server().app.priorAuthorization.vault.keysOf('org_1'));
}

async function seed(): Promise<void> {
  await database().execute(`insert into organization values ('org_1', 'Clinic', now())`);
  const keys = await keysOfOrganization();
  await database().execute(
    `insert into template_version values ('t', '1', 'h', '{}', '{}', '[]', null, now())`,
  );
  await database().execute(
    `insert into prior_authorization (organization_id, id, workflow_state, decision_state, urgency, payer_id, member_index,
       template_id, template_version, template_hash, sealed, submission_count, submit_refused, version,
       event_sequence, created_at, updated_at)
     select 'org_1', case when rare then 'auth_rare' else 'auth_' || n end,
       case when rare then 'cancelled' else 'needs_input' end, case when rare then 'denied' else 'unknown' end,
       case when rare then 'expedited' else 'standard' end, case when rare then 'payer_rare' else 'payer_aetna' end,
       case when rare then $3::bytea else decode(md5(n::text), 'hex') end, 't', '1', 'h', $4::bytea, 0, false, 1, 1,
       timestamptz '2026-03-13' - n * interval '1 minute', now()
     from (select n, n = $1 as rare from generate_series(1, $2::int) n) seeded`,
    [cases / 2, cases, memberIndex(keys, 'rare'), keys.seal(sealedCases, ['auth_rare'], {})],
  );
  await database().execute('analyze prior_authorization');
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows of cases that were read and thrown away. */
async function rowsPassedOver(list: (queryable: Queryable) => Promise<unknown>): Promise<number> {
  return sum(await planOf(list), (node) => node['Rows Removed by Filter'] ?? 0);
}

/** Rows of cases that were read. */
async function rowsRead(list: (queryable: Queryable) => Promise<unknown>): Promise<number> {
  return sum(await planOf(list), (node) =>
    node['Relation Name'] === 'prior_authorization'
      ? node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
      : 0,
  );
}

function sum(node: PlanNode, count: (node: PlanNode) => number): number {
  return count(node) + (node.Plans ?? []).reduce((total, inner) => total + sum(inner, count), 0);
}

/** The plan of the very statement the list sends. */
async function planOf(list: (queryable: Queryable) => Promise<unknown>): Promise<PlanNode> {
  let plan: PlanNode | undefined;
  const explaining: Queryable = {
    ...database(),
    async query<Row>(statement: string | Statement, values: readonly unknown[] = []): Promise<Row[]> {
      const text = typeof statement === 'string' ? statement : statement.text;
      const rows = await database().query<Record<'QUERY PLAN', readonly { readonly Plan: PlanNode }[]>>(
        `explain (analyze, format json) ${text}`,
        values,
      );
      plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
      return [];
    },
  };
  await list(explaining);
  if (plan === undefined) throw new Error('The list sent no statement.');
  return plan;
}
