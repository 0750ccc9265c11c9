import type { IncomingHttpHeaders } from 'node:http';

/** An hour: a wrong `Retry-After` must not silence an account for days. */
const maximumMs = 60 * 60 * 1000;

/** The one date format that servers still send; V8 reads all kinds of texts as dates. */
const httpDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** `Retry-After` in milliseconds, from seconds or an HTTP date (RFC 9110, 10.2.3); undefined when there is none to use. */
export function retryAfterMs(headers: IncomingHttpHeaders, now: Date): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  const at = httpDate.test(value) ? Date.parse(value) : Number.NaN;
  const wait = /^\d{1,12}$/.test(value) ? Number(value) * 1000 : at - now.getTime();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), maximumMs);
}
