import { isObject, parseJson } from './json-values.ts';

/**
 * Where reading changes stands. A run asks for everything changed since `since`, newest first, and follows the pages.
 * Newest first because most servers page by position in a living list: a record changed meanwhile moves to the front,
 * where it pushes others onto a later page, told twice; from an oldest-first list it would pull others back onto a
 * page that was read already, and they would be lost.
 */
export interface ChangeCursor {
  /** ISO instant; undefined: from the beginning. */
  readonly since: string | undefined;
  /** Only within a run. */
  readonly run:
    | {
        /** The newest change on the run's first page: the next run begins there. */
        readonly newest: string | undefined;
        readonly nextUrl: string;
        readonly page: number;
        /** The run was begun anew because its pages had gone. */
        readonly begunAnew: boolean;
      }
    | undefined;
}

export const beginning: ChangeCursor = { since: undefined, run: undefined };

export function writeCursor(cursor: ChangeCursor): string {
  return JSON.stringify({ version: 1, ...cursor });
}

/** A cursor nobody can read means the beginning: told twice is better than lost. */
export function readCursor(written: string | undefined): ChangeCursor {
  const value = written === undefined ? undefined : parseJson(Buffer.from(written));
  if (!isObject(value) || value.version !== 1) return beginning;
  if (value.since !== undefined && !isInstant(value.since)) return beginning;
  return { since: value.since, run: readRun(value.run) };
}

function readRun(value: unknown): ChangeCursor['run'] {
  if (!isObject(value)) return undefined;
  const { newest, nextUrl, page, begunAnew } = value;
  if (newest !== undefined && !isInstant(newest)) return undefined;
  if (typeof nextUrl !== 'string' || !URL.canParse(nextUrl)) return undefined;
  if (typeof page !== 'number' || !Number.isSafeInteger(page)) return undefined;
  return { newest, nextUrl, page, begunAnew: begunAnew === true };
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
