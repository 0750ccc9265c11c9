/**
 * What PostgreSQL's background processes do and the embedded engine, being a single process, does not: without
 * checkpoints its log grows for as long as it runs (65 MB after 150,000 updates), without vacuum its tables do.
 */

/** The part of the engine that upkeep speaks to. */
interface UpkeepEngine {
  readonly closed: boolean;
  query(sql: string): Promise<{ rows: unknown[] }>;
}

export interface EmbeddedUpkeep {
  /** Checkpoints when more than 16 MB were logged since the last one. Answers whether it did. */
  checkpointWhenDue(): Promise<boolean>;
  /** Frees dead rows and brings the planner's statistics up to date. */
  vacuum(): Promise<void>;
  stop(): void;
}

const checkpointAfterBytes = 16 * 1024 * 1024;
const logDistance =
  'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()';

/** Looks at the log every minute and vacuums every half hour, until stopped. Neither keeps the process alive. */
export function startEmbeddedUpkeep(engine: UpkeepEngine): EmbeddedUpkeep {
  async function checkpointWhenDue(): Promise<boolean> {
    const [row] = (await engine.query(logDistance)).rows;
    if (Number(Reflect.get(Object(row), 'bytes')) < checkpointAfterBytes) return false;
    await engine.query('checkpoint');
    return true;
  }
  async function vacuum(): Promise<void> {
    await engine.query('vacuum (analyze)');
  }
  const timers = [every(60_000, engine, checkpointWhenDue), every(30 * 60_000, engine, vacuum)];
  return { checkpointWhenDue, vacuum, stop: () => timers.forEach(clearInterval) };
}

function every(intervalMs: number, engine: UpkeepEngine, work: () => Promise<unknown>): NodeJS.Timeout {
  const timer = setInterval(() => {
    if (engine.closed) return;
    work().catch((error: unknown) => process.emitWarning(`Upkeep of the embedded database failed: ${error}`));
  }, intervalMs);
  return timer.unref();
}
