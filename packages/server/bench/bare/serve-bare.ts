/**
 * What Node and `pg` do by themselves: each request runs one statement, and its rows go out as JSON. Nobody is asked who
 * they are, nothing is opened, checked or noted. A process of its own, told by its parent what to run.
 */

import { createServer } from 'node:http';
import pg from 'pg';
import { connections } from '../installation/requests.ts';

export interface BareJob {
  readonly databaseUrl: string;
  readonly text: string;
  /** A case's id among them gives way to the id the request's path ends with. */
  readonly values: readonly (string | null)[];
}

process.once('message', (job: BareJob) => serve(job));

const caseId = /^auth_[0-9a-z]{26}$/;

function serve({ databaseUrl, text, values }: BareJob): void {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
  const server = createServer(async (request, response) => {
    const id = request.url?.split('/').at(-1) ?? '';
    const wanted = values.map((value) => (value !== null && caseId.test(value) ? id : value));
    const { rows } = await pool.query({ name: 'bare', text, values: wanted });
    const body = Buffer.from(JSON.stringify(rows));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
}
