import { beforeAll, describe, expect, test } from 'vitest';
import { eventTypes } from '../../src/prior-authorization/events.ts';
import { workflowStates } from '../../src/prior-authorization/lifecycle.ts';
import { answering, coded } from '../support/api/answers.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import {
  attach,
  listAll,
  listEvents,
  patchCase,
  readCase,
  sendPayerEvent,
  submitCase,
} from '../support/api/case-record.ts';
import {
  adakveoAnswers,
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
import { createScriptedChannel, rejectedWith } from '../support/api/scripted-channel.ts';
import { useTestServer } from '../support/api/test-server.ts';

const channel = createScriptedChannel();
const server = useTestServer({
  settings: { PRECERT_SUBMIT_WAIT_MS: '25000' },
  overrides: { channels: channel.channels },
});

/** Texts that stand nowhere but in what a client or a payer said of a patient. */
const secrets = {
  firstName: 'Zebulonia',
  lastName: 'Quartermaine',
  dateOfBirth: '1971-11-23',
  mrn: 'MRN-SECRET-7',
  memberId: 'MEMBER-SECRET-8',
  phone: '415-555-0177',
  street: '77 Hidden Lane',
  genotype: 'HbSecret',
  label: 'Secret label',
  fileName: 'quartermaine-secret-note.pdf',
  note: 'Secret note of the clinic',
  reason: 'Secret reason of the clinic',
  message: 'Secret message of the payer',
  document: 'Secret document the payer wants',
  certificationNumber: 'CERT-SECRET-9',
  denialReasonMessage: 'Secret reason of the payer',
  metadata: 'secret-external-id',
};

const secretCase = {
  ...adakveoCase,
  patient: {
    identifiers: [{ type: 'mrn', value: secrets.mrn }],
    firstName: secrets.firstName,
    lastName: secrets.lastName,
    dateOfBirth: secrets.dateOfBirth,
    phone: secrets.phone,
    address: { line1: secrets.street, city: 'Reno', state: 'NV', zip: '89501' },
  },
  coverage: { ...adakveoCase.coverage, memberId: secrets.memberId },
  metadata: { externalCaseId: secrets.metadata },
};

/** Lives through everything that can happen to a case, and ends in an approval. */
async function longLife(client: ApiClient): Promise<string> {
  const { id } = succeed(await client.call('POST', authorizationsPath, secretCase));
  const path = `${authorizationsPath}/${id}`;
  expect((await submitCase(client, id)).status).toBe(409);
  const other = answering({ genotype: coded('other'), genotype_other: { valueString: secrets.genotype } });
  succeed(await patchCase(client, id, other));
  succeed(await patchCase(client, id, { questionnaireResponse: adakveoAnswers }));
  const fileId = await uploadFile(client, { fileName: secrets.fileName });
  const { id: attachmentId } = succeed(await attach(client, id, { fileId, label: secrets.label }));
  succeed(await client.call('DELETE', `${path}/attachments/${attachmentId}`));
  succeed(await client.call('POST', `${path}/preview`));
  channel.play(client.organizationId, { submit: async () => rejectedWith('retryable') });
  succeed(await submitCase(client, id));
  channel.play(client.organizationId, {});
  succeed(await submitCase(client, id));
  const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
  const request = {
    ...informationRequest(documentFileId),
    message: secrets.message,
    requestedDocuments: [secrets.document],
  };
  const { actions } = succeed(await sendPayerEvent(client, id, request));
  const { id: actionId } = actions.find(({ type }: Answer['body']) => type === 'more_info_request');
  succeed(await client.call('POST', `${path}/actions/${actionId}/resolve`, { note: secrets.note }));
  succeed(await submitCase(client, id));
  succeed(
    await sendPayerEvent(client, id, {
      ...approval(documentFileId),
      certificationNumber: secrets.certificationNumber,
    }),
  );
  return id;
}

async function deniedCase(client: ApiClient): Promise<string> {
  const { id } = await createCaseInState(client, 'pending_payer');
  const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
  const event = { ...denial(documentFileId), denialReasonMessage: secrets.denialReasonMessage };
  succeed(await sendPayerEvent(client, id, event));
  return id;
}

async function cancelledCase(client: ApiClient): Promise<string> {
  const { id } = await createCase(client);
  expect((await submitCase(client, id)).status).toBe(409);
  succeed(await client.call('POST', `${authorizationsPath}/${id}/cancel`, { reason: secrets.reason }));
  return id;
}

describe('over whole lives', { timeout: 60_000 }, () => {
  let client: ApiClient;
  let lives: { readonly id: string; readonly events: Answer['body'][] }[];

  beforeAll(async () => {
    client = await server().newOrganization();
    lives = [];
    for (const live of [longLife, deniedCase, cancelledCase]) {
      const id = await live(client);
      lives.push({ id, events: await listEvents(client, id) });
    }
  }, 60_000);

  test('every event type of the catalogue occurs', () => {
    const types = new Set(lives.flatMap(({ events }) => events.map(({ type }) => type)));
    expect([...types].toSorted()).toEqual(Object.keys(eventTypes).toSorted());
  });

  test('every payload has exactly the fields the catalogue gives its type', () => {
    for (const { type, payload } of lives.flatMap(({ events }) => events)) {
      // The test above found only types of the catalogue.
      const fields = eventTypes[type as keyof typeof eventTypes].payload;
      expect([type, Object.keys(payload).toSorted()]).toEqual([type, fields.toSorted()]);
      for (const [field, value] of Object.entries(payload))
        expect([type, field, value]).not.toEqual([type, field, null]);
    }
  });

  test('every event has the fields of the contract and belongs to its case', () => {
    for (const { id, events } of lives) {
      for (const [index, event] of events.entries()) {
        expect(event).toEqual({
          id: expect.stringMatching(/^evt_/),
          authorizationId: id,
          sequence: index + 1,
          type: expect.stringMatching(/^prior_auth\.[a-z_]+\.[a-z_]+$/),
          timestamp: '2026-03-13T17:00:00.000Z',
          payload: expect.objectContaining({ workflowState: expect.toBeOneOf([...workflowStates]) }),
        });
      }
      expect(events[0].type).toBe('prior_auth.authorization.created');
      expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    }
  });

  test('the changes of state make one chain from the creation to the state of the case', async () => {
    for (const { id, events } of lives) {
      let state = events[0].payload.workflowState;
      for (const { type, payload } of events) {
        if (type !== 'prior_auth.authorization.state_changed') continue;
        expect(payload.from).toBe(state);
        expect(payload.workflowState).not.toBe(state);
        state = payload.workflowState;
      }
      expect((await readCase(client, id)).authorization.workflowState).toBe(state);
    }
  });

  test('what an event names exists', async () => {
    for (const { id, events } of lives) {
      const { artifacts, submissions } = await readCase(client, id);
      const idsOf = (items: Answer['body'][]) => items.map((item) => item.id);
      const named = (type: string, field: string) =>
        events.filter((event) => event.type === `prior_auth.${type}`).map(({ payload }) => payload[field]);
      expect(named('artifact.created', 'artifactId').toSorted()).toEqual(idsOf(artifacts).toSorted());
      const attempts = [
        ...named('authorization.submitted', 'submissionAttemptId'),
        ...named('authorization.submission_failed', 'submissionAttemptId'),
      ];
      expect(attempts.toSorted()).toEqual(idsOf(submissions).toSorted());
    }
  });

  test('every action is opened once, and in these lives each one is closed once', async () => {
    for (const { id, events } of lives) {
      const named = (type: string) =>
        events
          .filter((event) => event.type === `prior_auth.action.${type}`)
          .map(({ payload }) => payload.actionId);
      expect(new Set(named('opened')).size).toBe(named('opened').length);
      expect(named('resolved').toSorted()).toEqual(named('opened').toSorted());
      const { authorization } = await readCase(client, id);
      for (const action of authorization.actions) expect(named('opened')).toContain(action.id);
    }
  });

  test.each(Object.entries(secrets))('neither an event nor the log holds the %s', (_name, secret) => {
    expect(JSON.stringify(lives)).not.toContain(secret);
    expect(server().logged()).not.toContain(secret);
  });

  test('the log was written, and the secrets were stored', async () => {
    expect(server().logged()).toContain('"requestId"');
    const records = JSON.stringify(await Promise.all(lives.map(({ id }) => readCase(client, id))));
    const notKept = [secrets.genotype, secrets.label, secrets.fileName];
    for (const secret of Object.values(secrets))
      if (!notKept.includes(secret)) expect(records).toContain(secret);
  });
});

describe('of writers at the same time', { timeout: 120_000 }, () => {
  test('the sequence has no gap and no writer is lost', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const fileId = await uploadFile(client);
    const writers = Array.from({ length: 40 }, (_, index) =>
      index % 4 === 0
        ? attach(client, id, { fileId, label: `Note ${index}` })
        : patchCase(client, id, { metadata: { writer: String(index) } }),
    );
    const answers = await Promise.all(writers);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array(30).fill(200),
      ...Array(10).fill(201),
    ]);
    const { authorization, events } = await readCase(client, id);
    expect(authorization.version).toBe(41);
    expect(authorization.attachments).toHaveLength(10);
    expect(events.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 41 }, (_, index) => index + 1),
    );
    const versions = answers.map(({ headers }) => Number(headers.get('etag')?.slice(1, -1)));
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
  });
});

