/** A simulated EMR and a connector to it, of either kind; each test starts its own. */

import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CallBudget, EmrConnector, EmrConnectorFactory } from '../../../src/emr/connector.ts';
import { fhirConnectorFactory } from '../../../src/emr/fhir/fhir-connector-factory.ts';
import { defaultScopes } from '../../../src/emr/fhir/settings.ts';
import {
  type EmrSimulator,
  type EmrSimulatorOptions,
  startEmrSimulator,
} from '../../../src/emr/simulator/emr-simulator.ts';
import { simulatorConnectorFactory } from '../../../src/emr/simulator/simulator-connector.ts';
import { createTestClock, type TestClock } from '../api/test-clock.ts';

export interface SimulatedPractice {
  readonly simulator: EmrSimulator;
  readonly connector: EmrConnector;
  readonly clock: TestClock;
  readonly directory: string;
  /** Of the connector's calls. */
  readonly budget: CountingBudget;
  readonly factory: EmrConnectorFactory;
  /** As an account has them; FHIR with SMART, or the simulator's without. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface PracticeOptions {
  readonly simulator?: Omit<EmrSimulatorOptions, 'directory' | 'clock' | 'smart'>;
  readonly createTimeoutMs?: number;
  readonly readTimeoutMs?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export type StartPractice = (options?: PracticeOptions) => Promise<SimulatedPractice>;

/** Ample: a test that waits for time to run out sets its own. */
const patientMs = 20_000;

export interface CountingBudget extends CallBudget {
  readonly calls: () => number;
  readonly pauses: readonly number[];
}

/** Lets every call pass, and remembers. */
export function createCountingBudget(): CountingBudget {
  let calls = 0;
  const pauses: number[] = [];
  return {
    calls: () => calls,
    pauses,
    take: async () => {
      calls += 1;
    },
    pause: async (forMs) => {
      pauses.push(forMs);
    },
  };
}

/** An account of kind `simulator`. */
export const startSimulatorPractice: StartPractice = async (options = {}) => {
  const { clock, directory, simulator } = await startSimulator(options.simulator ?? {});
  const { createTimeoutMs = patientMs, readTimeoutMs = patientMs } = options;
  const factory = simulatorConnectorFactory({
    clock,
    sandboxUrl: () => undefined,
    urlPolicy: { allowInsecure: false },
    createTimeoutMs,
    readTimeoutMs,
  });
  return practice({ clock, directory, simulator, factory, settings: { baseUrl: simulator.baseUrl } });
};

export const testOrganizationId = 'org_1';
export const testClientId = 'precert-test-app';
export const testKeyId = 'key-1';
export const testKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** An account of kind `fhir`, logged in by SMART Backend Services. */
export const startFhirPractice: StartPractice = async (options = {}) => {
  const jwk = { ...testKeys.publicKey.export({ format: 'jwk' }), kid: testKeyId, alg: 'RS384', use: 'sig' };
  const smart = { clients: [{ clientId: testClientId, jwks: { keys: [jwk] }, scopes: defaultScopes }] };
  const { clock, directory, simulator } = await startSimulator({ ...options.simulator, smart });
  const keys = join(directory, testOrganizationId);
  mkdirSync(keys);
  writeFileSync(join(keys, 'key.pem'), testKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const { createTimeoutMs = patientMs, readTimeoutMs = patientMs } = options;
  let assertions = 0;
  const factory = fhirConnectorFactory({
    clock,
    nextId: () => `assertion-${++assertions}`,
    keysDirectory: directory,
    urlPolicy: { allowInsecure: false },
    openOrigins: [],
    createTimeoutMs,
    readTimeoutMs,
  });
  const settings = {
    baseUrl: simulator.baseUrl,
    clientId: testClientId,
    keyId: testKeyId,
    privateKeyFile: 'key.pem',
    ...options.settings,
  };
  return practice({ clock, directory, simulator, factory, settings });
};

function practice(parts: Omit<SimulatedPractice, 'connector' | 'budget'>): SimulatedPractice {
  const budget = createCountingBudget();
  const account = { organizationId: testOrganizationId, accountId: 'acc_1', settings: parts.settings };
  return { ...parts, budget, connector: parts.factory.open(account, budget) };
}

async function startSimulator(options: Omit<EmrSimulatorOptions, 'directory' | 'clock'>) {
  const clock = createTestClock();
  const directory = mkdtempSync(join(tmpdir(), 'precert-emr-'));
  const simulator = await startEmrSimulator({ ...options, directory, clock });
  onTestFinished(async () => {
    await simulator.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return { clock, directory, simulator };
}
