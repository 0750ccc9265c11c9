/** The login of the `fhir` connector, against the simulator's token endpoint. */

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { fhirConnectorFactory } from '../../src/emr/fhir/fhir-connector-factory.ts';
import { defaultScopes } from '../../src/emr/fhir/settings.ts';
import type { FaultKind } from '../../src/emr/simulator/fault-rules.ts';
import {
  createCountingBudget,
  startFhirPractice,
  testClientId,
  testKeyId,
  testKeys,
  testOrganizationId,
} from '../support/emr/simulated-practice.ts';

const never = () => new AbortController().signal;
const look = ({ connector }: Awaited<ReturnType<typeof startFhirPractice>>) =>
  connector.findClaim('m', never());

test('a token is asked for once and used by all callers until shortly before its end', async () => {
  const practice = await startFhirPractice();
  const { budget, clock, connector } = practice;
  await Promise.all([1, 2, 3, 4].map(() => connector.listChangedPatients(undefined, never())));
  // The token endpoint looked up, one token, four reads.
  expect(budget.calls()).toBe(6);
  clock.advance(254_000);
  await connector.listChangedPatients(undefined, never());
  expect(budget.calls()).toBe(7);
  clock.advance(1_000);
  await connector.listChangedPatients(undefined, never());
  expect(budget.calls()).toBe(10);
});

test('connectors of one account share its token, accounts do not', async () => {
  const { budget, factory, settings } = await startFhirPractice();
  const read = (accountId: string, changes = {}) =>
    factory
      .open({ organizationId: 'org_1', accountId, settings: { ...settings, ...changes } }, budget)
      .listChangedPatients(undefined, never());
  await read('acc_1');
  await read('acc_1');
  expect(budget.calls()).toBe(4);
  await read('acc_2');
  expect(budget.calls()).toBe(7);
  await read('acc_1', { scopes: ['system/Patient.rs'] });
  expect(budget.calls()).toBe(10);
});

test('a token withdrawn before its time is replaced, also for a create', async () => {
  const practice = await startFhirPractice({ simulator: { faults: [{ fault: 'unauthorized', times: 1 }] } });
  await practice.connector.listChangedPatients(undefined, never());
  practice.simulator.revokeTokens();
  await practice.connector.listChangedPatients(undefined, never());
  const request = {
    marker: 'a'.repeat(32),
    emrAppointmentId: '500100',
    emrPatientId: '40210',
    signal: never(),
  };
  expect(await practice.connector.createClaim(request)).toEqual({ kind: 'created', emrClaimId: '100234' });
  expect(practice.simulator.ledger()).toHaveLength(1);
});

test('an app whose access was taken away has to log in anew', async () => {
  const practice = await startFhirPractice();
  await look(practice);
  practice.simulator.removeClient(testClientId);
  const refused = { kind: 'login_required', message: expect.stringContaining('(invalid_client)') };
  await expect(look(practice)).rejects.toMatchObject(refused);
  const request = {
    marker: 'a'.repeat(32),
    emrAppointmentId: '500100',
    emrPatientId: '40210',
    signal: never(),
  };
  expect(await practice.connector.createClaim(request)).toMatchObject({ kind: 'login_required' });
  expect(practice.simulator.ledger()).toEqual([]);
});

test('scopes that were not granted mean a new login', async () => {
  const practice = await startFhirPractice({ settings: { scopes: ['system/*.cruds'] } });
  const refused = { kind: 'login_required', message: expect.stringContaining('(invalid_scope)') };
  await expect(look(practice)).rejects.toMatchObject(refused);
});

const failures: readonly (readonly [FaultKind, object])[] = [
  ['drop', { kind: 'unavailable' }],
  ['error', { kind: 'unavailable' }],
  ['garbage', { kind: 'unavailable' }],
  ['throttle', { kind: 'unavailable', retryAfterMs: 60_000 }],
  ['unauthorized', { kind: 'login_required' }],
];
test.each(failures)(
  'a token endpoint that fails is told apart from one that refuses: %s',
  async (fault, expected) => {
    const practice = await startFhirPractice({ simulator: { faults: [{ on: 'token', fault, times: 1 }] } });
    await expect(look(practice)).rejects.toMatchObject(expected);
    expect(await look(practice)).toBeUndefined();
  },
);

test('an EMR that names no token endpoint is asked at the one of the settings', async () => {
  const faults = [{ on: 'discovery', fault: 'error' }] as const;
  const unnamed = await startFhirPractice({ simulator: { faults } });
  await expect(look(unnamed)).rejects.toMatchObject({ kind: 'unavailable' });
  const { simulator, factory, settings } = await startFhirPractice({ simulator: { faults } });
  const budget = createCountingBudget();
  const named = { ...settings, tokenUrl: simulator.tokenUrl, searchClaims: true };
  const connector = factory.open(
    { organizationId: testOrganizationId, accountId: 'a', settings: named },
    budget,
  );
  expect(await connector.findClaim('m', never())).toBeUndefined();
  expect(budget.calls()).toBe(2);
});

test('the key may be a JWK, and is read anew for each token', async () => {
  const practice = await startFhirPractice();
  const file = join(practice.directory, testOrganizationId, 'key.pem');
  writeFileSync(file, JSON.stringify(testKeys.privateKey.export({ format: 'jwk' })));
  expect(await look(practice)).toBeUndefined();
  writeFileSync(file, 'gone');
  practice.clock.advance(300_000);
  await expect(look(practice)).rejects.toMatchObject({
    kind: 'unavailable',
    message: 'key.pem holds no private key in PEM or JWK form.',
  });
});

