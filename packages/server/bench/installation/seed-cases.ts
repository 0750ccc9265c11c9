import type { App } from '../../src/app.ts';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { sealCase } from '../../src/prior-authorization/case-secrets.ts';
import { getCase } from '../../src/prior-authorization/change-case.ts';
import type { PriorAuthorization } from '../../src/prior-authorization/prior-authorization.ts';
import { adakveoAnswers, adakveoCase, authorizationsPath } from '../../test/support/api/sample-case.ts';
import type { Installation } from './installation.ts';

/** Ids of seeded cases are this and a number from 1. */
export const seededIdPrefix = 'auth_bench';

/** Of this size a statement is well within the server's time-out. */
const batch = 2_000;

/**
 * Creates one case with all its answers through the API and copies its row, each copy sealed for itself: one second
 * apart, the last the newest.
 * @returns the id of the case created through the API
 */
export async function seedCases(app: App, installation: Installation, count: number): Promise<string> {
  const { organizationId } = installation;
  const modelId = await createCase(app, installation);
  await asOrganization(organizationId, async () => {
    const model = await getCase(app.priorAuthorization, organizationId, modelId);
    for (let first = 1; first <= count; first += batch)
      await copyCase(app, model, { first, last: Math.min(first + batch - 1, count), count });
  });
  return modelId;
}

async function createCase(app: App, installation: Installation): Promise<string> {
  const response = await app.http.inject({
    method: 'POST',
    url: authorizationsPath,
    headers: { authorization: `Bearer ${installation.bearerToken}` },
    payload: { ...adakveoCase, questionnaireResponse: adakveoAnswers },
  });
  if (response.statusCode !== 201) throw new Error(`The model case was refused: ${response.body}`);
  return response.json<{ id: string }>().id;
}

async function copyCase(
  { database, priorAuthorization: { vault } }: App,
  model: PriorAuthorization,
  { first, last, count }: { readonly first: number; readonly last: number; readonly count: number },
): Promise<void> {
  const columns = await database.query<{ name: string }>(
    `select column_name as name from information_schema.columns
      where table_schema = current_schema() and table_name = 'prior_authorization'`,
  );
  const names = columns.map(({ name }) => name);
  const copied: Readonly<Record<string, string>> = {
    id: 'c.id',
    sealed: 'c.sealed',
    created_at: `p.created_at - make_interval(secs => $5::int - c.n)`,
  };
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const ids = numbers.map((number) => `${seededIdPrefix}${number}`);
  const keys = await vault.keysOf(model.organizationId);
  await database.execute(
    `insert into prior_authorization (${names.join(', ')})
     select ${names.map((name) => copied[name] ?? `p.${name}`).join(', ')}
       from prior_authorization p, unnest($3::text[], $4::bytea[], $6::int[]) as c(id, sealed, n)
      where p.organization_id = $1 and p.id = $2`,
    [model.organizationId, model.id, ids, ids.map((id) => sealCase(keys, { ...model, id })), count, numbers],
  );
}
