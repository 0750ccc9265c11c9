/** An EMR without a network: answers from a function, for tests of what is made of answers. */

import type { EmrConnector } from '../../../src/emr/connector.ts';
import { createFhirClient, type FhirClient } from '../../../src/emr/fhir-rest/fhir-client.ts';
import { createFhirConnector } from '../../../src/emr/fhir-rest/fhir-connector.ts';
import type { HttpExchange, HttpRequest } from '../../../src/emr/fhir-rest/http-exchange.ts';
import { createTestClock } from '../api/test-clock.ts';
import { createCountingBudget } from './simulated-practice.ts';

export const scriptedBaseUrl = 'https://emr.example/fhir/r4';

export type Script = (request: HttpRequest) => HttpExchange;

export interface ScriptedEmr {
  readonly client: FhirClient;
  readonly connector: EmrConnector;
  readonly requests: readonly HttpRequest[];
}

export function scriptedEmr(script: Script): ScriptedEmr {
  const clock = createTestClock();
  const requests: HttpRequest[] = [];
  const client = createFhirClient({
    baseUrl: new URL(scriptedBaseUrl),
    budget: createCountingBudget(),
    clock,
    readTimeoutMs: 1_000,
    createTimeoutMs: 1_000,
    send: async (request) => {
      requests.push(request);
      return script(request);
    },
  });
  const limits = { createTimeoutMs: 1_000, settlingMs: 1_000 };
  const connector = createFhirConnector({ client, clock, claimSearch: true, ...limits });
  return { client, connector, requests };
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpExchange {
  return { kind: 'answered', status, headers, body: Buffer.from(JSON.stringify(body)) };
}

/** @param links relation and URL */
export function searchset(
  resources: readonly object[],
  links: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: Object.entries(links).map(([relation, url]) => ({ relation, url })),
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  };
}
