import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  openSandboxEmr,
  readSandboxEmrUrl,
  type SandboxEmr,
  sandboxEmrDirectory,
} from '../../src/emr/simulator/sandbox-emr.ts';
import { seededAppointments } from '../../src/emr/simulator/seed/visits.ts';
import { simulatorConnectorFactory } from '../../src/emr/simulator/simulator-connector.ts';
import { createTestClock } from '../support/api/test-clock.ts';
import { createCountingBudget } from '../support/emr/simulated-practice.ts';

let dataDirectory = '';
beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'precert-sandbox-'));
  return () => rmSync(dataDirectory, { recursive: true, force: true });
});

/** Without its timer: the test says when somebody looks whether the simulator is still there. */
async function open(): Promise<SandboxEmr> {
  const emr = await openSandboxEmr({ dataDirectory }, { repeat: () => () => undefined });
  onTestFinished(() => emr.stop());
  return emr;
}

function connector() {
  const factory = simulatorConnectorFactory({
    clock: createTestClock(),
    sandboxUrl: () => readSandboxEmrUrl(dataDirectory),
    urlPolicy: { allowInsecure: false },
  });
  const account = { organizationId: 'org_1', accountId: 'acc_1', settings: {} };
  return factory.open(account, createCountingBudget());
}

function createClaim(marker: string) {
  const { emrAppointmentId = '', emrPatientId = '' } = seededAppointments[0] ?? {};
  const { signal } = new AbortController();
  return connector().createClaim({ marker, emrAppointmentId, emrPatientId, signal });
}

test('processes of one data directory share one simulator', async () => {
  const emrs = await Promise.all([open(), open(), open()]);
  expect(emrs.filter((emr) => emr.isHere())).toHaveLength(1);
  expect(new Set(emrs.map((emr) => emr.baseUrl())).size).toBe(1);
});

test('an account without an address of its own is at the simulator, also after it moved', async () => {
  expect(() => connector()).toThrow(expect.objectContaining({ kind: 'unavailable' }));
  const first = await open();
  expect(await createClaim('a'.repeat(32))).toEqual({ kind: 'created', emrClaimId: '100234' });
  await first.stop();
  const port = Number(new URL(first.baseUrl()).port);
  // Somebody else has the port by now.
  const squatter = createServer((_, response) => response.end()).listen(port, '127.0.0.1');
  onTestFinished(() => void squatter.close());
  await once(squatter, 'listening');
  const second = await open();
  // A listening TCP server always has an AddressInfo.
  expect(Number(new URL(second.baseUrl()).port)).not.toBe((squatter.address() as AddressInfo).port);
  expect(await createClaim('a'.repeat(32))).toEqual({ kind: 'created', emrClaimId: '100234' });
});

test('when the process that runs it is gone, another takes its place at the same address', async () => {
  const first = await open();
  const second = await open();
  const baseUrl = first.baseUrl();
  await createClaim('a'.repeat(32));
  await second.takeOver();
  expect(second.isHere()).toBe(false);
  await first.stop();
  expect(await createClaim('b'.repeat(32))).toEqual({ kind: 'unavailable' });
  await Promise.all([second.takeOver(), second.takeOver()]);
  expect([second.isHere(), second.baseUrl()]).toEqual([true, baseUrl]);
  expect(await createClaim('a'.repeat(32))).toEqual({ kind: 'created', emrClaimId: '100234' });
});

test('one that was stopped takes nothing over', async () => {
  const emr = await open();
  await emr.stop();
  await emr.takeOver();
  expect(emr.isHere()).toBe(false);
  const next = await open();
  expect(next.isHere()).toBe(true);
});

test('a file that names no URL counts as none', async () => {
  const emr = await open();
  writeFileSync(join(sandboxEmrDirectory(dataDirectory), 'url'), 'nonsense');
  expect(readSandboxEmrUrl(dataDirectory)).toBeUndefined();
  await emr.stop();
});
