import { openPostgresDatabase } from '../../src/platform/database/postgres-database.ts';
import { type Installation, withApp } from '../installation/installation.ts';
import { type RecordedStatement, recording } from '../postgres/record-statements.ts';
import { type ClaimsSite, seededAppointmentId } from './claims-site.ts';

export interface ClaimsRecording {
  /** The one statement of a request. */
  readonly insert: RecordedStatement;
  /** Of client and account; the server makes them once in 0.9 s and not once a request. */
  readonly lookups: readonly RecordedStatement[];
}

/** Lets the server itself say what it asks the database for a request. */
export async function recordClaims(installation: Installation, site: ClaimsSite): Promise<ClaimsRecording> {
  if (installation.databaseUrl === undefined) throw new Error('Statements are recorded on PostgreSQL.');
  const database = await openPostgresDatabase({ url: installation.databaseUrl });
  const log: RecordedStatement[] = [];
  try {
    await withApp(
      installation,
      async ({ http }) => {
        log.length = 0;
        const response = await http.inject({
          method: 'POST',
          url: '/v1/claims',
          headers: { ...site.headers },
          payload: { appointment_id: seededAppointmentId(1) },
        });
        if (response.statusCode !== 202) throw new Error(`The request was refused: ${response.body}`);
      },
      { database: recording(database, log) },
    );
  } finally {
    await database.close();
  }
  const [insert, ...others] = log.filter(({ text }) => text.includes('insert into claim'));
  const lookups = log.filter(({ text }) => /from (claims_client|linked_account)/.test(text));
  if (insert === undefined || others.length > 0 || lookups.length !== 2)
    throw new Error('A request is not one statement behind two look-ups any more.');
  return { insert, lookups };
}
