import type { Store } from '../platform/encryption/store.ts';
import { type CaseRow, caseColumns, caseFromRow } from './case-rows.ts';
import { memberIndex } from './case-secrets.ts';
import type { PriorAuthorization } from './prior-authorization.ts';

/** Values of one filter are alternatives; filters narrow each other (contract prior-auth.md, 1.3). */
export interface CaseFilter {
  readonly workflowState?: readonly string[];
  readonly decisionState?: readonly string[];
  readonly payerId?: string;
  readonly memberId?: string;
  readonly urgency?: string;
  /** Inclusive. */
  readonly createdAfter?: Date;
  /** Exclusive. */
  readonly createdBefore?: Date;
}

export interface CasePosition {
  readonly createdAt: string;
  readonly id: string;
}

/**
 * Newest first, by keyset: page 10,000 costs what page 1 costs. The conditions that are asked for make the text,
 * from a closed list; every value is a parameter. One prepared statement per combination of filters.
 */
export async function listCases(
  { database, vault }: Store,
  organizationId: string,
  filter: CaseFilter,
  page: { readonly before: CasePosition | undefined; readonly limit: number },
): Promise<readonly PriorAuthorization[]> {
  const { memberId } = filter;
  const member =
    memberId === undefined ? undefined : memberIndex(await vault.keysOf(organizationId), memberId);
  const values: unknown[] = [organizationId];
  const conditions = ['p.organization_id = $1'];
  let name = 'list_prior_authorizations';
  const narrow = (letter: string, condition: (parameter: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    name += `_${letter}`;
    conditions.push(condition(`$${values.length}`));
  };
  // One value is compared by `=`: only then does an index give the rows in the order of the page.
  const oneOf = (letter: string, column: string, wanted: readonly string[] | undefined) => {
    if (wanted?.length === 1) narrow(`${letter}1`, (value) => `${column} = ${value}`, wanted[0]);
    else narrow(letter, (value) => `${column} = any(${value}::text[])`, wanted);
  };
  oneOf('w', 'p.workflow_state', filter.workflowState);
  oneOf('d', 'p.decision_state', filter.decisionState);
  narrow('p', (value) => `p.payer_id = ${value}`, filter.payerId);
  narrow('m', (value) => `p.member_index = ${value}`, member);
  if (filter.urgency === 'expedited') {
    // Spelt out, for the index that holds these alone.
    name += '_x';
    conditions.push(`p.urgency = 'expedited'`);
  } else narrow('u', (value) => `p.urgency = ${value}`, filter.urgency);
  narrow('a', (value) => `p.created_at >= ${value}`, filter.createdAfter);
  narrow('b', (value) => `p.created_at < ${value}`, filter.createdBefore);
  if (page.before !== undefined) {
    name += '_page';
    values.push(page.before.createdAt, page.before.id);
    conditions.push(`(p.created_at, p.id) < ($${values.length - 1}::timestamptz, $${values.length})`);
  }
  values.push(page.limit);
  const text = `select ${caseColumns} from prior_authorization p
    where ${conditions.join(' and ')} order by p.created_at desc, p.id desc limit $${values.length}`;
  const rows = await database.query<CaseRow>({ name, text }, values);
  if (rows.length === 0) return [];
  return vault.withKeys(organizationId, (keys) => rows.map((row) => caseFromRow(keys, row)));
}
