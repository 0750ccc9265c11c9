import { describe, expect, test } from 'vitest';
import { mintToken } from '../../src/identity/token.ts';
import { answering, coded } from '../support/api/answers.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach, patchCase, sendPayerEvent, submitCase } from '../support/api/case-record.ts';
import {
  adakveoCase,
  approval,
  authorizationsPath,
  createCase,
  createCaseInState,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { createEndpoint, endpointsPath } from '../support/webhooks/webhook-tenant.ts';

const server = useTestServer();

/** The contract's table of errors (seed, "Common errors"), then ours of the same surface (prior-auth.md, 1.18). */
const statuses = {
  validation_error: 400,
  invalid_cursor: 400,
  questionnaire_item_not_enabled: 400,
  unauthorized: 401,
  insufficient_permissions: 403,
  unsupported_case: 404,
  authorization_not_found: 404,
  action_not_found: 404,
  attachment_not_found: 404,
  file_not_found: 404,
  validation_failed: 409,
  authorization_not_submittable: 409,
  authorization_not_updatable: 409,
  authorization_attachments_not_mutable: 409,
  authorization_not_cancellable: 409,
  authorization_not_previewable: 409,
  idempotency_key_reused_with_different_request: 409,
  idempotency_key_reused_for_different_authorization: 409,
  action_already_resolved: 409,
  action_not_resolvable: 409,
  file_not_ready: 409,
  file_not_uploaded: 409,
  file_upload_already_completed: 409,
  file_content_type_mismatch: 409,
  file_purpose_mismatch: 409,
  unsupported_attachment_mime_type: 409,
  inbound_event_not_allowed_for_state: 409,
  version_conflict: 409,
  linked_account_not_found: 404,
  webhook_endpoint_not_found: 404,
  webhook_delivery_not_found: 404,
  webhook_endpoint_disabled: 409,
  webhook_endpoint_limit_reached: 409,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  unsupported_media_type: 415,
} as const;
type Code = keyof typeof statuses;

const session = { fileName: 'note.pdf', contentType: 'application/pdf', purpose: 'authorization_attachment' };
const pathOf = (id: string, operation = '') => `${authorizationsPath}/${id}${operation}`;

async function openSession(client: ApiClient): Promise<string> {
  return succeed(await client.call('POST', '/v1/files', session)).file.id;
}

function putContent(client: ApiClient, fileId: string, contentType: string): Promise<Answer> {
  const init = { method: 'PUT', headers: { 'content-type': contentType }, body: '%PDF-1.7' };
  return client.send(`/v1/files/${fileId}/content`, init);
}

/** A request in a case of the given state. */
async function inState(client: ApiClient, state: string, operation: string, body?: object): Promise<Answer> {
  const { id } = await createCaseInState(client, state);
  return client.call('POST', pathOf(id, operation), body);
}

/** One request for each code that must be answered with it. */
const provoke: Readonly<Record<Code, (client: ApiClient) => Promise<Answer>>> = {
  validation_error: (client) => client.call('GET', `${authorizationsPath}?workflowState=lost`),
  invalid_cursor: (client) => client.call('GET', `${authorizationsPath}?cursor=lost`),
  async questionnaire_item_not_enabled(client) {
    const { id } = await createCase(client);
    return patchCase(client, id, answering({ hydroxyurea_status: coded('never') }));
  },
  unauthorized: (client) => client.call('GET', '/v1/payers', undefined, { authorization: 'Bearer nothing' }),
  insufficient_permissions: (client) =>
    client.call('GET', '/v1/payers', undefined, { authorization: `Bearer ${mintToken('production')}` }),
  unsupported_case: (client) =>
    client.call('POST', authorizationsPath, {
      ...adakveoCase,
      service: { ...adakveoCase.service, code: 'J9999' },
    }),
  authorization_not_found: (client) => client.call('GET', pathOf('auth_none')),
  async action_not_found(client) {
    const { id } = await createCase(client);
    return client.call('POST', pathOf(id, '/actions/act_none/resolve'), {});
  },
  async attachment_not_found(client) {
    const { id } = await createCase(client);
    return client.call('DELETE', pathOf(id, '/attachments/att_none'));
  },
  file_not_found: (client) => client.call('GET', '/v1/files/file_none'),
  validation_failed: (client) => inState(client, 'needs_input', '/submit'),
  authorization_not_submittable: (client) => inState(client, 'cancelled', '/submit'),
  async authorization_not_updatable(client) {
    const { id } = await createCaseInState(client, 'cancelled');
    return patchCase(client, id, {});
  },
  authorization_attachments_not_mutable: (client) =>
    inState(client, 'cancelled', '/attachments', { fileId: 'file_none', label: 'Note' }),
  authorization_not_cancellable: (client) => inState(client, 'cancelled', '/cancel', {}),
  authorization_not_previewable: (client) => inState(client, 'cancelled', '/preview'),
  async idempotency_key_reused_with_different_request(client) {
    succeed(await client.call('POST', authorizationsPath, adakveoCase, { 'idempotency-key': 'one' }));
    return client.call(
      'POST',
      authorizationsPath,
      { ...adakveoCase, urgency: 'expedited' },
      { 'idempotency-key': 'one' },
    );
  },
  async idempotency_key_reused_for_different_authorization(client) {
    const [one, other] = [
      await createCase(client, { ready: true }),
      await createCase(client, { ready: true }),
    ];
    succeed(await submitCase(client, one.id, 'one'));
    return submitCase(client, other.id, 'one');
  },
  async action_already_resolved(client) {
    const { id, actions } = await createCaseInState(client, 'action_required');
    const path = pathOf(id, `/actions/${actions[0].id}/resolve`);
    succeed(await client.call('POST', path, {}));
    return client.call('POST', path, {});
  },
  async action_not_resolvable(client) {
    const { id } = await createCase(client);
    const { details } = (await submitCase(client, id)).body;
    return client.call('POST', pathOf(id, `/actions/${details.actionIds[0]}/resolve`), {});
  },
  async file_not_ready(client) {
    const { id } = await createCase(client);
    return attach(client, id, { fileId: await openSession(client), label: 'Note' });
  },
  file_not_uploaded: async (client) => client.call('POST', `/v1/files/${await openSession(client)}/complete`),
  file_upload_already_completed: async (client) =>
    putContent(client, await uploadFile(client), 'application/pdf'),
  file_content_type_mismatch: async (client) => putContent(client, await openSession(client), 'image/png'),
  async file_purpose_mismatch(client) {
    const { id } = await createCase(client);
    const fileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
    return attach(client, id, { fileId, label: 'Letter' });
  },
  async unsupported_attachment_mime_type(client) {
    const { id } = await createCase(client);
    const bytes = new TextEncoder().encode('A note in plain text.');
    const fileId = await uploadFile(client, { contentType: 'text/plain', fileName: 'note.txt', bytes });
    return attach(client, id, { fileId, label: 'Note' });
  },
  async inbound_event_not_allowed_for_state(client) {
    const { id } = await createCase(client);
    return sendPayerEvent(
      client,
      id,
      approval(await uploadFile(client, { purpose: 'sandbox_payer_document' })),
    );
  },
  async version_conflict(client) {
    const { id } = await createCase(client);
    return client.call('PATCH', pathOf(id), {}, { 'if-match': '"7"' });
  },
  linked_account_not_found: (client) => client.call('GET', '/v1/linked-accounts/acc_none'),
  webhook_endpoint_not_found: (client) => client.call('GET', `${endpointsPath}/whe_none`),
  async webhook_delivery_not_found(client) {
    const { id } = await createEndpoint(client, { url: 'https://clinic.example/' });
    return client.call('POST', `${endpointsPath}/${id}/deliveries/whd_none/resend`);
  },
  async webhook_endpoint_disabled(client) {
    const { id } = await createEndpoint(client, { url: 'https://clinic.example/' });
    await server().database.execute(`update webhook_endpoint set status = 'disabled' where id = $1`, [id]);
    const range = { from: '2026-03-13T00:00:00Z', to: '2026-03-14T00:00:00Z' };
    return client.call('POST', `${endpointsPath}/${id}/replay`, range);
  },
  async webhook_endpoint_limit_reached(client) {
    const body = { url: 'https://clinic.example/' };
    for (let count = 0; count < 20; count += 1) await createEndpoint(client, body);
    return client.call('POST', endpointsPath, body);
  },
  not_found: (client) => client.call('GET', '/v1/prior-auth/nothing'),
  method_not_allowed: (client) => client.call('PUT', authorizationsPath, {}),
  payload_too_large: (client) =>
    client.call('POST', authorizationsPath, { patient: 'x'.repeat(1024 * 1024) }),
  unsupported_media_type: (client) =>
    client.send(authorizationsPath, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{}',
    }),
};

