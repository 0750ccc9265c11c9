import type { Queryable } from '../database/database.ts';
import { type Draw, type Drawn, windowMs } from './quota-window.ts';

interface WindowRow {
  readonly subject: string;
  readonly startedAt: Date;
  readonly taken: number;
}

/** `drawFrom` in SQL, for several subjects in one statement; in order of subject, so that two of them never deadlock. */
export async function drawQuotas(
  database: Queryable,
  draws: readonly Draw[],
  now: number,
): Promise<readonly Drawn[]> {
  const rows = await database.query<WindowRow>(
    {
      name: 'draw_quotas',
      text: `insert into rate_limit_window as known (subject, started_at, taken)
             select subject, $3::timestamptz, units
               from unnest($1::text[], $2::bigint[]) as draw(subject, units) order by subject
             on conflict (subject) do update set
               started_at = case when abs(extract(epoch from excluded.started_at - known.started_at)) >= $4
                                 then excluded.started_at else known.started_at end,
               taken = case when abs(extract(epoch from excluded.started_at - known.started_at)) >= $4
                            then 0 else known.taken end + excluded.taken
             returning subject, started_at as "startedAt", taken`,
    },
    [draws.map(({ subject }) => subject), draws.map(({ units }) => units), new Date(now), windowMs / 1000],
  );
  return rows.map(({ subject, startedAt, taken }) => ({ subject, startedAt: startedAt.getTime(), taken }));
}

/** Windows that ended before the instant are of no use to anybody. @returns how many there were. */
export async function deleteWindowsBefore(database: Queryable, instant: Date): Promise<number> {
  return database.execute(
    `delete from rate_limit_window where started_at < $1::timestamptz - make_interval(secs => $2)`,
    [instant, windowMs / 1000],
  );
}
