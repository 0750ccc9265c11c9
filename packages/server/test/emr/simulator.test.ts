import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { startEmrSimulator } from '../../src/emr/simulator/emr-simulator.ts';
import { searchParameters } from '../../src/emr/simulator/search.ts';
import { seededAppointments } from '../../src/emr/simulator/seed/visits.ts';
import { runEmrSimulator } from '../../src/emr/simulator/simulator-command.ts';
import { simulatorConnectorFactory } from '../../src/emr/simulator/simulator-connector.ts';
import { createTestClock } from '../support/api/test-clock.ts';
import { createCountingBudget, startSimulatorPractice } from '../support/emr/simulated-practice.ts';
import { fhirProblems } from '../support/emr/validate-fhir.ts';

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'precert-emr-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function connect(baseUrl: string) {
  const factory = simulatorConnectorFactory({
    clock: createTestClock(),
    sandboxUrl: () => undefined,
    urlPolicy: { allowInsecure: false },
  });
  const account = { organizationId: 'org_1', accountId: 'acc_1', settings: { baseUrl } };
  return factory.open(account, createCountingBudget());
}

function requestFor(index: number) {
  const { emrAppointmentId = '', emrPatientId = '' } = seededAppointments[index] ?? {};
  const { signal } = new AbortController();
  return { marker: String(index).padStart(32, '0'), emrAppointmentId, emrPatientId, signal };
}

/** `Body` is what the test expects of it. */
async function json<Body>(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as Body };
}

interface Found {
  readonly entry: readonly { readonly resource: { readonly id: string } }[];
}

test('everything that the EMR serves is FHIR R4', async () => {
  const { simulator } = await startSimulatorPractice();
  const capabilities = await json(`${simulator.baseUrl}/metadata`);
  expect(fhirProblems(capabilities.body)).toEqual([]);
  for (const type of Object.keys(searchParameters)) {
    const found = await json<Found>(`${simulator.baseUrl}/${type}?_count=200`);
    expect(found.body.entry.length).toBeGreaterThan(0);
    expect(fhirProblems(found.body)).toEqual([]);
    for (const { resource } of found.body.entry) {
      expect([`${type}/${resource.id}`, fhirProblems(resource)]).toEqual([`${type}/${resource.id}`, []]);
    }
    const resource = found.body.entry[0]?.resource;
    expect((await json(`${simulator.baseUrl}/${type}/${resource?.id}`)).body).toEqual(resource);
  }
});

test('what the EMR refuses it refuses in FHIR', async () => {
  const { simulator } = await startSimulatorPractice();
  const post = (body: string) => json(`${simulator.baseUrl}/Claim`, { method: 'POST', body });
  const answers = [
    await json(`${simulator.baseUrl}/Patient/0`),
    await json(`${simulator.baseUrl}/Slot`),
    await json(`${simulator.baseUrl}/Patient`, { method: 'POST', body: '{}' }),
    await json(`${simulator.baseUrl}/Patient?shoe=41`, { headers: { prefer: 'handling=strict' } }),
    await json(`${simulator.url}/elsewhere`),
    await post('not JSON'),
    await post('{"resourceType":"Claim","use":"claim"}'),
    await post('x'.repeat(1024 * 1024 + 1)),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 405, 400, 404, 400, 422, 413]);
  for (const { body } of answers) expect(fhirProblems(body)).toEqual([]);
  expect(simulator.ledger()).toEqual([]);
});

test('there are twenty appointments and more to bill, and every kind of failure', () => {
  const count = (wanted: string) =>
    seededAppointments.filter(({ expectation }) => expectation === wanted).length;
  expect(count('ready')).toBeGreaterThanOrEqual(20);
  expect(count('troubled')).toBe(4);
  expect(new Set(seededAppointments.flatMap(({ failureCode }) => failureCode ?? [])).size).toBe(7);
  expect(new Set(seededAppointments.map(({ emrAppointmentId }) => emrAppointmentId)).size).toBe(
    seededAppointments.length,
  );
});

