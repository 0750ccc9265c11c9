import type { IncomingMessage } from 'node:http';
import { parseJson } from '../fhir-rest/json-values.ts';
import { capabilityStatement } from './capability-statement.ts';
import type { ClaimDesk } from './claim-desk.ts';
import type { FaultPlace } from './fault-rules.ts';
import { type Answer, refusal } from './outcomes.ts';
import type { Records } from './records.ts';
import { search, searchParameters } from './search.ts';

/** A call understood: what it is about, for the faults, and the work it asks for. */
export interface FhirCall {
  readonly on: FaultPlace;
  readonly key: string;
  readonly appointmentId?: string | undefined;
  readonly marker?: string | undefined;
  /** May be called without a token. */
  readonly open: boolean;
  work(): Answer;
}

export interface FhirRoutesOptions {
  readonly records: Records;
  readonly desk: ClaimDesk;
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly claimSearch: boolean;
  readonly conditionalCreate: boolean;
  readonly secured: boolean;
  readonly pageSize: number;
}

/** @param path below `[base]`, without its leading slash */
export function fhirCall(
  options: FhirRoutesOptions,
  request: IncomingMessage,
  path: string,
  parameters: URLSearchParams,
  body: Buffer,
): FhirCall {
  const [type = '', id, ...rest] = path.split('/');
  const { method, headers } = request;
  const read = { on: 'read', key: path, open: false } as const;
  const discovery = { on: 'discovery', key: path, open: true } as const;
  if (method === 'GET' && path === 'metadata') return { ...discovery, work: () => metadata(options) };
  if (method === 'GET' && path === '.well-known/smart-configuration') {
    return { ...discovery, work: () => smartConfiguration(options) };
  }
  if (!Object.hasOwn(searchParameters, type) || rest.length > 0) {
    return { ...read, work: () => refusal(404, { code: 'not-supported' }) };
  }
  if (method === 'POST' && type === 'Claim' && id === undefined) {
    return createCall(options, body, headers['if-none-exist']?.toString());
  }
  if (method !== 'GET') return { ...read, work: () => refusal(405, { code: 'not-supported' }) };
  if (id !== undefined) return { ...read, work: () => readOne(options.records, type, id) };
  const strict = /handling=strict/.test(headers.prefer?.toString() ?? '');
  const { baseUrl, pageSize } = options;
  const searched = { type, parameters, baseUrl, strict, pageSize };
  if (type !== 'Claim') return { ...read, work: () => search(options.records, searched) };
  return {
    on: 'search_claim',
    key: parameters.get('identifier') ?? path,
    open: false,
    work: () =>
      options.claimSearch ? search(options.records, searched) : refusal(405, { code: 'not-supported' }),
  };
}

function createCall({ desk }: FhirRoutesOptions, body: Buffer, ifNoneExist: string | undefined): FhirCall {
  const posted = desk.read(parseJson(body));
  const { marker, appointmentId } = posted;
  return {
    on: 'create',
    key: marker ?? 'unmarked',
    marker,
    appointmentId,
    open: false,
    work: () => desk.post(posted, ifNoneExist),
  };
}

function readOne(records: Records, type: string, id: string): Answer {
  const body = records.get(type, id);
  return body === undefined ? refusal(404, { code: 'not-found' }) : { status: 200, body };
}

function metadata(options: FhirRoutesOptions): Answer {
  const { claimSearch, conditionalCreate, secured } = options;
  const body = capabilityStatement({ baseUrl: options.baseUrl, claimSearch, conditionalCreate, secured });
  return { status: 200, body };
}

function smartConfiguration({ secured, tokenUrl }: FhirRoutesOptions): Answer {
  if (!secured) return refusal(404, { code: 'not-found' });
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: {
      token_endpoint: tokenUrl,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384'],
      capabilities: ['client-confidential-asymmetric', 'permission-v2'],
    },
  };
}
