import pg from 'pg';
import { findPgbench, runPgbench } from '../postgres/pgbench.ts';
import { inScope, type PgbenchScript } from '../postgres/pgbench-script.ts';
import type { RecordedStatement } from '../postgres/record-statements.ts';
import type { ClaimsRecording } from './record-claims.ts';

/** The server's statement of a request without the server. */
export interface ClaimsDirectRun {
  /** Transactions per second. */
  run(options: {
    readonly clients: number;
    readonly seconds: number;
    readonly requestsPerSecond: number;
  }): Promise<number>;
  /** Takes every claim away, so that each appointment is free again. */
  forgetClaims(): Promise<void>;
  close(): Promise<void>;
}

/** Client and account are looked up again after this long, however many requests they serve. */
const lookupSeconds = 0.9;

/** `run` throws without pgbench; `hasPgbench` tells before. */
export async function openClaimsDirectRun(
  databaseUrl: string,
  recording: ClaimsRecording,
  appointmentsPerClient: number,
): Promise<ClaimsDirectRun & { readonly hasPgbench: boolean }> {
  const pgbench = findPgbench();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  let runs = 0;
  const forgetClaims = async () => {
    await client.query('truncate claim');
  };
  return {
    hasPgbench: pgbench !== undefined,
    forgetClaims,
    async run({ clients, seconds, requestsPerSecond }) {
      if (pgbench === undefined) throw new Error('There is no pgbench on this machine.');
      runs += 1;
      await forgetClaims();
      const { transactions, transactionsPerSecond } = await runPgbench({
        pgbench,
        databaseUrl,
        clients,
        seconds,
        script: claimScript(recording.insert, runs, appointmentsPerClient),
        beside: {
          script: plainScript(recording.lookups),
          every: Math.round(requestsPerSecond * lookupSeconds),
        },
      });
      const { rows } = await client.query('select count(*)::int as count from claim');
      // A duplicate makes a fast transaction that writes nothing.
      if (Number(rows[0].count) < transactions * 0.95)
        throw new Error(`pgbench ran ${transactions} transactions and wrote ${rows[0].count} claims.`);
      await forgetClaims();
      return transactionsPerSecond;
    },
    close: () => client.end(),
  };
}

/** Every transaction takes an appointment of its own, and every claim has an id of its own. */
function claimScript(
  { text, values, scope }: RecordedStatement,
  run: number,
  appointmentsPerClient: number,
): PgbenchScript {
  const variables: Record<string, string> = { n: '0', run: `${run}x` };
  const expressions = [
    undefined,
    undefined,
    `lpad(to_hex(:client_id * ${appointmentsPerClient} + :n), 32, '0')`,
    `md5(:run::text || :client_id::text || 'x' || :n::text)`,
    undefined,
  ];
  const sql = text.replaceAll(/\$(\d+)/g, (_, number) => {
    const index = Number(number) - 1;
    const expression = expressions[index];
    if (expression !== undefined) return expression;
    variables[`v${index}`] = values[index] ?? '';
    return `:v${index}`;
  });
  const lines = ['\\set n :n + 1', ...inScope({ text, values, scope }, `${oneLine(sql)};`, variables)];
  return { text: `${lines.join('\n')}\n`, variables };
}

function plainScript(statements: readonly RecordedStatement[]): PgbenchScript {
  const variables: Record<string, string> = {};
  const lines = statements.flatMap((statement, index) => {
    const sql = statement.text.replaceAll(/\$(\d+)/g, (_, number) => {
      variables[`l${index}_${number}`] = statement.values[Number(number) - 1] ?? '';
      return `:l${index}_${number}`;
    });
    return [`${oneLine(sql)};`];
  });
  return { text: `${lines.join('\n')}\n`, variables };
}

function oneLine(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').trim();
}