test('every seeded appointment fares as the seed says', async () => {
  const { simulator } = await startSimulatorPractice();
  const connector = connect(simulator.baseUrl);
  const kinds = {
    ready: 'created',
    willFail: 'rejected',
    notBillable: 'rejected',
    troubled: expect.any(String),
  };
  for (const [index, seed] of seededAppointments.entries()) {
    const request = requestFor(index);
    const outcome = await connector.createClaim(request);
    expect([seed.emrAppointmentId, outcome.kind]).toEqual([seed.emrAppointmentId, kinds[seed.expectation]]);
    if (seed.expectation === 'troubled') {
      expect(outcome.kind).not.toBe('created');
      expect(await connector.createClaim(request)).toMatchObject({ kind: 'created' });
    }
  }
  const markers = simulator.ledger().map((entry) => entry.marker);
  const made = seededAppointments.filter(({ expectation }) => ['ready', 'troubled'].includes(expectation));
  expect(markers).toHaveLength(made.length);
  expect(new Set(markers).size).toBe(made.length);
});

test('a practice can be as large as a test needs', async () => {
  const { simulator } = await startSimulatorPractice({ simulator: { extraVisits: 1_000 } });
  const connector = connect(simulator.baseUrl);
  const emrPatientId = '40213';
  const request = { ...requestFor(0), emrAppointmentId: '700997', emrPatientId };
  expect(await connector.createClaim(request)).toMatchObject({ kind: 'created' });
  const found = await json<{ total: number }>(`${simulator.baseUrl}/Appointment?_count=1`);
  expect(found.body.total).toBe(seededAppointments.length + 1_000);
});

test('an EMR that ignores conditions and second claims writes what it is sent, each time', async () => {
  const { simulator } = await startSimulatorPractice({
    simulator: { conditionalCreate: false, oneClaimPerVisit: false },
  });
  const connector = connect(simulator.baseUrl);
  const outcomes = [await connector.createClaim(requestFor(0)), await connector.createClaim(requestFor(0))];
  expect(outcomes).toEqual([
    { kind: 'created', emrClaimId: '100234' },
    { kind: 'created', emrClaimId: '100235' },
  ]);
  expect(simulator.ledger()).toHaveLength(2);
});

test('an EMR counts calls by the minute', async () => {
  const practice = await startSimulatorPractice({
    simulator: { callLimit: { callsPerMinute: 3, retryAfter: true } },
  });
  const { baseUrl } = practice.simulator;
  const statuses = async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => fetch(`${baseUrl}/Patient/40210`)));
    return answers.map(({ status, headers }) => [status, headers.get('retry-after')]).toSorted();
  };
  const [last] = (await statuses()).reverse();
  expect(last).toEqual([429, '60']);
  practice.clock.advance(60_000);
  expect((await statuses()).filter(([status]) => status === 200)).toHaveLength(3);
});

test('faults are set from outside, and what makes no sense is refused', async () => {
  const { simulator, connector } = await startSimulatorPractice();
  const set = (body: unknown) =>
    json(`${simulator.url}/_simulator/faults`, { method: 'POST', body: JSON.stringify(body) });
  expect(await set({ rules: [{ fault: 'commit_then_drop' }], seed: 3 })).toMatchObject({ status: 200 });
  expect(await connector.createClaim(requestFor(0))).toMatchObject({ kind: 'unknown' });
  expect(await set({ rules: [{ fault: 'burn' }] })).toMatchObject({ status: 400 });
  expect(await set({})).toMatchObject({ status: 400 });
  expect(await set({ rules: [] })).toMatchObject({ status: 200 });
  expect(await connector.createClaim(requestFor(1))).toMatchObject({ kind: 'created' });
  const ledger = await json<{ claims: unknown }>(`${simulator.url}/_simulator/ledger`);
  expect(ledger.body.claims).toMatchObject([
    { emrClaimId: '100234', appointmentId: '500100', committedAt: '2026-03-13T17:00:00.000Z' },
    { emrClaimId: '100235', appointmentId: '500101' },
  ]);
  expect(await json(`${simulator.url}/_simulator/nothing`)).toMatchObject({ status: 404 });
});

