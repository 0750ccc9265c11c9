import { beforeAll, describe, expect, test } from 'vitest';
import { mintClientKeys } from '../../../src/identity/claims-token.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { type ClaimsClient, createClaimsClient } from '../../support/claims/claims-client.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';

const emr = createScriptedEmr();
const server = useTestServer({
  settings: {
    PRECERT_RATE_LIMIT_CREDENTIAL: '100',
    PRECERT_RATE_LIMIT_ORGANIZATION: '150',
    PRECERT_FAILED_LOGINS: '10',
  },
  overrides: { emrConnectors: () => [emr.factory], random: () => 0 },
  workers: false,
});

let client: ClaimsClient;
beforeAll(async () => {
  client = await createClaimsClient(server(), emr);
});

const events = (headers = {}) => client.call('GET', '/v1/webhook-events', undefined, headers);

/** How many answers of another kind came before the first 429. */
async function countUntilRefused(headers: () => Readonly<Record<string, string>>): Promise<number> {
  for (let count = 0; count < 500; count += 1) if ((await events(headers())).status === 429) return count;
  throw new Error('Nothing was refused.');
}

describe('a client of the claims API', () => {
  test('is limited with its organization, and refused in the claims envelope', async () => {
    const first = await events();
    expect([first.status, first.headers.get('ratelimit')]).toEqual([
      200,
      '"credential";r=99;t=60, "organization";r=149;t=60',
    ]);
    expect(await countUntilRefused(() => ({}))).toBe(99);
    const refusal = await events();
    expect([refusal.status, refusal.headers.get('retry-after'), refusal.body]).toEqual([
      429,
      '60',
      { success: false, message: 'Too many requests; wait as Retry-After says.' },
    ]);
    const bearer = await client.operator.call('GET', '/v1/payers');
    expect(bearer.headers.get('ratelimit')).toBe('"credential";r=99;t=60, "organization";r=49;t=60');
    server().clock.advance(60_000);
    expect((await events()).status).toBe(200);
  });

  test('that guesses is slowed by its address, and by the client id whose secret it guesses', async () => {
    expect(await countUntilRefused(() => asHeaders(mintClientKeys('sandbox')))).toBe(10);
    // Known to be good before.
    expect((await events()).status).toBe(200);
    expect((await events({ access_token: 'x' })).status).toBe(429);
    server().clock.advance(60_000);
    const { clientSecret } = mintClientKeys('sandbox');
    expect(await countUntilRefused(() => ({ client_secret: clientSecret }))).toBe(10);
    server().clock.advance(60_000);
    expect((await events()).status).toBe(200);
  });
});

function asHeaders({ clientId, clientSecret }: ReturnType<typeof mintClientKeys>) {
  return { client_id: clientId, client_secret: clientSecret };
}
