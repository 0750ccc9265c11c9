import { expect, test } from 'vitest';
import { createEmrConnectors } from '../../src/emr/emr-connectors.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { startFhirPractice, testOrganizationId } from '../support/emr/simulated-practice.ts';
import { insertTestAccount } from '../support/emr/test-account.ts';

const server = useTestServer();

test('a sandbox knows both kinds of EMR', () => {
  const { emr } = server().app;
  expect(emr.factoryFor('simulator')?.kind).toBe('simulator');
  expect(emr.factoryFor('fhir')?.kind).toBe('fhir');
});

test('an account of a kind that the server lacks, or with settings it cannot use, is refused', () => {
  const { database } = server();
  const { emr } = server().app;
  const account = { organizationId: 'org_1', accountId: 'acc_1', settings: {} };
  const refused = expect.objectContaining({ name: 'EmrReadError', kind: 'rejected' });
  expect(() => createEmrConnectors({ database }, []).open('simulator', account)).toThrow(refused);
  expect(() => emr.open('fhir', account)).toThrow(refused);
});

test('all connectors of an account draw on one budget, token calls included', async () => {
  const { database } = server();
  const { factory, settings } = await startFhirPractice({ settings: { callsPerMinute: 10 } });
  const connectors = createEmrConnectors({ database }, [factory]);
  const account = { ...(await insertTestAccount(database, 'acc_budget', testOrganizationId)), settings };
  const { signal } = new AbortController();
  const list = () => connectors.open('fhir', account).listChangedPatients(undefined, signal);
  // The token endpoint looked up and a token asked for: eight calls are left.
  for (let call = 0; call < 8; call += 1) await list();
  await expect(list()).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: expect.any(Number) });
});
