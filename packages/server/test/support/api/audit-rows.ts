/** What stands in the audit trail of a test server. */

import type { Answer, ApiClient } from './api-client.ts';
import type { TestServer } from './test-server.ts';

export interface AuditRow {
  readonly organization: string;
  readonly sequence: number;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly operation: string;
  readonly resourceType: string | null;
  readonly resourceIds: readonly string[];
  readonly outcome: string;
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly requestId: string | null;
}

/** Entries in the order of their chains, once the journal is moved. */
export async function auditRows(
  server: TestServer,
  condition = 'true',
  values: readonly unknown[] = [],
): Promise<readonly AuditRow[]> {
  await server.app.audit.moveJournal();
  return server.database.query<AuditRow>(
    `select organization_id as organization, sequence, actor_kind as "actorKind", actor_id as "actorId", operation,
            resource_type as "resourceType", resource_ids as "resourceIds", outcome, status, error_code as "errorCode",
            request_id as "requestId"
       from audit_entry where ${condition} order by organization_id, sequence`,
    values,
  );
}

/** The entries of one answered request: there should be one. */
export function rowsOfAnswer(
  server: TestServer,
  answer: Pick<Answer, 'headers'>,
): Promise<readonly AuditRow[]> {
  return auditRows(server, 'request_id = $1', [answer.headers.get('x-request-id')]);
}

export async function credentialIdOf(server: TestServer, client: ApiClient): Promise<string> {
  const [row] = await server.database.query<{ id: string }>(
    'select id from credential where organization_id = $1',
    [client.organizationId],
  );
  if (row === undefined) throw new Error('The client has no credential.');
  return row.id;
}
