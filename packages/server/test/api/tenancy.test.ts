import { beforeAll, describe, expect, test } from 'vitest';
import { revokeCredential } from '../../src/identity/credential-queries.ts';
import { issueCredential } from '../../src/identity/issue-credential.ts';
import { mintToken } from '../../src/identity/token.ts';
import { exchange } from '../../src/platform/http/testing/raw-connection.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach, readCase, sendPayerEvent } from '../support/api/case-record.ts';
import {
  idPositions,
  type OpenApiDocument,
  type Operation,
  operationsOf,
  pathOf,
  readOpenApi,
  unknownIdLike,
} from '../support/api/documented-operations.ts';
import {
  adakveoCase,
  approval,
  authorizationsPath,
  createCase,
  createCaseInState,
  denial,
  informationRequest,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { tableContents } from '../support/api/table-contents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { openSession } from '../support/api/upload-session.ts';
import { credentialOf } from '../support/identity/credential-of.ts';
import { createEndpoint, endpointsPath, listDeliveries } from '../support/webhooks/webhook-tenant.ts';

const server = useTestServer();
let document: OpenApiDocument;
let guarded: readonly Operation[];

beforeAll(async () => {
  const client = await server().newOrganization();
  document = await readOpenApi(client);
  guarded = operationsOf(document).filter(({ credentials }) => credentials === 'bearer');
});

const nothing = { status: 0, headers: new Headers(), body: undefined };

/** A request written by hand: header lines as given, an empty JSON object where a body belongs. */
async function callRaw(operation: Operation, headerLines: string, query = ''): Promise<Answer> {
  const body = operation.body === undefined ? '' : '{}';
  const framing = operation.method === 'GET' ? '' : `Content-Length: ${body.length}\r\n`;
  const type = operation.body === undefined ? '' : 'Content-Type: application/json\r\n';
  const answer = await exchange(
    Number(new URL(server().baseUrl).port),
    `${operation.method} ${pathOf(operation)}${query} HTTP/1.1\r\nHost: localhost\r\n${headerLines}${framing}${type}\r\n${body}`,
  );
  if (answer === undefined) return nothing;
  const headers = new Headers([...answer.headers]);
  return { status: answer.status, headers, body: answer.body === '' ? undefined : JSON.parse(answer.body) };
}

describe('every route under /v1', () => {
  test('needs a bearer; only health and readiness are open', () => {
    expect(guarded.length).toBeGreaterThanOrEqual(20);
    expect(guarded.every(({ path }) => path.startsWith('/v1/'))).toBe(true);
    const open = operationsOf(document).filter(({ credentials }) => credentials === 'none');
    expect(open.map(({ path }) => path).toSorted()).toEqual(['/health', '/ready']);
  });

  const bearer = (token: string) => `Authorization: Bearer ${token}\r\n`;
  const refused: readonly (readonly [name: string, lines: (token: string) => string])[] = [
    ['no token', () => ''],
    ['an empty header', () => 'Authorization:\r\n'],
    ['a scheme alone', () => 'Authorization: Bearer\r\n'],
    ['a scheme and blanks', () => 'Authorization: Bearer    \r\n'],
    ['another scheme', (token) => `Authorization: Basic ${token}\r\n`],
    ['no scheme', (token) => `Authorization: ${token}\r\n`],
    ['two headers', (token) => bearer(token) + bearer('other')],
    ['the same header twice', (token) => bearer(token) + bearer(token)],
    ['two tokens in one header', (token) => `Authorization: Bearer ${token}, Bearer ${token}\r\n`],
    ['a token and something', (token) => `Authorization: Bearer ${token} x\r\n`],
    [
      'a token in another header',
      (token) => `X-Api-Key: ${token}\r\nProxy-Authorization: Bearer ${token}\r\n`,
    ],
    ['garbage', () => bearer('garbage')],
    ['quotes', (token) => bearer(`"${token}"`)],
    ['a token cut short', (token) => bearer(token.slice(0, -1))],
    ['a token made longer', (token) => bearer(`${token}0`)],
    ['a token in upper case', (token) => bearer(token.toUpperCase())],
    ['a wrong checksum', (token) => bearer(token.slice(0, -1) + (token.endsWith('0') ? '1' : '0'))],
    ['a token nobody was given', () => bearer(mintToken('sandbox'))],
    ['10 KB', () => bearer('a'.repeat(10_240))],
    ['a letter outside ASCII', (token) => bearer(`${token.slice(0, -1)}é`)],
    ['a line break inside', (token) => bearer(`${token.slice(0, 30)}\r\nX-Rest: ${token.slice(30)}`)],
  ];

  async function expectUnauthorized(headerLines: string, query = '') {
    const rows = await tableContents(server().database);
    for (const operation of guarded) {
      const answer = await callRaw(operation, headerLines, query);
      expect([operation.operationId, answer.status, answer.body]).toEqual([
        operation.operationId,
        401,
        {
          code: 'unauthorized',
          message: 'A valid bearer token is needed: `Authorization: Bearer <token>`.',
          requestId: answer.headers.get('x-request-id'),
          retryable: false,
        },
      ]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(await tableContents(server().database)).toEqual(rows);
  }

  test.each(refused)('answers 401 to %s', async (_name, lines) => {
    const { bearerToken } = await server().newOrganization();
    await expectUnauthorized(lines(bearerToken));
  });

  test.each(['token', 'access_token', 'authorization'])('answers 401 to a token as ?%s=', async (name) => {
    const { bearerToken } = await server().newOrganization();
    await expectUnauthorized('', `?${name}=${bearerToken}`);
  });

  test.each([
    ['U+0000', '\0'],
    ['a bare carriage return', '\r'],
    ['a bare line feed and no header after it', '\nBearer'],
  ])('answers 400 to a token with %s, which is no HTTP', async (_name, character) => {
    const { bearerToken } = await server().newOrganization();
    for (const operation of guarded) {
      const answer = await callRaw(operation, bearer(`${bearerToken.slice(0, 30)}${character}`));
      expect([operation.operationId, answer.status]).toEqual([operation.operationId, 400]);
    }
  });

  test('answers 401 to a token within a second of its revocation', async () => {
    const { database, app } = server();
    const { identity } = app;
    const { organizationId } = await server().newOrganization();
    const issued = await issueCredential(database, identity, {
      organizationId,
      name: 'to be revoked',
      scope: 'read',
    });
    const header = bearer(issued.bearerToken);
    const [first] = guarded;
    if (first === undefined) throw new Error('No guarded operation.');
    expect((await callRaw(first, header)).status).not.toBe(401);
    await revokeCredential(database, organizationId, issued.credentialId, server().clock.now());
    server().clock.advance(1_000);
    for (const operation of guarded) {
      const { status } = await callRaw(operation, header);
      expect([operation.operationId, status]).toEqual([operation.operationId, 401]);
    }
  });

  test('answers 403 to a token of the other environment, known or not', async () => {
    for (const operation of guarded) {
      const answer = await callRaw(operation, bearer(mintToken('production')));
      expect([operation.operationId, answer.status, answer.body.code]).toEqual([
        operation.operationId,
        403,
        'insufficient_permissions',
      ]);
    }
  });

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR  '])(
    'takes a token under the scheme "%s"',
    async (scheme) => {
      const { bearerToken } = await server().newOrganization();
      for (const operation of guarded) {
        const { status } = await callRaw(operation, `Authorization: ${scheme} ${bearerToken}\r\n`);
        expect([operation.operationId, [200, 201, 400, 404].includes(status), status]).toEqual([
          operation.operationId,
          true,
          status,
        ]);
      }
    },
  );
});

interface Party {
  readonly client: ApiClient;
  readonly authorizationId: string;
  /** A case that awaits its payer. */
  readonly pendingId: string;
  readonly attachmentId: string;
  readonly actionId: string;
  readonly fileId: string;
  /** An upload session that awaits its bytes. */
  readonly sessionId: string;
  readonly payerDocumentId: string;
  readonly credentialId: string;
  readonly webhookEndpointId: string;
  /** To that endpoint. */
  readonly deliveryId: string;
  readonly accountId: string;
}

async function createParty(): Promise<Party> {
  const client = await server().newOrganization();
  const { id: webhookEndpointId } = await createEndpoint(client, {
    url: 'https://clinic.example/',
    eventTypes: ['prior_auth.authorization.created'],
  });
  const asked = await createCaseInState(client, 'action_required');
  const pending = await createCaseInState(client, 'pending_payer');
  const fileId = await uploadFile(client);
  const attachment = succeed(await attach(client, asked.id, { fileId, label: 'Note' }));
  return {
    client,
    authorizationId: asked.id,
    pendingId: pending.id,
    attachmentId: attachment.id,
    actionId: asked.actions[0].id,
    fileId,
    sessionId: (await openSession(client)).id,
    payerDocumentId: await uploadFile(client, { purpose: 'sandbox_payer_document' }),
    credentialId: (await credentialOf(server(), client, { scope: 'read' })).credentialId,
    webhookEndpointId,
    deliveryId: (await listDeliveries(client, webhookEndpointId))[0].id,
    accountId: succeed(await client.call('POST', accountsPath, { connector: 'simulator', settings: {} })).id,
  };
}

/** How a stranger tries an id in one position, all else being the stranger's own. */
interface Attempt {
  readonly ownersId: (owner: Party) => string;
  readonly notFound: string;
  readonly try: (stranger: Party, id: string) => Promise<Answer>;
}

/** The positions where another organization's value is no id of a thing, with the test that shows so. */
const elsewhere: Readonly<Record<string, string>> = {
  'getPayer path payerId': 'the catalog is the same for all',
  'createAuthorization body coverage.payerId': 'the catalog is the same for all',
  'updateAuthorization body coverage.payerId': 'the catalog is the same for all',
  'createAuthorization body coverage.memberId': 'names a person at a payer, not a thing of ours',
  'updateAuthorization body coverage.memberId': 'names a person at a payer, not a thing of ours',
  'createAuthorization idempotency key': 'idempotency keys, below',
  'submitAuthorization idempotency key': 'idempotency keys, below',
  'listAuthorizations cursor': 'cursors, below',
  'listEvents cursor': 'cursors, below',
  'listArtifacts cursor': 'cursors, below',
  'listSubmissions cursor': 'cursors, below',
  'listPayers cursor': 'lists.test.ts',
  'listCredentials cursor': 'credentials.test.ts',
  'listWebhookEndpoints cursor': 'cursors, below',
  'listWebhookDeliveries cursor': 'cursors, below',
  'listLinkedAccounts cursor': 'claims/linked-accounts.test.ts',
  'linkAccount body accessTokenReferenceId': 'names the account in the customer’s own words',
  'createClaim body appointment_id': 'claims/create-claim.test.ts',
  'changeSettings body access_token_reference_id': 'names the account in the customer’s own words',
  'getClaim path claim_id': 'claims/reading.test.ts',
  'getAppointment path appointment_id': 'claims/reading.test.ts',
  'removeWebhook path webhook_id': 'claims/vendor-webhooks.test.ts',
  'rotateSecretOfWebhook path webhook_id': 'claims/vendor-webhooks.test.ts',
  'listAuditEntries cursor': 'audit.test.ts',
};

const inPath =
  (method: string, suffix: string, body?: object): Attempt['try'] =>
  ({ client }, id) =>
    client.call(method, `${authorizationsPath}/${id}${suffix}`, body);

const ofCase = (method: string, suffix: string, body?: object): Attempt => ({
  ownersId: ({ authorizationId }) => authorizationId,
  notFound: 'authorization_not_found',
  try: inPath(method, suffix, body),
});

const ofFile = (attempt: Attempt['try']): Attempt => ({
  ownersId: ({ fileId }) => fileId,
  notFound: 'file_not_found',
  try: attempt,
});

const ofSession = (attempt: Attempt['try']): Attempt => ({
  ownersId: ({ sessionId }) => sessionId,
  notFound: 'file_not_found',
  try: attempt,
});

const accountsPath = '/v1/linked-accounts';

const ofAccount = (method: string, suffix: string, body?: object): Attempt => ({
  ownersId: ({ accountId }) => accountId,
  notFound: 'linked_account_not_found',
  try: ({ client }, id) => client.call(method, `${accountsPath}/${id}${suffix}`, body),
});

const ofEndpoint = (method: string, suffix: string, body?: object): Attempt => ({
  ownersId: ({ webhookEndpointId }) => webhookEndpointId,
  notFound: 'webhook_endpoint_not_found',
  try: ({ client }, id) => client.call(method, `${endpointsPath}/${id}${suffix}`, body),
});

const answerFile = (url: string) => ({
  questionnaireResponse: { item: [{ linkId: 'note', answer: [{ valueAttachment: { url } }] }] },
});

const attempts: Readonly<Record<string, Attempt>> = {
  'createAuthorization body valueAttachment.url': ofFile(({ client }, id) =>
    client.call('POST', authorizationsPath, { ...adakveoCase, ...answerFile(id) }),
  ),
  'getAuthorization path authorizationId': ofCase('GET', ''),
  'updateAuthorization path authorizationId': ofCase('PATCH', '', { patient: { firstName: 'Eve' } }),
  'updateAuthorization body valueAttachment.url': ofFile(({ client, authorizationId }, id) =>
    client.call('PATCH', `${authorizationsPath}/${authorizationId}`, answerFile(id)),
  ),
  'listEvents path authorizationId': ofCase('GET', '/events'),
  'listArtifacts path authorizationId': ofCase('GET', '/artifacts'),
  'listSubmissions path authorizationId': ofCase('GET', '/submissions'),
  'previewAuthorization path authorizationId': ofCase('POST', '/preview'),
  'submitAuthorization path authorizationId': ofCase('POST', '/submit'),
  'cancelAuthorization path authorizationId': ofCase('POST', '/cancel', { reason: 'Mine now' }),
  'addAttachment path authorizationId': {
    ...ofCase('POST', '/attachments'),
    try: ({ client, fileId }, id) => attach(client, id, { fileId, label: 'Mine' }),
  },
  'addAttachment body fileId': ofFile(({ client, authorizationId }, id) =>
    attach(client, authorizationId, { fileId: id, label: 'Theirs' }),
  ),
  'removeAttachment path authorizationId': {
    ...ofCase('DELETE', ''),
    try: ({ client, attachmentId }, id) =>
      client.call('DELETE', `${authorizationsPath}/${id}/attachments/${attachmentId}`),
  },
  'removeAttachment path attachmentId': {
    ownersId: ({ attachmentId }) => attachmentId,
    notFound: 'attachment_not_found',
    try: ({ client, authorizationId }, id) =>
      client.call('DELETE', `${authorizationsPath}/${authorizationId}/attachments/${id}`),
  },
  'resolveAction path authorizationId': {
    ...ofCase('POST', ''),
    try: ({ client, actionId }, id) =>
      client.call('POST', `${authorizationsPath}/${id}/actions/${actionId}/resolve`, {}),
  },
  'resolveAction path actionId': {
    ownersId: ({ actionId }) => actionId,
    notFound: 'action_not_found',
    try: ({ client, authorizationId }, id) =>
      client.call('POST', `${authorizationsPath}/${authorizationId}/actions/${id}/resolve`, {}),
  },
  'resolveAction body attachmentIds': {
    ownersId: ({ attachmentId }) => attachmentId,
    notFound: 'attachment_not_found',
    try: ({ client, authorizationId, actionId, attachmentId }, id) =>
      client.call('POST', `${authorizationsPath}/${authorizationId}/actions/${actionId}/resolve`, {
        attachmentIds: [attachmentId, id],
      }),
  },
  'uploadFileContent path fileId': ofSession(({ client }, id) =>
    client.send(`/v1/files/${id}/content`, {
      method: 'PUT',
      headers: { 'content-type': 'application/pdf' },
      body: '%PDF-1.7 of somebody else',
    }),
  ),
  'completeFile path fileId': ofSession(({ client }, id) => client.call('POST', `/v1/files/${id}/complete`)),
  'getFile path fileId': ofFile(({ client }, id) => client.call('GET', `/v1/files/${id}`)),
  'downloadFile path fileId': ofFile(({ client }, id) =>
    client.call('GET', `/v1/files/${id}/download?expires=1773421500&signature=${'a'.repeat(43)}`),
  ),
  'revokeCredential path credentialId': {
    ownersId: ({ credentialId }) => credentialId,
    notFound: 'credential_not_found',
    try: ({ client }, id) => client.call('DELETE', `/v1/credentials/${id}`),
  },
  'getLinkedAccount path accountId': ofAccount('GET', ''),
  'relinkAccount path accountId': ofAccount('POST', '/relink', { rotateToken: true }),
  'unlinkAccount path accountId': ofAccount('DELETE', ''),
  'getWebhookEndpoint path webhookEndpointId': ofEndpoint('GET', ''),
  'updateWebhookEndpoint path webhookEndpointId': ofEndpoint('PATCH', '', { description: 'Mine now' }),
  'deleteWebhookEndpoint path webhookEndpointId': ofEndpoint('DELETE', ''),
  'rotateWebhookSecret path webhookEndpointId': ofEndpoint('POST', '/rotate-secret', { overlapHours: 0 }),
  'enableWebhookEndpoint path webhookEndpointId': ofEndpoint('POST', '/enable'),
  'listWebhookDeliveries path webhookEndpointId': ofEndpoint('GET', '/deliveries'),
  'replayWebhookEvents path webhookEndpointId': ofEndpoint('POST', '/replay', {
    from: '2026-03-13T00:00:00Z',
    to: '2026-03-14T00:00:00Z',
  }),
  'resendWebhookDelivery path webhookEndpointId': {
    ...ofEndpoint('POST', ''),
    try: ({ client, deliveryId }, id) =>
      client.call('POST', `${endpointsPath}/${id}/deliveries/${deliveryId}/resend`),
  },
  'resendWebhookDelivery path deliveryId': {
    ownersId: ({ deliveryId }) => deliveryId,
    notFound: 'webhook_delivery_not_found',
    try: ({ client, webhookEndpointId }, id) =>
      client.call('POST', `${endpointsPath}/${webhookEndpointId}/deliveries/${id}/resend`),
  },
  'injectPayerEvent path authorizationId': {
    ownersId: ({ pendingId }) => pendingId,
    notFound: 'authorization_not_found',
    try: ({ client, payerDocumentId }, id) => sendPayerEvent(client, id, approval(payerDocumentId)),
  },
  'injectPayerEvent body documentFileId': {
    ownersId: ({ payerDocumentId }) => payerDocumentId,
    notFound: 'file_not_found',
    try: async ({ client, pendingId }, id) => {
      const events = [approval(id), denial(id), informationRequest(id)];
      const answers = await Promise.all(events.map((event) => sendPayerEvent(client, pendingId, event)));
      return answers.find(({ status }) => status !== 404) ?? answers[0] ?? nothing;
    },
  },
};

/** Positions of ids in the document for which there is neither an attempt nor a reason. */
function untriedPositions(described: OpenApiDocument): readonly string[] {
  return operationsOf(described)
    .flatMap((operation) =>
      idPositions(operation, described).map((position) => `${operation.operationId} ${position}`),
    )
    .filter((position) => attempts[position] === undefined && elsewhere[position] === undefined);
}

describe('another organization’s id', () => {
  let owner: Party;
  let stranger: Party;
  beforeAll(async () => {
    [owner, stranger] = [await createParty(), await createParty()];
  }, 120_000);

  test('is tried in every place the document knows, and in no place it does not know', () => {
    expect(untriedPositions(document)).toEqual([]);
    const known = operationsOf(document).flatMap((operation) =>
      idPositions(operation, document).map((position) => `${operation.operationId} ${position}`),
    );
    const tried = [...Object.keys(attempts), ...Object.keys(elsewhere)];
    expect(tried.filter((position) => !known.includes(position))).toEqual([]);
  });

  test('is missed by that when a route, a field or a cursor is new', () => {
    const post = {
      operationId: 'createThing',
      parameters: [
        { in: 'path', name: 'thingId' },
        { in: 'query', name: 'cursor' },
        { in: 'header', name: 'Idempotency-Key' },
      ] as const,
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
    };
    const items = { type: 'object', properties: { fileId: {} } };
    const properties = { ownerIds: {}, parts: { type: 'array', items }, name: {} };
    const changed: OpenApiDocument = {
      paths: { ...document.paths, '/v1/things/{thingId}': { post } },
      components: { schemas: { ...document.components.schemas, Thing: { oneOf: [{ properties }] } } },
    };
    expect(untriedPositions(changed)).toEqual([
      'createThing path thingId',
      'createThing cursor',
      'createThing idempotency key',
      'createThing body ownerIds',
      'createThing body parts.fileId',
    ]);
  });

  test.each(Object.keys(attempts))(
    'in %s is not found, as one that nobody has, and changes nothing',
    async (position) => {
      const attempt = attempts[position];
      if (attempt === undefined) throw new Error('There is such an attempt.');
      const rows = await tableContents(server().database);
      const before = await readCase(owner.client, owner.authorizationId);
      const id = attempt.ownersId(owner);
      const theirs = await attempt.try(stranger, id);
      const nobodys = await attempt.try(stranger, unknownIdLike(id));
      expect([theirs.status, theirs.body.code]).toEqual([404, attempt.notFound]);
      expect(withoutRequest(theirs)).toEqual(withoutRequest(nobodys));
      expect(await readCase(owner.client, owner.authorizationId)).toEqual(before);
      expect(await tableContents(server().database)).toEqual(rows);
    },
  );

  test('of another case of the same organization is not found either', async () => {
    const { client, authorizationId, actionId, attachmentId } = stranger;
    const other = await createCaseInState(client, 'action_required');
    const path = `${authorizationsPath}/${other.id}`;
    const answers = [
      await client.call('DELETE', `${path}/attachments/${attachmentId}`),
      await client.call('POST', `${path}/actions/${actionId}/resolve`, {}),
      await client.call('POST', `${path}/actions/${other.actions[0].id}/resolve`, {
        attachmentIds: [attachmentId],
      }),
    ];
    expect(answers.map(({ status, body }) => `${status} ${body.code}`)).toEqual([
      '404 attachment_not_found',
      '404 action_not_found',
      '404 attachment_not_found',
    ]);
    const unchanged = succeed(await client.call('GET', `${authorizationsPath}/${authorizationId}`));
    expect(unchanged.attachments).toHaveLength(1);
  });

  test('in a cursor is an invalid cursor, and shows nothing', async () => {
    for (const name of ['events', 'artifacts']) {
      const path = `${authorizationsPath}/${owner.authorizationId}/${name}`;
      const { nextCursor } = succeed(await owner.client.call('GET', `${path}?limit=1`)).pagination;
      const query = `limit=1&cursor=${nextCursor}`;
      const own = `${authorizationsPath}/${stranger.authorizationId}/${name}?${query}`;
      expect((await stranger.client.call('GET', own)).body.code).toBe('invalid_cursor');
      expect((await stranger.client.call('GET', `${path}?${query}`)).body.code).toBe(
        'authorization_not_found',
      );
    }
    const first = succeed(await owner.client.call('GET', `${authorizationsPath}?limit=1`));
    const answer = await stranger.client.call(
      'GET',
      `${authorizationsPath}?limit=1&cursor=${first.pagination.nextCursor}`,
    );
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_cursor']);
  });

  test('in a cursor of webhooks is an invalid cursor, and shows nothing', async () => {
    const path = ({ webhookEndpointId }: Party) => `${endpointsPath}/${webhookEndpointId}/deliveries?limit=1`;
    const { nextCursor } = succeed(await owner.client.call('GET', path(owner))).pagination;
    expect(nextCursor).not.toBeNull();
    for (const query of [path(stranger), `${endpointsPath}?limit=1`]) {
      const answer = await stranger.client.call('GET', `${query}&cursor=${nextCursor}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_cursor']);
    }
    await createEndpoint(owner.client, { url: 'https://clinic.example/', eventTypes: ['claim.created'] });
    const list = `${endpointsPath}?limit=1`;
    const first = succeed(await owner.client.call('GET', list));
    const answer = await stranger.client.call('GET', `${list}&cursor=${first.pagination.nextCursor}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_cursor']);
    const shown = JSON.stringify(succeed(await stranger.client.call('GET', endpointsPath)));
    expect(shown).not.toContain(owner.webhookEndpointId);
  });

  test('in a HEAD request is as unknown as in a GET, and nobody’s without a bearer', async () => {
    const { authorizationId, fileId, webhookEndpointId, accountId } = owner;
    const ids = { authorizationId, fileId, webhookEndpointId, accountId };
    const reading = guarded.filter(({ method, path }) => method === 'GET' && path.includes('{'));
    expect(reading.length).toBeGreaterThanOrEqual(6);
    for (const operation of reading) {
      const query = operation.operationId === 'downloadFile' ? '?expires=1773421500&signature=a' : '';
      const path = `${pathOf(operation, ids)}${query}`;
      const anonymous = await fetch(`${server().baseUrl}${path}`, { method: 'HEAD' });
      const { status } = await stranger.client.call('HEAD', path);
      expect([operation.operationId, anonymous.status, status]).toEqual([operation.operationId, 401, 404]);
    }
  });

  test('never stands in a list', async () => {
    const lists = ['', `?memberId=${adakveoCase.coverage.memberId}`, '?payerId=payer_aetna'];
    for (const query of lists) {
      const text = JSON.stringify(
        succeed(await stranger.client.call('GET', `${authorizationsPath}${query}`)),
      );
      for (const id of [owner.authorizationId, owner.pendingId, owner.fileId]) expect(text).not.toContain(id);
    }
  });
});

describe('idempotency keys of two organizations', () => {
  test('are strangers to each other', async () => {
    const [first, second] = [await server().newOrganization(), await server().newOrganization()];
    const key = { 'idempotency-key': 'the-same-key' };
    const mine = await first.call('POST', authorizationsPath, adakveoCase, key);
    const other = { ...adakveoCase, urgency: 'expedited' };
    const theirs = await second.call('POST', authorizationsPath, other, key);
    expect([mine.status, theirs.status, theirs.headers.get('idempotent-replayed')]).toEqual([201, 201, null]);
    expect(theirs.body.id).not.toBe(mine.body.id);
    const replayed = await first.call('POST', authorizationsPath, adakveoCase, key);
    expect([replayed.status, replayed.body.id]).toEqual([200, mine.body.id]);
    const [a, b] = [await createCase(first, { ready: true }), await createCase(second, { ready: true })];
    const submit = (client: ApiClient, id: string) =>
      client.call('POST', `${authorizationsPath}/${id}/submit`, undefined, key);
    expect((await submit(first, a.id)).status).toBe(200);
    expect((await submit(second, b.id)).status).toBe(200);
    expect((await submit(second, a.id)).body.code).toBe('authorization_not_found');
  });
});

/** All that an answer says, but for what differs from request to request. */
function withoutRequest({ status, headers, body }: Answer) {
  const { requestId, ...rest } = body;
  const shown = [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
  expect(requestId).toBe(headers.get('x-request-id'));
  return { status, headers: shown, body: rest };
}
