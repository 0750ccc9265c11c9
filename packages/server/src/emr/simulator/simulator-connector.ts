import type { Clock } from '../../platform/clock.ts';
import { type EmrConnectorFactory, EmrReadError } from '../connector.ts';
import { type EmrUrlPolicy, emrUrl, emrUrlProblem } from '../fhir-rest/emr-url.ts';
import { createFhirClient } from '../fhir-rest/fhir-client.ts';
import { createFhirConnector } from '../fhir-rest/fhir-connector.ts';
import { sendHttp } from '../fhir-rest/http-exchange.ts';

export interface SimulatorConnectorOptions {
  readonly clock: Clock;
  /** Where the sandbox's own simulator runs now; for accounts whose settings name none. */
  readonly sandboxUrl: () => string | undefined;
  readonly urlPolicy: EmrUrlPolicy;
  readonly readTimeoutMs?: number;
  readonly createTimeoutMs?: number;
  readonly settlingMs?: number;
}

/**
 * Accounts of the sandbox. Settings: `{ "baseUrl": "http://127.0.0.1:9700/fhir/r4" }`, or `{}` for the sandbox's own
 * simulator, wherever it runs.
 */
export function simulatorConnectorFactory(options: SimulatorConnectorOptions): EmrConnectorFactory {
  const { clock, sandboxUrl, urlPolicy } = options;
  const { readTimeoutMs = 15_000, createTimeoutMs = 20_000, settlingMs = 10_000 } = options;
  return {
    kind: 'simulator',
    checkSettings: (settings) => checkSettings(settings, urlPolicy),
    origins: ({ baseUrl }) => (typeof baseUrl === 'string' ? [new URL(baseUrl).origin] : []),
    placeOf: ({ baseUrl }) => (typeof baseUrl === 'string' ? emrUrl(baseUrl).href : 'sandbox'),
    instanceDomain: ({ baseUrl }) =>
      typeof baseUrl === 'string' && URL.canParse(baseUrl)
        ? new URL(baseUrl).host
        : 'emr-simulator.localhost',
    callsPerMinute: () => undefined,
    open({ settings }, budget) {
      if (checkSettings(settings, urlPolicy).length > 0) {
        throw new EmrReadError('rejected', 'The settings of the account are not usable.');
      }
      const baseUrl = typeof settings.baseUrl === 'string' ? settings.baseUrl : sandboxUrl();
      if (baseUrl === undefined) throw new EmrReadError('unavailable', 'The simulated EMR does not run.');
      const client = createFhirClient({
        baseUrl: emrUrl(baseUrl),
        budget,
        send: sendHttp,
        clock,
        readTimeoutMs,
        createTimeoutMs,
      });
      return createFhirConnector({ client, clock, claimSearch: 'declared', createTimeoutMs, settlingMs });
    },
  };
}

function checkSettings(settings: Readonly<Record<string, unknown>>, policy: EmrUrlPolicy) {
  const unknown = Object.keys(settings).filter((field) => field !== 'baseUrl');
  const problem = settings.baseUrl === undefined ? undefined : emrUrlProblem(settings.baseUrl, policy);
  return [
    ...unknown.map((field) => ({ field, message: 'The simulator has no such setting; remove it.' })),
    ...(problem === undefined ? [] : [{ field: 'baseUrl', message: problem }]),
  ];
}
