/**
 * A local HTTP server that behaves as the documented parts of WorkOS: validation of API keys and key sets per client;
 * and, for any other issuer, OpenID Connect discovery. It counts what it is asked and fails as it is told.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JSONWebKeySet, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Misbehaviour, misbehave, type Reply, sendJson } from './misbehaviour.ts';
import { createSigningKey, type SigningKey } from './signing-key.ts';

/** `other`: whatever nobody documented. */
export type Endpoint = 'validations' | 'keySet' | 'discovery' | 'other';

export interface FakeKey {
  readonly id?: string;
  readonly owner?: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
}

export interface FakeWorkos {
  readonly url: string;
  readonly clientId: string;
  readonly apiKey: string;
  /** Settings of a server that trusts it. */
  settings(): Readonly<Record<string, string>>;
  /** How often each endpoint was asked so far. */
  asked(endpoint: Endpoint): number;
  /** The largest number of requests that were unanswered at one time. */
  mostAtOnce(): number;
  misbehave(endpoint: Endpoint, how: Misbehaviour | undefined): void;
  /** A key that is good until it is revoked. */
  addKey(value: string, key?: FakeKey): void;
  revokeKey(value: string): void;
  /** The key that sessions are signed with. */
  readonly signingKey: SigningKey;
  /** What the key set holds; the signing key alone at the start. */
  publish(keys: readonly SigningKey[]): void;
  /** A session as WorkOS signs it, with claims replaced; `undefined` leaves one out. */
  sign(now: Date, claims?: Readonly<Record<string, unknown>>, key?: SigningKey): Promise<string>;
}

/** Starts it before the file's tests; each test begins with one that behaves. */
export function useFakeWorkos(): () => FakeWorkos {
  let running: Awaited<ReturnType<typeof startFakeWorkos>> | undefined;
  beforeAll(async () => {
    running = await startFakeWorkos();
  });
  afterEach(() => running?.behave());
  afterAll(() => running?.close());
  return () => {
    if (running === undefined) throw new Error('The fake is up inside tests only.');
    return running.fake;
  };
}

interface State {
  readonly clientId: string;
  readonly apiKey: string;
  readonly keys: Map<string, FakeKey>;
  readonly asked: Record<Endpoint, number>;
  readonly faults: Map<Endpoint, Misbehaviour>;
  keySet: JSONWebKeySet;
  open: number;
  mostOpen: number;
  url: string;
}

async function startFakeWorkos() {
  const signingKey = await createSigningKey('RS256', 'sso_oidc_key_pair_1');
  const state: State = {
    clientId: 'client_01HXYZ',
    apiKey: 'sk_test_our_own_secret_key',
    keys: new Map(),
    asked: { validations: 0, keySet: 0, discovery: 0, other: 0 },
    faults: new Map(),
    keySet: { keys: [signingKey.publicKey] },
    open: 0,
    mostOpen: 0,
    url: '',
  };
  const server = createServer((request, response) => answer(state, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    fake: fakeOver(state, signingKey),
    behave: () => state.faults.clear(),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function fakeOver(state: State, signingKey: SigningKey): FakeWorkos {
  const { url, clientId, apiKey } = state;
  return {
    url,
    clientId,
    apiKey,
    signingKey,
    settings: () => ({
      PRECERT_WORKOS_API_URL: url,
      PRECERT_WORKOS_API_KEY: apiKey,
      PRECERT_WORKOS_CLIENT_ID: clientId,
    }),
    asked: (endpoint) => state.asked[endpoint],
    mostAtOnce: () => state.mostOpen,
    misbehave: (endpoint, how) => {
      if (how === undefined) state.faults.delete(endpoint);
      else state.faults.set(endpoint, how);
    },
    addKey: (value, key = {}) => state.keys.set(value, key),
    revokeKey: (value) => state.keys.delete(value),
    publish: (keys) => {
      state.keySet = { keys: keys.map(({ publicKey }) => publicKey) };
    },
    sign: (now, claims = {}, key = signingKey) =>
      new SignJWT(sessionClaims(now, claims))
        .setProtectedHeader({ alg: key.algorithm, kid: key.kid })
        .sign(key.privateKey),
  };
}

/** The documented claims of a session (workos.com/docs/reference/authkit/session-tokens), with its life of 300 s. */
export function sessionClaims(
  now: Date,
  claims: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return {
    iss: 'https://api.workos.com',
    sub: 'user_01HBEQKA6K4QJAS93VPE39W1JT',
    org_id: 'org_01HRDMC6CM357W30QMHMQ96Q0S',
    role: 'member',
    roles: ['member'],
    permissions: ['posts:read'],
    entitlements: ['audit-logs'],
    sid: 'session_01HQSXZGF8FHF7A9ZZFCW4387R',
    jti: '01HQSXZXPPFPKMDD32RKTFY6PV',
    exp: issuedAt + 300,
    iat: issuedAt,
    ...claims,
  };
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  state.open += 1;
  state.mostOpen = Math.max(state.mostOpen, state.open);
  response.on('close', () => {
    state.open -= 1;
  });
  const body = await readBody(request);
  const endpoint = endpointOf(state, request.url ?? '');
  state.asked[endpoint] += 1;
  const fault = state.faults.get(endpoint);
  if (fault !== undefined) misbehave(response, fault, state.url);
  else sendJson(response, replyTo(state, endpoint, request, body));
}

function replyTo(state: State, endpoint: Endpoint, request: IncomingMessage, body: string): Reply {
  if (endpoint === 'keySet') return { status: 200, json: state.keySet };
  if (endpoint === 'discovery')
    return { status: 200, json: { issuer: state.url, jwks_uri: `${state.url}/keys` } };
  if (endpoint === 'validations') return validate(state, request, body);
  return { status: 404, json: { message: 'Not Found' } };
}

function endpointOf(state: State, path: string): Endpoint {
  if (path === '/api_keys/validations') return 'validations';
  if (path === `/sso/jwks/${state.clientId}` || path === '/keys') return 'keySet';
  return path === '/.well-known/openid-configuration' ? 'discovery' : 'other';
}

function validate(state: State, request: IncomingMessage, body: string): Reply {
  if (request.method !== 'POST' || request.headers.authorization !== `Bearer ${state.apiKey}`) {
    return { status: 401, json: { message: 'Unauthorized' } };
  }
  const { value } = JSON.parse(body);
  if (typeof value !== 'string') return { status: 422, json: { message: 'Validation failed' } };
  const key = state.keys.get(value);
  return { status: 200, json: { api_key: key === undefined ? null : keyJson(value, key) } };
}

function keyJson(value: string, key: FakeKey) {
  return {
    object: 'api_key',
    id: 'api_key_01EHZNVPK3SFK441A1RGBFSHRT',
    owner: { type: 'organization', id: 'org_01HRDMC6CM357W30QMHMQ96Q0S' },
    name: 'Production',
    obfuscated_value: `sk_...${value.slice(-4)}`,
    last_used_at: null,
    permissions: [],
    created_at: '2026-01-15T12:00:00.000Z',
    updated_at: '2026-01-15T12:00:00.000Z',
    ...key,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
