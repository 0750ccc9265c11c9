import { beforeAll, expect, test } from 'vitest';
import type { Database, Statement } from '../../src/platform/database/database.ts';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { type AccountEventFilter, listAccountEvents } from '../../src/webhooks/account-event-queries.ts';
import { sealedEvents } from '../../src/webhooks/sealed-rows.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer({ workers: false });
const events = 5_000;
const pageSize = 20;

beforeAll(async () => {
  const { database } = server();
  await database.execute(`insert into organization values ('org_1', 'Clinic', now())`);
  const keys = await asOrganization('org_1', () => server().app.webhooks.vault.keysOf('org_1'));
  await database.execute(
    `insert into webhook_endpoint
       (organization_id, id, url, profile, schedule, status, created_at, updated_at)
     values ('org_1', 'whe_1', 'https://clinic.example/', 'cobalt', 'standard', 'enabled', now(), now())`,
  );
  await database.execute(
    `insert into webhook_event (organization_id, id, account_id, type, job_id, sealed, occurred_at)
     select 'org_1', 'evt_' || n, 'acc_1', 'claim.created', n, $2, timestamptz '2026-03-13' - n * interval '1 minute'
       from generate_series(1, $1::int) n`,
    [events, keys.seal(sealedEvents, ['evt_1'], '{}')],
  );
  await database.execute(
    `insert into webhook_delivery (organization_id, id, event_id, endpoint_id, status, cause, created_at, finished_at)
     select 'org_1', 'whd_' || n, 'evt_' || n, 'whe_1', 'succeeded', 'event', now(), now()
       from generate_series(1, $1::int) n`,
    [events],
  );
  await database.execute('analyze webhook_event');
  await database.execute('analyze webhook_delivery');
});

test('a page of an account’s events looks at the deliveries of what it shows alone', async () => {
  const plan = await planOf({});
  expect(rows(plan, (node) => node['Relation Name'] === 'webhook_delivery')).toBe(pageSize);
});

test.each([
  ['all', {}],
  ['those of a delivery status', { deliveryStatus: 'succeeded' }],
] as const)('a page of %s carries no sealed body but those it shows', async (_, filter) => {
  const carried = (node: PlanNode) => node.Output?.includes('e.sealed') === true;
  expect(largest(await planOf(filter), carried)).toBeLessThanOrEqual(pageSize);
});

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Output?: readonly string[];
  readonly Plans?: readonly PlanNode[];
}

const rowsOf = (node: PlanNode) => node['Actual Rows'] * node['Actual Loops'];

/** Rows that came out of the nodes that `counts` says. */
function rows(node: PlanNode, counts: (node: PlanNode) => boolean): number {
  const inner = (node.Plans ?? []).reduce((total, below) => total + rows(below, counts), 0);
  return inner + (counts(node) ? rowsOf(node) : 0);
}

/** Rows that came out of the busiest of the nodes that `counts` says. */
function largest(node: PlanNode, counts: (node: PlanNode) => boolean): number {
  return Math.max(
    counts(node) ? rowsOf(node) : 0,
    ...(node.Plans ?? []).map((below) => largest(below, counts)),
  );
}

/** The plan of the very statement the list sends. */
async function planOf(filter: AccountEventFilter): Promise<PlanNode> {
  const plans: PlanNode[] = [];
  const database: Database = {
    ...server().database,
    async query<Row>(statement: string | Statement, values: readonly unknown[] = []): Promise<Row[]> {
      const text = typeof statement === 'string' ? statement : statement.text;
      const explained = `explain (analyze, verbose, format json) ${text}`;
      type Explained = Record<'QUERY PLAN', readonly { readonly Plan: PlanNode }[]>;
      const [row] = await server().database.query<Explained>(explained, values);
      plans.push(...(row?.['QUERY PLAN'].map(({ Plan }) => Plan) ?? []));
      return [];
    },
  };
  const { vault } = server().app.webhooks;
  const page = { number: 1, size: pageSize, sort: 'newest_first' } as const;
  await asOrganization('org_1', () => listAccountEvents({ database, vault }, 'org_1', 'acc_1', filter, page));
  const [plan] = plans;
  if (plan === undefined) throw new Error('The list sent no statement.');
  return plan;
}