describe('the list', () => {
  async function caseWithEvents(client: ApiClient) {
    const { id } = await createCase(client);
    for (let version = 2; version <= 5; version += 1)
      succeed(await patchCase(client, id, { siteOfCare: `Clinic ${version}` }));
    return { id, path: `${authorizationsPath}/${id}/events` };
  }
  const sequences = (events: Answer['body'][]) => events.map(({ sequence }) => sequence);

  test.each([1, 2, 4, 5, 100])('in pages of %i gives every event once, in order', async (limit) => {
    const client = await server().newOrganization();
    const { path } = await caseWithEvents(client);
    expect(sequences(await listAll(client, path, limit))).toEqual([1, 2, 3, 4, 5]);
  });

  test('says where it goes on, and that it ends', async () => {
    const client = await server().newOrganization();
    const { path } = await caseWithEvents(client);
    const first = succeed(await client.call('GET', `${path}?limit=3`));
    expect(first.pagination).toEqual({ hasMore: true, nextCursor: expect.any(String) });
    const last = succeed(await client.call('GET', `${path}?limit=3&cursor=${first.pagination.nextCursor}`));
    expect(last.pagination).toEqual({ hasMore: false, nextCursor: null });
    expect(succeed(await client.call('GET', path)).pagination).toEqual({ hasMore: false, nextCursor: null });
  });

  test('goes on with events that happened after its first page', async () => {
    const client = await server().newOrganization();
    const { id, path } = await caseWithEvents(client);
    const { pagination } = succeed(await client.call('GET', `${path}?limit=4`));
    succeed(await patchCase(client, id, { siteOfCare: 'Home' }));
    expect(
      sequences(succeed(await client.call('GET', `${path}?cursor=${pagination.nextCursor}`)).data),
    ).toEqual([5, 6]);
  });

  test('takes only cursors of its own', async () => {
    const client = await server().newOrganization();
    const [one, other] = [await caseWithEvents(client), await caseWithEvents(client)];
    const { nextCursor } = succeed(await client.call('GET', `${one.path}?limit=1`)).pagination;
    const altered = `${nextCursor.slice(0, -1)}${nextCursor.endsWith('A') ? 'B' : 'A'}`;
    for (const [path, cursor] of [
      [other.path, nextCursor],
      [one.path, altered],
      [one.path, 'nonsense'],
      [one.path, ''],
    ]) {
      const answer = await client.call('GET', `${path}?cursor=${cursor}`);
      expect([cursor, answer.status, answer.body.code]).toEqual([cursor, 400, 'invalid_cursor']);
    }
  });

  test.each(['0', '101', '-1', '1.5', 'many', ''])('refuses the limit %j', async (limit) => {
    const client = await server().newOrganization();
    const { path } = await caseWithEvents(client);
    const answer = await client.call('GET', `${path}?limit=${limit}`);
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'validation_error', issues: [{ field: 'limit' }] },
    });
  });
});