/** The client, marking every request. */
function traced(client: ApiClient, requestId: string): ApiClient {
  const mark = { 'x-request-id': requestId };
  return {
    ...client,
    call: (method, path, body, headers) => client.call(method, path, body, { ...headers, ...mark }),
    send: (path, init) =>
      client.send(path, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...mark } }),
  };
}

const envelopeFields = ['code', 'message', 'details', 'issues', 'requestId', 'retryable'];

// The keys of an object literal are the codes and nothing else.
describe.each(Object.keys(statuses) as Code[])('%s', (code) => {
  test('is answered with its status in the one flat envelope', async () => {
    const requestId = `test.${code}-1`;
    const answer = await provoke[code](traced(await server().newOrganization(), requestId));
    expect([answer.status, answer.body?.code]).toEqual([statuses[code], code]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(answer.headers.get('x-request-id')).toBe(requestId);
    expect(answer.body).toMatchObject({
      message: expect.stringMatching(/^[A-Z].*\.$/),
      requestId,
      retryable: false,
    });
    expect(envelopeFields).toEqual(expect.arrayContaining(Object.keys(answer.body)));
    const { details = {}, issues = [] } = answer.body;
    expect(details).toBeTypeOf('object');
    for (const issue of issues) {
      expect(issue).toEqual({
        field: expect.stringMatching(/./),
        code: expect.stringMatching(/^[a-z_]+$/),
        message: expect.stringMatching(/./),
      });
    }
  });
});

test.each(['validation_error', 'questionnaire_item_not_enabled', 'validation_failed'] as const)(
  '%s names what it is about',
  async (code) => {
    const { body } = await provoke[code](await server().newOrganization());
    expect(body.issues.length).toBeGreaterThan(0);
  },
);

test('the example of the contract is answered as the contract shows it', async () => {
  const { body } = await provoke.validation_error(await server().newOrganization());
  expect(body).toEqual({
    code: 'validation_error',
    message: 'Request validation failed.',
    issues: [{ field: 'workflowState', code: 'invalid_enum', message: expect.anything() }],
    requestId: expect.stringMatching(/^req_[0-9a-f]+$/),
    retryable: false,
  });
});

describe('X-Request-Id', () => {
  test('is echoed on answers that are no errors', async () => {
    const client = await server().newOrganization();
    const answer = await client.call('GET', '/v1/payers', undefined, { 'x-request-id': 'trace-1' });
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([200, 'trace-1']);
  });

  test.each(['two words', 'x'.repeat(129), '<script>'])(
    'is replaced when it is not harmless: %j',
    async (sent) => {
      const client = await server().newOrganization();
      const answer = await client.call('GET', pathOf('auth_none'), undefined, { 'x-request-id': sent });
      expect(answer.body.requestId).toMatch(/^req_[0-9a-f]{32}$/);
      expect(answer.headers.get('x-request-id')).toBe(answer.body.requestId);
    },
  );
});
