import type { Clock } from '../../platform/clock.ts';
import {
  type ClaimOutcome,
  type ClaimRequest,
  type EmrCapabilities,
  type EmrConnector,
  EmrReadError,
} from '../connector.ts';
import { buildClaim } from './build-claim.ts';
import { markerToken } from './claim-marker.ts';
import { readClaimSearch } from './claim-search.ts';
import { classifyCreate } from './classify-create.ts';
import { failureReason } from './failure-reasons.ts';
import type { FhirClient } from './fhir-client.ts';
import { findClaim } from './find-claim.ts';
import { listChanges } from './list-changes.ts';
import { readAppointment } from './read-appointment.ts';
import { readPatient } from './read-patient.ts';
import { readVisit } from './read-visit.ts';

export interface FhirConnectorOptions {
  readonly client: FhirClient;
  readonly clock: Clock;
  /** `declared`: the EMR's CapabilityStatement is asked before the first search. */
  readonly claimSearch: boolean | 'declared';
  readonly createTimeoutMs: number;
  readonly settlingMs: number;
}

/** The contract over FHIR R4; what kinds of EMR differ in, they hand in. */
export function createFhirConnector(options: FhirConnectorOptions): EmrConnector {
  const { client } = options;
  const baseUrl = client.baseUrl.href;
  const capabilities: EmrCapabilities = {
    findClaimByMarker: options.claimSearch !== false,
    createTimeoutMs: options.createTimeoutMs,
    settlingMs: options.settlingMs,
  };
  let knownClaimSearch = options.claimSearch === 'declared' ? undefined : options.claimSearch;
  return {
    capabilities,
    listChangedAppointments: (cursor, signal) =>
      listChanges(
        client,
        { type: 'Appointment', read: (resource) => readAppointment(resource, baseUrl) },
        cursor,
        signal,
      ),
    listChangedPatients: (cursor, signal) =>
      listChanges(client, { type: 'Patient', read: readPatient }, cursor, signal),
    findClaim: async (marker, signal) => {
      knownClaimSearch ??= await readClaimSearch(client, signal);
      if (!knownClaimSearch) throw new EmrReadError('rejected', 'The EMR declares no search of claims.');
      return findClaim(client, marker, signal);
    },
    createClaim: (request) => createClaim(options, request),
  };
}

/** Reads first, then writes once. Whatever fails before the write has written nothing. */
async function createClaim(options: FhirConnectorOptions, request: ClaimRequest): Promise<ClaimOutcome> {
  const { client, clock } = options;
  const { marker, signal } = request;
  try {
    const read = await readVisit(client, request);
    if (read.kind === 'refused') return { kind: 'rejected', reasons: read.codes.map(failureReason) };
    const claim = buildClaim(read.visit, marker, clock.now());
    const ifNoneExist = `identifier=${encodeURIComponent(markerToken(marker))}`;
    return classifyCreate(await client.create(claim, ifNoneExist, signal), marker, clock);
  } catch (error) {
    // The client throws nothing else, and this only before a create has left.
    if (error instanceof EmrReadError) return outcomeOf(error);
    throw error;
  }
}

function outcomeOf(error: EmrReadError): ClaimOutcome {
  if (error.kind === 'login_required') return { kind: 'login_required', message: error.message };
  if (error.kind === 'rejected') return { kind: 'rejected', reasons: [failureReason('emr_rejected')] };
  const { retryAfterMs } = error;
  return { kind: 'unavailable', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