test('a record changed from outside is served and stays', async () => {
  const { simulator, directory, clock } = await startSimulatorPractice();
  const resource = { resourceType: 'Patient', id: '40210', name: [{ family: 'Roe' }] };
  const put = (body: unknown) =>
    json(`${simulator.url}/_simulator/resources`, { method: 'POST', body: JSON.stringify(body) });
  const meta = { versionId: '2', lastUpdated: '2026-03-13T17:00:00.000Z' };
  expect(await put(resource)).toEqual({ status: 200, body: { ...resource, meta } });
  expect(await put({ resourceType: 'Slot', id: '1' })).toMatchObject({ status: 400 });
  await simulator.stop();
  const again = await startEmrSimulator({ directory, clock });
  onTestFinished(() => again.stop());
  expect((await json(`${again.baseUrl}/Patient/40210`)).body).toEqual({ ...resource, meta });
});

test('a restart forgets no claim, and takes away a line that a crash cut short', async () => {
  const { simulator, connector, directory, clock } = await startSimulatorPractice();
  await connector.createClaim(requestFor(0));
  await simulator.stop();
  const path = join(directory, 'ledger.jsonl');
  const whole = readFileSync(path, 'utf8');
  appendFileSync(path, '{"kind":"claim","emrClaimId":"1002');
  const again = await startEmrSimulator({ directory, clock });
  onTestFinished(() => again.stop());
  expect(readFileSync(path, 'utf8')).toBe(whole);
  expect(again.ledger()).toEqual(simulator.ledger());
  const reconnected = connect(again.baseUrl);
  expect(await reconnected.createClaim(requestFor(0))).toEqual({ kind: 'created', emrClaimId: '100234' });
  expect(await reconnected.createClaim(requestFor(1))).toEqual({ kind: 'created', emrClaimId: '100235' });
});

test('one simulator works in a directory', async () => {
  const { directory } = await startSimulatorPractice();
  await expect(startEmrSimulator({ directory })).rejects.toMatchObject({
    name: 'DirectoryInUseError',
    message: expect.stringContaining('EMR simulator'),
  });
});

test('a port that is taken leaves the directory free', async () => {
  const { simulator } = await startSimulatorPractice();
  const directory = newDirectory();
  const port = Number(new URL(simulator.url).port);
  await expect(startEmrSimulator({ directory, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  const free = await startEmrSimulator({ directory });
  await free.stop();
});

test('a process killed without warning has forgotten nothing that it answered', async () => {
  const dataDirectory = newDirectory();
  const startProcess = async () => {
    const script = join(import.meta.dirname, '../support/emr/simulator-process.ts');
    const child = spawn(process.execPath, [script, '{}', dataDirectory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [baseUrl] = await once(createInterface(child.stdout), 'line');
    return { child, connector: connect(String(baseUrl)) };
  };
  for (let round = 0; round < 3; round += 1) {
    const { child, connector } = await startProcess();
    // The new one first: were the others forgotten, it would get the number of the first.
    for (let index = round; index >= 0; index -= 1) {
      const outcome = await connector.createClaim(requestFor(index));
      expect(outcome).toEqual({ kind: 'created', emrClaimId: String(100_234 + index) });
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test('the command reads its options, and names the one that is wrong', async () => {
  const dataDirectory = newDirectory();
  const faults = join(dataDirectory, 'faults.json');
  writeFileSync(faults, '[{"fault":"reject","rejection":"encounter_locked"}]');
  const run = (options: Parameters<typeof runEmrSimulator>[0]) => runEmrSimulator(options, { dataDirectory });
  await expect(run({ port: 'eighty' })).rejects.toMatchObject({ message: '--port is not a whole number.' });
  await expect(run({ 'claim-search': 'maybe' })).rejects.toMatchObject({
    message: expect.stringContaining('on nor'),
  });
  await expect(run({ faults: `${faults}.missing` })).rejects.toMatchObject({ code: 'validation_error' });
  writeFileSync(`${faults}.wrong`, '[{"fault":"burn"}]');
  await expect(run({ faults: `${faults}.wrong` })).rejects.toMatchObject({
    message: expect.stringContaining('Rule 0'),
  });
  const simulator = await run({ faults, 'claim-search': 'off', 'calls-per-minute': '500' });
  onTestFinished(() => simulator.stop());
  const connector = connect(simulator.baseUrl);
  expect(await connector.createClaim(requestFor(0))).toMatchObject({
    reasons: [{ code: 'encounter_locked' }],
  });
  await expect(connector.findClaim('m', new AbortController().signal)).rejects.toMatchObject({
    kind: 'rejected',
  });
});
