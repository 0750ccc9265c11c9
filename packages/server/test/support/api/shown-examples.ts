/** The whole bodies that the reference shows, and whether what the server answers looks like them. */

import { expect } from 'vitest';
import type { Answer, ApiClient } from './api-client.ts';
import { readOpenApi } from './documented-operations.ts';

/** An operation's examples, as the reference shows them. */
export interface Shown {
  readonly request: Answer['body'];
  readonly answer: Answer['body'];
  /** By status, then by name. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, Answer['body']>>>>;
}

/** @param sent which of several requests */
export type ShownExamples = (operationId: string, sent?: string) => Shown;

export async function readShownExamples(client: ApiClient): Promise<ShownExamples> {
  const document: Answer['body'] = await readOpenApi(client);
  const paths: Answer['body'][] = Object.values(document.paths);
  const operations: Answer['body'][] = paths.flatMap((path) => Object.values(path));
  return (operationId, sent) => {
    const { requestBody, responses } = operations.find((operation) => operation.operationId === operationId);
    const answers = Object.fromEntries(
      Object.entries<Answer['body']>(responses).flatMap(([status, { content }]) => {
        const examples = content?.['application/json'].examples;
        return examples === undefined ? [] : [[status, valuesOf(examples)]];
      }),
    );
    const success = Object.keys(answers).find((status) => status.startsWith('2')) ?? '';
    return {
      request: first(valuesOf(requestBody?.content['application/json']?.examples ?? {}), sent),
      answer: first(answers[success] ?? {}),
      answers,
    };
  };
}

function valuesOf(examples: Answer['body']): Record<string, Answer['body']> {
  const named = Object.entries<Answer['body']>(examples);
  return Object.fromEntries(named.map(([name, { value }]) => [name, value]));
}

function first(examples: Readonly<Record<string, Answer['body']>>, name = Object.keys(examples)[0] ?? '') {
  return examples[name];
}

/**
 * The example has the answer's fields, no fewer and no more, and its values; lists may be cut short, and what is FHIR
 * may leave fields out.
 * @param ownValue fields, by their dotted path, whose values differ from run to run
 */
export function expectAsShown(
  real: Answer['body'],
  example: Answer['body'],
  ownValue: RegExp,
  where = '',
): void {
  if (Array.isArray(example)) {
    expect(real.length > 0, `whether ${where} holds anything`).toBe(example.length > 0);
    for (const [index, item] of example.entries())
      expectAsShown(real[index], item, ownValue, `${where}.${index}`);
  } else if (typeof example === 'object' && example !== null) {
    const isFhir = /questionnaire/.test(where);
    if (!isFhir) expect(Object.keys(real).sort(), where).toEqual(Object.keys(example).sort());
    for (const [field, value] of Object.entries(example)) {
      expectAsShown(real[field], value, ownValue, where === '' ? field : `${where}.${field}`);
    }
  } else if (example !== null && ownValue.test(where)) {
    expect(typeof real, where).toBe(typeof example);
  } else {
    expect(real, where).toEqual(example);
  }
}
