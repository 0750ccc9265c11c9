import { EmrReadError } from '../connector.ts';
import { isMarkedWith, markerToken } from './claim-marker.ts';
import type { FhirClient } from './fhir-client.ts';
import { resourceId } from './fhir-values.ts';

/**
 * Looks for the claim with our marker.
 * @returns undefined when the EMR searched and has none
 * @throws EmrReadError; `rejected` when it did not search by the marker: "none" would then mean nothing
 */
export async function findClaim(
  client: FhirClient,
  marker: string,
  signal: AbortSignal,
): Promise<{ readonly emrClaimId: string } | undefined> {
  const url = new URL(`${client.baseUrl.href}/Claim`);
  url.searchParams.set('identifier', markerToken(marker));
  const page = await client.search(url, 'Claim', signal, { strict: true });
  const marked = page.matches.filter((claim) => isMarkedWith(claim, marker));
  const ids = marked.flatMap((claim) => resourceId(claim) ?? []).toSorted();
  const [emrClaimId] = ids;
  if (emrClaimId !== undefined) return { emrClaimId };
  const ignored = page.selfUrl !== undefined && !page.selfUrl.searchParams.has('identifier');
  // A server that ignored the parameter all the same answers with others, or says so in `self`.
  if (ignored || page.matches.length > 0) {
    throw new EmrReadError('rejected', 'The EMR does not search claims by identifier.');
  }
  return undefined;
}
