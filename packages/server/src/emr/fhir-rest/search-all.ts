import { EmrReadError } from '../connector.ts';
import type { FhirClient } from './fhir-client.ts';
import type { JsonObject } from './json-values.ts';

const pageSize = 100;
/** A visit with more of anything is none; a server that ignores the search parameters shows itself here. */
const maximumPages = 10;

/**
 * All matches of a search whose answer is small.
 * @throws EmrReadError
 */
export async function searchAll(
  client: FhirClient,
  type: string,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const first = new URL(`${client.baseUrl.href}/${type}`);
  for (const [name, value] of Object.entries(parameters)) first.searchParams.set(name, value);
  first.searchParams.set('_count', String(pageSize));
  const found: JsonObject[] = [];
  let url: URL | undefined = first;
  for (let page = 0; url !== undefined; page += 1) {
    if (page === maximumPages)
      throw new EmrReadError('rejected', `The EMR has too many ${type}s for one visit.`);
    const answer = await client.search(url, type, signal);
    found.push(...answer.matches);
    url = answer.nextUrl;
  }
  return found;
}
