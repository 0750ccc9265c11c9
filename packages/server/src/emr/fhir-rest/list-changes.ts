import { type ChangePage, EmrReadError } from '../connector.ts';
import { isBelowBase, type SearchPage } from './bundle.ts';
import { type ChangeCursor, readCursor, writeCursor } from './change-cursor.ts';
import type { FhirClient } from './fhir-client.ts';
import { lastUpdated } from './fhir-values.ts';
import type { JsonObject } from './json-values.ts';

/**
 * A run begins this much before the newest change of the last one: a server with several machines may stamp a record
 * earlier than it shows it.
 */
export const overlapMs = 2 * 60 * 1000;

const pageSize = 100;
/** Two million records; pages that lead in a circle end here too. */
const maximumPages = 20_000;

/** What of a kind of resource is to be told, and how. */
export interface ChangeKind<Item> {
  readonly type: 'Appointment' | 'Patient';
  /** Undefined: the resource lacks what an item must have, and is passed over. */
  read(resource: JsonObject): Item | undefined;
}

/**
 * One page of what changed since the cursor.
 * @throws EmrReadError
 */
export async function listChanges<Item>(
  client: FhirClient,
  kind: ChangeKind<Item>,
  written: string | undefined,
  signal: AbortSignal,
): Promise<ChangePage<Item>> {
  const cursor = readCursor(written);
  if (cursor.run !== undefined && cursor.run.page >= maximumPages) return endedWithoutProgress(cursor);
  const url = nextPage(client, cursor);
  if (url === undefined) return firstPage(client, kind, { since: cursor.since, begunAnew: false, signal });
  try {
    const page = await client.search(url, kind.type, signal);
    return changePage(kind, page, followed(cursor, page, url));
  } catch (error) {
    if (!(error instanceof EmrReadError) || error.kind !== 'rejected') throw error;
    return restart(client, kind, cursor, signal);
  }
}

/** The run's pages have gone, as those of many servers do after a while. */
async function restart<Item>(
  client: FhirClient,
  kind: ChangeKind<Item>,
  cursor: ChangeCursor,
  signal: AbortSignal,
): Promise<ChangePage<Item>> {
  if (cursor.run?.begunAnew) return endedWithoutProgress(cursor);
  return firstPage(client, kind, { since: cursor.since, begunAnew: true, signal });
}

/** The next run, some time later, begins where this one did: nothing is lost, and nobody spins meanwhile. */
function endedWithoutProgress<Item>({ since }: ChangeCursor): ChangePage<Item> {
  return { items: [], cursor: writeCursor({ since, run: undefined }), hasMore: false };
}

function nextPage({ baseUrl }: FhirClient, { run }: ChangeCursor): URL | undefined {
  if (run === undefined) return undefined;
  const url = new URL(run.nextUrl);
  // A cursor is only as good as where it was kept: the account's login goes nowhere but to its own practice.
  return isBelowBase(url, baseUrl) ? url : undefined;
}

async function firstPage<Item>(
  client: FhirClient,
  kind: ChangeKind<Item>,
  run: { readonly since: string | undefined; readonly begunAnew: boolean; readonly signal: AbortSignal },
): Promise<ChangePage<Item>> {
  const url = new URL(`${client.baseUrl.href}/${kind.type}`);
  if (run.since !== undefined) {
    const from = new Date(Date.parse(run.since) - overlapMs).toISOString();
    url.searchParams.set('_lastUpdated', `ge${from}`);
  }
  url.searchParams.set('_sort', '-_lastUpdated');
  url.searchParams.set('_count', String(pageSize));
  const page = await client.search(url, kind.type, run.signal);
  const newest = newestOf(page.matches, run.since);
  if (page.nextUrl === undefined) return changePage(kind, page, { since: newest, run: undefined });
  const { href: nextUrl } = page.nextUrl;
  const { since, begunAnew } = run;
  return changePage(kind, page, { since, run: { newest, nextUrl, page: 1, begunAnew } });
}

/** Where a run stands after one more page. A page that leads to itself ends it without progress. */
function followed({ since, run }: ChangeCursor, page: SearchPage, url: URL): ChangeCursor {
  if (run === undefined || page.nextUrl?.href === url.href) return { since, run: undefined };
  if (page.nextUrl === undefined) return { since: run.newest, run: undefined };
  return { since, run: { ...run, nextUrl: page.nextUrl.href, page: run.page + 1 } };
}

function changePage<Item>(kind: ChangeKind<Item>, page: SearchPage, cursor: ChangeCursor): ChangePage<Item> {
  return {
    items: page.matches.flatMap((resource) => kind.read(resource) ?? []),
    cursor: writeCursor(cursor),
    hasMore: cursor.run !== undefined,
  };
}

/**
 * Of the first page alone, read when the run began: a change made while the run goes on must lie after it. Without
 * any stamp the next run begins where this one did.
 */
function newestOf(resources: readonly JsonObject[], since: string | undefined): string | undefined {
  const stamps = resources.flatMap((resource) => lastUpdated(resource)?.getTime() ?? []);
  const floor = since === undefined ? [] : [Date.parse(since)];
  return stamps.length === 0 ? since : new Date(Math.max(...stamps, ...floor)).toISOString();
}
