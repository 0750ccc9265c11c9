import type { App } from '../../src/app.ts';
import { asSystem } from '../../src/platform/database/database-scope.ts';
import { adakveoAnswers, adakveoCase, authorizationsPath } from '../../test/support/api/sample-case.ts';
import type { Installation } from './installation.ts';

/** Ids of seeded cases are this and a number from 1. */
export const seededIdPrefix = 'auth_bench';

/**
 * Creates one case with all its answers through the API and copies its row: one second apart, the last the newest.
 * @returns the id of the case created through the API
 */
export async function seedCases(app: App, installation: Installation, count: number): Promise<string> {
  const model = await createCase(app, installation);
  // Well within the server's statement timeout.
  const batch = 20_000;
  for (let first = 1; first <= count; first += batch) {
    const last = Math.min(first + batch - 1, count);
    await asSystem(() => copyCase(app, [installation.organizationId, model, first, last, count]));
  }
  return model;
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
  app: App,
  values: readonly [organizationId: string, model: string, first: number, last: number, count: number],
): Promise<void> {
  const columns = await app.database.query<{ name: string }>(
    `select column_name as name from information_schema.columns
      where table_schema = current_schema() and table_name = 'prior_authorization'`,
  );
  const names = columns.map(({ name }) => name);
  const copied: Readonly<Record<string, string>> = {
    id: `'${seededIdPrefix}' || n`,
    created_at: `p.created_at - make_interval(secs => $5::int - n)`,
  };
  await app.database.execute(
    `insert into prior_authorization (${names.join(', ')})
     select ${names.map((name) => copied[name] ?? `p.${name}`).join(', ')}
       from prior_authorization p, generate_series($3::int, $4::int) n
      where p.organization_id = $1 and p.id = $2`,
    values,
  );
}
