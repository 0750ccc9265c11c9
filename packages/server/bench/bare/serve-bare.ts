/**
 * `node:http` and the server's way to PostgreSQL, and nothing else: each request runs one statement in its scope, and its
 * rows go out as JSON. Nobody is asked who they are, nothing is opened, checked or noted. A process of its own, told by its
 * parent what to run, and gone with it.
 */

import { createServer } from 'node:http';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { openPostgresDatabase } from '../../src/platform/database/postgres-database.ts';
import { connections } from '../installation/requests.ts';

export interface BareJob {
  readonly databaseUrl: string;
  readonly organizationId: string;
  readonly text: string;
  /** A case's id among them gives way to the id the request's path ends with. */
  readonly values: readonly (string | null)[];
}

process.once('message', (job: BareJob) => serve(job));
process.once('disconnect', () => process.exit());

const caseId = /^auth_[0-9a-z]{26}$/;

async function serve({ databaseUrl, organizationId, text, values }: BareJob): Promise<void> {
  const database = await openPostgresDatabase({ url: databaseUrl, poolSize: connections });
  const server = createServer(async (request, response) => {
    const id = request.url?.split('/').at(-1) ?? '';
    const wanted = values.map((value) => (value !== null && caseId.test(value) ? id : value));
    const rows = await asOrganization(organizationId, () => database.query({ name: 'bare', text }, wanted));
    const body = Buffer.from(JSON.stringify(rows));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
}
