import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../scripts/generated-files.ts';
import { sandboxOpenApi } from '../scripts/openapi-document.ts';
import { errorCodes } from '../src/platform/errors.ts';
import { addOwnFormats } from '../src/platform/http/formats.ts';
import { decisionStates, workflowStates } from '../src/prior-authorization/lifecycle.ts';
import { documentedExamples } from './support/api/documented-examples.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Media };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Media }>>;
}

type Media = Readonly<Record<string, { readonly schema: unknown; readonly examples?: object }>>;

interface Document {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The endpoints of the contracts' own tables (seeds; claims.md, 4, 5.1 and 5.6), and those of ours that clients lean on. */
const contractEndpoints = [
  'GET /v1/prior-auth/authorizations',
  'POST /v1/prior-auth/authorizations',
  'GET /v1/prior-auth/authorizations/{authorizationId}',
  'PATCH /v1/prior-auth/authorizations/{authorizationId}',
  'POST /v1/prior-auth/authorizations/{authorizationId}/preview',
  'POST /v1/prior-auth/authorizations/{authorizationId}/attachments',
  'DELETE /v1/prior-auth/authorizations/{authorizationId}/attachments/{attachmentId}',
  'POST /v1/prior-auth/authorizations/{authorizationId}/submit',
  'POST /v1/prior-auth/authorizations/{authorizationId}/cancel',
  'GET /v1/prior-auth/authorizations/{authorizationId}/events',
  'GET /v1/prior-auth/authorizations/{authorizationId}/artifacts',
  'POST /v1/prior-auth/authorizations/{authorizationId}/actions/{actionId}/resolve',
  'POST /v1/files',
  'PUT /v1/files/{fileId}/content',
  'POST /v1/files/{fileId}/complete',
  'GET /v1/files/{fileId}',
  'POST /v1/sandbox/prior-auth/authorizations/{authorizationId}/payer-events',
  'GET /v1/payers',
  'GET /health',
  'POST /v1/claims',
  'GET /v1/claims',
  'GET /v1/claims/{claim_id}',
  'GET /v1/appointments',
  'GET /v1/appointment/{appointment_id}',
  'GET /v1/settings',
  'POST /v1/settings',
  'POST /v1/webhook',
  'GET /v1/webhook',
  'DELETE /v1/webhook/{webhook_id}',
  'POST /v1/webhook/rotate-secret',
  'POST /v1/webhook/{webhook_id}/rotate-secret',
  'GET /v1/webhook-events',
];

/** The operations of the claims API, by the headers they take (contract claims.md, 3.1). */
const byClient = [
  'registerWebhook',
  'listWebhooks',
  'removeWebhook',
  'rotateSharedWebhookSecret',
  'rotateSecretOfWebhook',
];
const byAccount = [
  'createClaim',
  'listClaims',
  'getClaim',
  'listAppointments',
  'getAppointment',
  'getSettings',
  'changeSettings',
  'listWebhookEvents',
];

/** Whose whole bodies the reference shows. */
const illustratedOperations = [
  'createAuthorization',
  'updateAuthorization',
  'getAuthorization',
  'previewAuthorization',
  'addAttachment',
  'submitAuthorization',
  'resolveAction',
  'injectPayerEvent',
  'createFile',
  'completeFile',
  'getFile',
  ...byClient,
  ...byAccount,
  'linkAccount',
  'getLinkedAccount',
  'listLinkedAccounts',
  'relinkAccount',
  'createWebhookEndpoint',
  'getWebhookEndpoint',
  'listWebhookEndpoints',
  'listWebhookDeliveries',
];

let text: string;
let document: Document;
let operations: readonly (readonly [string, Operation])[];

beforeAll(async () => {
  text = await sandboxOpenApi();
  document = JSON.parse(text);
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  );
});

/** Names of the operations that do not hold to a rule. */
function offenders(isRight: (operation: Operation) => boolean): string[] {
  return operations.filter(([, operation]) => !isRight(operation)).map(([name]) => name);
}

function isEmptyBody(media: Media[string] | undefined): boolean {
  return !JSON.stringify(media?.schema).includes('$ref');
}

