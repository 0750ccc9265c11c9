import { EmrReadError } from '../connector.ts';
import type { JsonObject } from './json-values.ts';
import { isObject, member, objects, text } from './json-values.ts';

/** One page of a search. */
export interface SearchPage {
  /** Matches of the type asked for; includes and outcomes are left out. */
  readonly matches: readonly JsonObject[];
  readonly nextUrl: URL | undefined;
  /** What the server says it searched for; a parameter it left out, it ignored (R4, 3.1.1.1). */
  readonly selfUrl: URL | undefined;
}

/**
 * Reads a searchset Bundle.
 * @throws EmrReadError `unavailable` when it is none, `rejected` when its next page does not lie below the base: the
 * account's token goes nowhere else, and taking the page for the last one would lose the rest
 */
export function readSearchPage(body: unknown, type: string, baseUrl: URL): SearchPage {
  if (!isObject(body) || body.resourceType !== 'Bundle' || body.type !== 'searchset') {
    throw new EmrReadError('unavailable', 'The EMR answered a search with something else than a Bundle.');
  }
  return {
    matches: objects(body, 'entry')
      .filter((entry) => ['match', undefined].includes(text(member(entry, 'search'), 'mode')))
      .map((entry) => member(entry, 'resource'))
      .filter(isObject)
      .filter((resource) => resource.resourceType === type),
    nextUrl: nextUrl(body, baseUrl),
    selfUrl: linkUrl(body, 'self', baseUrl),
  };
}

function nextUrl(bundle: JsonObject, baseUrl: URL): URL | undefined {
  if (!objects(bundle, 'link').some(({ relation }) => relation === 'next')) return undefined;
  const url = linkUrl(bundle, 'next', baseUrl);
  if (url !== undefined && isBelowBase(url, baseUrl)) return url;
  throw new EmrReadError('rejected', 'The next page of the EMR lies at another address than the EMR.');
}

/**
 * Practices of one EMR often differ in the path alone, so the origin does not do. Without user and password: those would
 * be sent.
 */
export function isBelowBase(url: URL, baseUrl: URL): boolean {
  const isOfOrigin = url.origin === baseUrl.origin && url.username === '' && url.password === '';
  const basePath = baseUrl.pathname.replace(/\/$/, '');
  return isOfOrigin && (url.pathname === basePath || url.pathname.startsWith(`${basePath}/`));
}

function linkUrl(bundle: JsonObject, relation: string, baseUrl: URL): URL | undefined {
  const link = objects(bundle, 'link').find((candidate) => candidate.relation === relation);
  const url = member(link, 'url');
  if (typeof url !== 'string' || url === '' || url.length > 8_000) return undefined;
  // A relative link is read against the base, which a URL needs a trailing slash for.
  const base = `${baseUrl.href.replace(/\/$/, '')}/`;
  return URL.canParse(url, base) ? new URL(url, base) : undefined;
}
