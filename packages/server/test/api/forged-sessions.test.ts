import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { exportSPKI } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { createApiClient } from '../support/api/api-client.ts';
import { tableContents } from '../support/api/table-contents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { sessionClaims, useFakeWorkos } from '../support/identity/fake-workos.ts';
import { createSigningKey, type SigningKey } from '../support/identity/signing-key.ts';

const workos = useFakeWorkos();
const server = useTestServer({ settings: () => workos().settings() });

let foreignKey: SigningKey;
let ellipticKey: SigningKey;
beforeAll(async () => {
  // Of another client: the same key id, another key.
  foreignKey = await createSigningKey('RS256', workos().signingKey.kid);
  ellipticKey = await createSigningKey('ES256', workos().signingKey.kid);
});

type Json = Readonly<Record<string, unknown>>;

function encode(part: unknown): string {
  const bytes = Buffer.isBuffer(part) || typeof part === 'string' ? part : JSON.stringify(part);
  return Buffer.from(bytes).toString('base64url');
}

function claims(changes: Json = {}): Json {
  return sessionClaims(server().clock.now(), changes);
}

function now(): number {
  return Math.floor(server().clock.now().getTime() / 1000);
}

/** A token by hand: any header, any claims, any key. */
async function forge(
  header: Json,
  payload: unknown,
  sign: (text: string) => Promise<Buffer> | Buffer,
): Promise<string> {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${encode(await sign(text))}`;
}

function goodHeader(changes: Json = {}): Json {
  return { alg: 'RS256', kid: workos().signingKey.kid, ...changes };
}

/** By the issuer's own key: only the rest is wrong. */
function byIssuer(key: SigningKey = workos().signingKey, hash = 'SHA-256') {
  return async (text: string) => {
    const algorithm = key.algorithm === 'ES256' ? { name: 'ECDSA', hash } : 'RSASSA-PKCS1-v1_5';
    return Buffer.from(await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(text)));
  };
}

function byHmac(secret: string | Buffer) {
  return (text: string) => createHmac('sha256', secret).update(text).digest();
}

const nothing = () => Buffer.alloc(0);
const publicKey = () => exportSPKI(workos().signingKey.publicCryptoKey);
const jwkText = () => JSON.stringify(workos().signingKey.publicKey);
const signedWith = (changes: Json, header: Json = {}) =>
  forge(goodHeader(header), claims(changes), byIssuer());

/** Name, status, and the token. */
const forgeries: readonly (readonly [string, number, () => Promise<string>])[] = [
  ['no algorithm', 401, () => forge(goodHeader({ alg: 'none' }), claims(), nothing)],
  ['no algorithm, capitalized', 401, () => forge(goodHeader({ alg: 'None' }), claims(), nothing)],
  ['no algorithm, in capitals', 401, () => forge(goodHeader({ alg: 'NONE' }), claims(), nothing)],
  ['no algorithm, and a good signature', 401, () => forge(goodHeader({ alg: 'none' }), claims(), byIssuer())],
  ['an algorithm left out', 401, () => forge(goodHeader({ alg: undefined }), claims(), byIssuer())],
  [
    'HS256 keyed with the public key',
    401,
    async () => forge(goodHeader({ alg: 'HS256' }), claims(), byHmac(await publicKey())),
  ],
  [
    'HS256 keyed with the key set’s text',
    401,
    () => forge(goodHeader({ alg: 'HS256' }), claims(), byHmac(jwkText())),
  ],
  ['HS256 keyed with nothing', 401, () => forge(goodHeader({ alg: 'HS256' }), claims(), byHmac(''))],
  [
    'an HMAC that says it is RS256',
    401,
    async () => forge(goodHeader(), claims(), byHmac(await publicKey())),
  ],
  ['the key of another client', 401, () => forge(goodHeader(), claims(), byIssuer(foreignKey))],
  [
    'an elliptic key under the same id',
    401,
    () => forge(goodHeader({ alg: 'ES256' }), claims(), byIssuer(ellipticKey)),
  ],
  ['RS512, and a good RS256 signature', 401, () => forge(goodHeader({ alg: 'RS512' }), claims(), byIssuer())],
  ['PS256', 401, () => forge(goodHeader({ alg: 'PS256' }), claims(), byIssuer())],
  ['an unknown key id', 401, () => forge(goodHeader({ kid: 'another' }), claims(), byIssuer())],
  ['no key id', 401, () => forge(goodHeader({ kid: undefined }), claims(), byIssuer())],
  ['a path for a key id', 401, () => forge(goodHeader({ kid: '../../dev/null' }), claims(), nothing)],
  [
    'a list for a key id',
    401,
    () => forge(goodHeader({ kid: [workos().signingKey.kid] }), claims(), byIssuer()),
  ],
  [
    'its own key in the header',
    401,
    () => forge(goodHeader({ kid: 'mine', jwk: foreignKey.publicKey }), claims(), byIssuer(foreignKey)),
  ],
  [
    'its own key in the header, under the issuer’s id',
    401,
    () => forge(goodHeader({ jwk: foreignKey.publicKey }), claims(), byIssuer(foreignKey)),
  ],
  [
    'a place where its key is (jku)',
    401,
    () => forge(goodHeader({ jku: `${workos().url}/evil` }), claims(), byIssuer(foreignKey)),
  ],
  [
    'a place where its certificate is (x5u)',
    401,
    () => forge(goodHeader({ x5u: `${workos().url}/evil` }), claims(), byIssuer(foreignKey)),
  ],
  [
    'its own certificate (x5c)',
    401,
    () => forge(goodHeader({ x5c: ['MIIB'] }), claims(), byIssuer(foreignKey)),
  ],
  ['a critical extension nobody knows', 401, () => signedWith({}, { crit: ['exp'], exp: now() + 300 })],
  ['an unencoded payload (b64)', 401, () => signedWith({}, { crit: ['b64'], b64: false })],
  ['a critical extension that changes nothing', 401, () => signedWith({}, { crit: ['b64'], b64: true })],
  ['an empty list of critical extensions', 401, () => signedWith({}, { crit: [] })],
  ['another purpose', 401, () => signedWith({}, { typ: 'logout+jwt' })],
  ['a number for a type', 401, () => signedWith({}, { typ: 7 })],
  ['an end 30 seconds ago', 401, () => signedWith({ exp: now() - 30 })],
  ['no end', 401, () => signedWith({ exp: undefined })],
  ['a text for an end', 401, () => signedWith({ exp: '9999999999' })],
  ['a beginning in 31 seconds', 401, () => signedWith({ nbf: now() + 31 })],
  ['a text for a beginning', 401, () => signedWith({ nbf: 'now' })],
  ['an issue in 31 seconds', 401, () => signedWith({ iat: now() + 31 })],
  ['an issuer that goes on', 401, () => signedWith({ iss: 'https://api.workos.com.evil.example' })],
  ['an issuer with a user before it', 401, () => signedWith({ iss: 'https://api.workos.com@evil.example' })],
  ['an issuer in capitals', 401, () => signedWith({ iss: 'HTTPS://API.WORKOS.COM' })],
  [
    'the issuer of another client',
    401,
    () => signedWith({ iss: 'https://api.workos.com/user_management/client_other' }),
  ],
  ['a list of issuers', 401, () => signedWith({ iss: ['https://api.workos.com'] })],
  ['no issuer', 401, () => signedWith({ iss: undefined })],
  ['no subject', 401, () => signedWith({ sub: undefined })],
  ['an object for a subject', 401, () => signedWith({ sub: { id: 'user' } })],
  ['no organization', 403, () => signedWith({ org_id: undefined })],
  ['null for an organization', 403, () => signedWith({ org_id: null })],
  ['an empty organization', 401, () => signedWith({ org_id: '' })],
  ['a list of organizations', 401, () => signedWith({ org_id: ['org_A', 'org_B'] })],
  ['U+0000 in the organization', 401, () => signedWith({ org_id: 'org_A\0' })],
  ['an organization of 256 characters', 401, () => signedWith({ org_id: 'o'.repeat(256) })],
  ['an object for permissions', 401, () => signedWith({ permissions: { precert: 'admin' } })],
  ['numbers for permissions', 401, () => signedWith({ permissions: [1] })],
  ['a payload that is no object', 401, () => forge(goodHeader(), 'text', byIssuer())],
  ['a payload that is a list', 401, () => forge(goodHeader(), [claims()], byIssuer())],
  [
    'an altered payload',
    401,
    async () => swap(await signedWith({}), 1, encode(claims({ org_id: 'org_other' }))),
  ],
  ['an altered header', 401, async () => swap(await signedWith({}), 0, encode(goodHeader({ cty: 'x' })))],
  ['a signature cut short', 401, async () => (await signedWith({})).slice(0, -4)],
  ['no signature', 401, async () => swap(await signedWith({}), 2, '')],
  ['a header that is no JSON', 401, async () => swap(await signedWith({}), 0, encode('{"alg":'))],
  ['a fourth part', 401, async () => `${await signedWith({})}.more`],
];

function swap(token: string, index: number, part: string): string {
  return token.split('.').with(index, part).join('.');
}

describe('a forged session', () => {
  test.each(forgeries)('with %s is refused with %i and leaves no trace', async (_name, status, make) => {
    const rows = await tableContents(server().database);
    const client = createApiClient(server().baseUrl, { organizationId: 'forged', bearerToken: await make() });
    const answer = await client.call('GET', '/v1/payers');
    expect([answer.status, answer.body.code]).toEqual([
      status,
      status === 401 ? 'unauthorized' : 'insufficient_permissions',
    ]);
    expect(await tableContents(server().database)).toEqual(rows);
  });

  test('of any parts whatever is refused, and no failure of the server', async () => {
    const header = fc.oneof(
      fc.record(
        {
          alg: fc.constantFrom('RS256', 'none', 'HS256', ''),
          kid: fc.oneof(fc.constant(workos().signingKey.kid), fc.jsonValue()),
          typ: fc.jsonValue(),
          crit: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
      fc.string(),
    );
    const signature = fc.oneof(fc.uint8Array({ minLength: 256, maxLength: 256 }), fc.uint8Array());
    const property = fc.asyncProperty(header, fc.jsonValue(), signature, async (first, second, third) => {
      const bearerToken = `${encode(first)}.${encode(second)}.${encode(Buffer.from(third))}`;
      const client = createApiClient(server().baseUrl, { organizationId: 'random', bearerToken });
      expect((await client.call('GET', '/v1/payers')).status).toBe(401);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test('differs from a good one by what its name says', async () => {
    for (const bearerToken of [
      await signedWith({}),
      await signedWith({}, { typ: 'JWT' }),
      await signedWith({}, { typ: 'at+jwt' }),
    ]) {
      const client = createApiClient(server().baseUrl, { organizationId: 'good', bearerToken });
      expect((await client.call('GET', '/v1/payers')).status).toBe(200);
    }
  });

  test('never sends us to a place it names', () => {
    expect(workos().asked('keySet')).toBeLessThanOrEqual(2);
    expect(workos().asked('other')).toBe(0);
  });
});