test('a caller that gives up does not take the token from the others', async () => {
  const { connector } = await startFhirPractice();
  const abort = new AbortController();
  const first = connector.listChangedPatients(undefined, abort.signal);
  const second = connector.listChangedPatients(undefined, never());
  abort.abort();
  await expect(first).rejects.toMatchObject({ kind: 'unavailable' });
  expect((await second).items.length).toBeGreaterThan(0);
});

test('settings say what is wrong with them, all at once', async () => {
  const { factory, settings, directory } = await startFhirPractice();
  const fieldsOf = (changes: object) =>
    factory.checkSettings({ ...settings, ...changes }, testOrganizationId).map(({ field }) => field);
  expect(fieldsOf({})).toEqual([]);
  expect(
    fieldsOf({
      baseUrl: 'ftp://x',
      tokenUrl: 'http://emr.example/token',
      clientId: '',
      keyId: 'a b',
      privateKeyFile: '../key.pem',
      scopes: [],
      callsPerMinute: 0,
      searchClaims: 'yes',
      password: 'x',
    }).toSorted(),
  ).toEqual([
    'baseUrl',
    'callsPerMinute',
    'clientId',
    'keyId',
    'password',
    'privateKeyFile',
    'scopes',
    'searchClaims',
    'tokenUrl',
  ]);
  for (const file of ['/etc/passwd', 'a/b', 'a\\b', '.hidden', '..', '', 'x\0']) {
    expect(fieldsOf({ privateKeyFile: file })).toEqual(['privateKeyFile']);
  }
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  for (const [name, key] of Object.entries({ weak, curve })) {
    writeFileSync(join(directory, testOrganizationId, name), key.export({ format: 'pem', type: 'pkcs8' }));
    const message = expect.stringContaining('2048 bits');
    const problems = factory.checkSettings({ ...settings, privateKeyFile: name }, testOrganizationId);
    expect(problems).toMatchObject([{ message }]);
  }
  expect(fieldsOf({ privateKeyFile: 'missing.pem' })).toEqual(['privateKeyFile']);
  expect(factory.checkSettings(settings, 'org_2')).toMatchObject([{ field: 'privateKeyFile' }]);
  expect(factory.instanceDomain({ baseUrl: 'https://emr.example/fhir/r4/AB12CD' })).toBe('emr.example');
  const placeOf = (baseUrl: string) => factory.placeOf({ ...settings, baseUrl });
  expect(placeOf('https://emr.example/fhir/r4/AB12CD/')).toBe(
    placeOf('https://EMR.example:443/fhir/r4/AB12CD'),
  );
  expect(placeOf('https://emr.example/fhir/r4/AB12CE')).not.toBe(
    placeOf('https://emr.example/fhir/r4/AB12CD'),
  );
  expect([
    factory.callsPerMinute(settings),
    factory.callsPerMinute({ ...settings, callsPerMinute: 60 }),
  ]).toEqual([250, 60]);
});

test('without a directory of keys no account can be linked, and unusable settings open nothing', async () => {
  const { clock, settings, budget } = await startFhirPractice();
  const factory = fhirConnectorFactory({
    clock,
    nextId: () => 'x',
    keysDirectory: undefined,
    urlPolicy: { allowInsecure: false },
    openOrigins: [],
  });
  const message = expect.stringContaining('PRECERT_EMR_KEYS_DIR');
  expect(factory.checkSettings(settings, testOrganizationId)).toEqual([{ field: 'privateKeyFile', message }]);
  const open = () => factory.open({ organizationId: 'o', accountId: 'a', settings: {} }, budget);
  expect(open).toThrow(expect.objectContaining({ kind: 'rejected' }));
});

interface Assertion {
  readonly alg?: string;
  readonly kid?: string;
  readonly key?: typeof testKeys.privateKey;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What the simulator's endpoint answers to an assertion; what is left out is right. */
async function ask(
  { simulator, clock }: Awaited<ReturnType<typeof startFhirPractice>>,
  { alg = 'RS384', kid = testKeyId, key = testKeys.privateKey, claims = {} }: Assertion,
): Promise<number> {
  const now = clock.now().getTime() / 1000;
  const usual = {
    iss: testClientId,
    sub: testClientId,
    aud: simulator.tokenUrl,
    jti: 'j1',
    iat: now,
    exp: now + 300,
  };
  const assertion = await new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, kid }).sign(key);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: defaultScopes.join(' '),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  return (await fetch(simulator.tokenUrl, { method: 'POST', body: form })).status;
}

test('the simulated token endpoint takes an assertion once, and none that SMART forbids', async () => {
  const practice = await startFhirPractice();
  const now = practice.clock.now().getTime() / 1000;
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  expect(await ask(practice, {})).toBe(200);
  expect(await ask(practice, {})).toBe(401);
  const wrong: readonly Assertion[] = [
    { alg: 'RS256' },
    { kid: 'other' },
    { key: stranger },
    { claims: { iss: 'somebody' } },
    { claims: { sub: 'somebody' } },
    { claims: { aud: 'https://elsewhere.example/token' } },
    { claims: { exp: now + 301 } },
    { claims: { exp: now - 1 } },
    { claims: { exp: undefined } },
    { claims: { jti: undefined } },
  ];
  for (const [index, assertion] of wrong.entries()) {
    const claims = { jti: `w${index}`, ...assertion.claims };
    expect([index, await ask(practice, { ...assertion, claims })]).toEqual([index, 401]);
  }
  expect(await ask(practice, { claims: { jti: 'j2' } })).toBe(200);
});
