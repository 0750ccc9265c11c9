import { adakveoAnswers, adakveoCase, authorizationsPath } from '../../test/support/api/sample-case.ts';
import type { LoadRequest } from '../load/load-job.ts';
import type { Installation } from './installation.ts';
import { seededIdPrefix } from './seed-cases.ts';

export type Operation = 'create' | 'patch' | 'get' | 'list';

/** Cases each connection has for itself, so that writers do not meet: contention is another question. */
export const casesPerConnection = 100;

/** Of the load, and clients of pgbench; as many as the server holds to the database by default. */
export const connections = 10;

/** What a load of one operation sends; connections beyond `connections` share the cases of those before. */
export function requestsByConnection(
  operation: Operation,
  installation: Pick<Installation, 'bearerToken'>,
  count: number = connections,
): readonly (readonly LoadRequest[])[] {
  return Array.from({ length: count }, (_, connection) =>
    requestsOf(operation, installation, connection % connections),
  );
}

/** Requests of one operation for one connection, numbered from 0. */
export function requestsOf(
  operation: Operation,
  installation: Pick<Installation, 'bearerToken'>,
  connection: number,
): readonly LoadRequest[] {
  const headers = { authorization: `Bearer ${installation.bearerToken}` };
  const jsonHeaders = { ...headers, 'content-type': 'application/json' };
  if (operation === 'list') return [{ method: 'GET', path: authorizationsPath, headers }];
  if (operation === 'create') {
    return [
      { method: 'POST', path: authorizationsPath, headers: jsonHeaders, body: JSON.stringify(adakveoCase) },
    ];
  }
  return Array.from({ length: casesPerConnection }, (_, index) => {
    const path = `${authorizationsPath}/${seededIdPrefix}${connection * casesPerConnection + index + 1}`;
    if (operation === 'get') return { method: 'GET', path, headers };
    return {
      method: 'PATCH',
      path,
      headers: jsonHeaders,
      body: JSON.stringify(tenAnswers(index + connection)),
    };
  });
}

/** All ten answers of the form; three of them differ from one variant to the next, so that there is news to write. */
export function tenAnswers(variant: number) {
  const changed: Readonly<Record<string, object>> = {
    age_years: { valueInteger: 20 + (variant % 50) },
    body_weight: { valueQuantity: { value: 50 + (variant % 40), unit: 'kg' } },
    crises_last_12_months: { valueInteger: 2 + (variant % 7) },
  };
  const item = adakveoAnswers.item.map((answered) => {
    const value = changed[answered.linkId];
    return value === undefined ? answered : { linkId: answered.linkId, answer: [value] };
  });
  return { questionnaireResponse: { item } };
}
