import type { Database } from '../platform/database/database.ts';

export interface AccountKey {
  readonly organizationId: string;
  readonly accountId: string;
}

/**
 * One call, if the window has room: the first call opens a window of a minute, by the database's clock. One statement,
 * so that processes cannot both take the last call; `excluded.started_at` is the one moment it judges by.
 */
const takeStatement = {
  name: 'take_emr_call',
  text: `
insert into emr_call_window as w (organization_id, account_id, started_at, calls)
values ($1, $2, clock_timestamp(), 1)
on conflict (organization_id, account_id) do update
   set started_at = case when w.started_at <= excluded.started_at - interval '1 minute'
                         then excluded.started_at else w.started_at end,
       calls = case when w.started_at <= excluded.started_at - interval '1 minute' then 1 else w.calls + 1 end
 where (w.paused_until is null or w.paused_until <= excluded.started_at)
   and (w.calls < $3 or w.started_at <= excluded.started_at - interval '1 minute')`,
};

/** True when the call may be made. */
export async function takeEmrCall(
  database: Database,
  { organizationId, accountId }: AccountKey,
  callsPerMinute: number,
): Promise<boolean> {
  return (await database.execute(takeStatement, [organizationId, accountId, callsPerMinute])) === 1;
}

const waitStatement = {
  name: 'wait_for_emr_calls',
  text: `
select ceil(extract(epoch from greatest(
         case when calls >= $3 then started_at + interval '1 minute' end, paused_until) - clock_timestamp()) * 1000)::integer
       as "waitMs"
  from emr_call_window
 where organization_id = $1 and account_id = $2`,
};

/** Milliseconds until a call may be made again, at least 0. */
export async function readEmrWait(
  database: Database,
  { organizationId, accountId }: AccountKey,
  callsPerMinute: number | undefined,
): Promise<number> {
  const [row] = await database.query<{ waitMs: number | null }>(waitStatement, [
    organizationId,
    accountId,
    callsPerMinute,
  ]);
  return Math.max(row?.waitMs ?? 0, 0);
}

/** The longer of two pauses stands. */
export async function pauseEmrCalls(
  database: Database,
  { organizationId, accountId }: AccountKey,
  forMs: number,
): Promise<void> {
  await database.execute(
    `insert into emr_call_window as w (organization_id, account_id, started_at, calls, paused_until)
     values ($1, $2, clock_timestamp(), 0, clock_timestamp() + $3 * interval '1 millisecond')
     on conflict (organization_id, account_id) do update
        set paused_until = greatest(w.paused_until, excluded.paused_until)`,
    [organizationId, accountId, forMs],
  );
}