/** True when the schema, or one it refers to, shows an example or has nothing to show. */
function isIllustrated(schema: unknown): boolean {
  const json = JSON.stringify(schema);
  if (json.includes('"examples":') || !/"(?:\$ref|properties":\{")/.test(json)) return true;
  return [...json.matchAll(/"#\/components\/schemas\/(\w+)"/g)].some(([, name = '']) =>
    isIllustrated(document.components.schemas?.[name]),
  );
}

describe('the OpenAPI document', () => {
  test('is the committed openapi.json', async () => {
    expect(await readFile(join(repository, 'packages/server/openapi.json'), 'utf8')).toBe(text);
  });

  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    // The validator resolves references in the object it is given.
    const result = await validator.validate(JSON.parse(text));
    expect(result.errors ?? []).toEqual([]);
    expect([result.valid, validator.version]).toEqual([true, '3.1']);
  });

  test('has every endpoint of the contract', () => {
    expect(operations.map(([name]) => name)).toEqual(expect.arrayContaining(contractEndpoints));
  });

  test('gives each operation an id of its own, a summary and one of the declared tags', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(ids.filter((id, index) => !/^[a-z]+[A-Za-z]+$/.test(id) || ids.indexOf(id) !== index)).toEqual([]);
    const tags = document.tags.map(({ name }) => name);
    expect(offenders(({ tags: own }) => own.length === 1 && own.every((tag) => tags.includes(tag)))).toEqual(
      [],
    );
    expect(offenders(({ summary }) => /^[A-Z].{5,}[^.]$/.test(summary))).toEqual([]);
  });

  test('describes a success and the failures of each operation', () => {
    expect(offenders(({ responses }) => Object.keys(responses).some((status) => /^2/.test(status)))).toEqual(
      [],
    );
    expect(offenders(({ responses }) => '500' in responses)).toEqual([]);
    expect(
      offenders(({ responses }) => Object.values(responses).every((one) => one.description !== '')),
    ).toEqual([]);
    const behindBearer = operations.filter(([, { security }]) => security?.length !== 0);
    expect(behindBearer.filter(([, { responses }]) => !('401' in responses && '403' in responses))).toEqual(
      [],
    );
    const open = operations.filter((operation) => !behindBearer.includes(operation));
    expect(open.map(([name]) => name)).toEqual(['GET /health', 'GET /ready']);
  });

  test('asks for a client on the claims API, and for an account where one is concerned', () => {
    const withSchemes = (wanted: string) =>
      operations
        .filter(([, { security = [] }]) => security.some((one) => Object.keys(one).join() === wanted))
        .map(([, { operationId }]) => operationId)
        .sort();
    expect(withSchemes('ClientCredentials,ClientSecret')).toEqual(byClient.toSorted());
    expect(withSchemes('ClientCredentials,ClientSecret,AccessToken')).toEqual(byAccount.toSorted());
  });

  test('shows an example of each path parameter and each request body', () => {
    expect(
      offenders(({ parameters = [] }) =>
        parameters.every((one) => one.in !== 'path' || one.example !== undefined),
      ),
    ).toEqual([]);
    expect(
      offenders(({ requestBody }) =>
        Object.values(requestBody?.content ?? {}).every(({ schema }) => isIllustrated(schema)),
      ),
    ).toEqual([]);
  });

  test('shows whole bodies of the main operations, as they are sent and answered', () => {
    const main = operations.filter(([, { operationId }]) => illustratedOperations.includes(operationId));
    expect(main).toHaveLength(illustratedOperations.length);
    const lacking = main.filter(([, { requestBody, responses }]) => {
      const takesBody = requestBody !== undefined && !isEmptyBody(requestBody.content['application/json']);
      const answers = Object.values(responses).filter(
        ({ content }) => content?.['application/json']?.examples !== undefined,
      );
      const sent = requestBody?.content['application/json']?.examples;
      return answers.length === 0 || (takesBody && sent === undefined);
    });
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  test('shows no example that its own schema would refuse', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
    addOwnFormats(ajv);
    ajv.addFormat('uri', (value: string) => URL.canParse(value)).addFormat('binary', true);
    ajv.addSchema(JSON.parse(text), 'document');
    const examples = documentedExamples(document);
    expect(examples.length).toBeGreaterThan(100);
    const refused = examples.filter(({ schemaPointer, value }) => {
      const validate = ajv.getSchema(`document#${schemaPointer}`);
      return validate === undefined || validate(value) !== true;
    });
    expect(refused).toEqual([]);
  });

  test('lists every state and every error code', () => {
    expect(document.components.schemas?.Authorization).toMatchObject({
      properties: {
        workflowState: { enum: [...workflowStates] },
        decisionState: { enum: [...decisionStates] },
      },
    });
    expect(document.components.schemas?.Error).toMatchObject({
      properties: { code: { enum: [...errorCodes] } },
    });
  });

  test('names only formats that everybody knows', () => {
    const formats = new Set([...text.matchAll(/"format": "([^"]+)"/g)].map(([, format]) => format));
    expect([...formats].sort()).toEqual(['binary', 'date', 'date-time', 'uri']);
  });

  test('tells the variants of a union apart by components of their own', () => {
    expect(document.components.schemas?.PayerEvent).toMatchObject({
      discriminator: {
        propertyName: 'type',
        mapping: {
          approval: '#/components/schemas/PayerApproval',
          denial: '#/components/schemas/PayerDenial',
          more_info_request: '#/components/schemas/PayerInformationRequest',
        },
      },
      oneOf: ['PayerApproval', 'PayerDenial', 'PayerInformationRequest'].map((name) => ({
        $ref: `#/components/schemas/${name}`,
      })),
    });
  });

  test('refers to every component and has every component it refers to', () => {
    const referred = new Set(
      [...text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)].map(([, kind, name]) => `${kind}/${name}`),
    );
    const { securitySchemes, ...others } = document.components;
    const declared = Object.entries(others).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `${kind}/${name}`),
    );
    expect([...referred].sort()).toEqual(declared.sort());
    const used = operations.flatMap(([, { security = [{ bearer: [] }] }]) => security.flatMap(Object.keys));
    expect(Object.keys(securitySchemes ?? {}).sort()).toEqual([...new Set(used)].sort());
  });
});
