import pg from 'pg';
import type { Installation } from '../installation/installation.ts';
import { connections, type Operation } from '../installation/requests.ts';
import { seededIdPrefix } from '../installation/seed-cases.ts';
import { findPgbench, runPgbench } from './pgbench.ts';
import { createdIdPrefix, pgbenchScript } from './pgbench-script.ts';
import type { Recording } from './record-statements.ts';

/** The server's statements without the server. */
export interface DirectRun {
  /** Transactions per second, with as many clients as the load had connections. */
  run(
    operation: Operation,
    options: { readonly seconds: number; readonly requestsPerSecond: number },
  ): Promise<number>;
  close(): Promise<void>;
}

/** A credential is looked up again after this long, however many requests it serves. */
const credentialSeconds = 0.9;

/** @returns undefined when there is no pgbench on this machine */
export async function openDirectRun(
  installation: Installation,
  recording: Recording,
): Promise<DirectRun | undefined> {
  const pgbench = findPgbench();
  const { databaseUrl } = installation;
  if (pgbench === undefined || databaseUrl === undefined) return undefined;
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query(
    `create table bench_sealed as select id, sealed from prior_authorization where id like '${seededIdPrefix}%'`,
  );
  let runs = 0;
  return {
    async run(operation, { seconds, requestsPerSecond }) {
      runs += 1;
      const before = await countEvents(client);
      const { transactions, transactionsPerSecond } = await runPgbench({
        pgbench,
        databaseUrl,
        clients: connections,
        seconds,
        script: pgbenchScript(operation, recording.statements[operation], runs),
        beside: {
          script: pgbenchScript('credential', [recording.credentialLookup], runs),
          every: Math.round(requestsPerSecond * credentialSeconds),
        },
      });
      const written = (await countEvents(client)) - before;
      await forgetForeignCases(client);
      const isWrite = operation === 'create' || operation === 'patch';
      // A guard that does not hold makes a fast transaction that writes nothing.
      if (isWrite && written < transactions * 0.95)
        throw new Error(`pgbench ran ${transactions} transactions and wrote ${written} events.`);
      return transactionsPerSecond;
    },
    close: () => client.end(),
  };
}

/**
 * What pgbench writes is sealed for the case of the recording, so the server could not open it. The cases it created go,
 * and those it changed get back what they held.
 */
async function forgetForeignCases(client: pg.Client): Promise<void> {
  for (const table of ['prior_authorization_event', 'prior_authorization_action'])
    await client.query(`delete from ${table} where authorization_id like '${createdIdPrefix}%'`);
  await client.query(`delete from prior_authorization where id like '${createdIdPrefix}%'`);
  await client.query(
    `update prior_authorization p set sealed = b.sealed from bench_sealed b
      where p.id = b.id and p.sealed <> b.sealed`,
  );
}

async function countEvents(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select count(*)::int as count from prior_authorization_event');
  return Number(rows[0].count);
}
