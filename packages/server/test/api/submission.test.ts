import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { settleSubmission } from '../../src/prior-authorization/settle-submission.ts';
import { findAttempt } from '../../src/prior-authorization/submission-attempt-queries.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import {
  attach,
  expectUnchanged,
  listEventTypes,
  patchCase,
  readCase,
  sendPayerEvent,
  submitCase,
} from '../support/api/case-record.ts';
import {
  adakveoAnswers,
  adakveoCase,
  authorizationsPath,
  createCase,
  informationRequest,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { createScriptedChannel, nobodyKnows, rejectedWith } from '../support/api/scripted-channel.ts';
import { type TestServer, useTestServer } from '../support/api/test-server.ts';
import { damagedPdf } from '../support/api/unreadable-documents.ts';
import { replaceStoredBytes } from '../support/api/upload-session.ts';

const now = '2026-03-13T17:00:00.000Z';
const day = 86_400_000;

/** Hashes of what the simulated payer's machine has received under an attempt's name. */
async function transmissions({ dataDirectory }: TestServer, attemptId: string): Promise<string[]> {
  const ledger = join(dataDirectory, 'files', 'blobs', 'simulator-fax', attemptId);
  const notes = await readdir(ledger).catch(() => []);
  return Promise.all(
    notes.map(async (name) => JSON.parse(await readFile(join(ledger, name), 'utf8')).sha256),
  );
}

function kindsOf(artifacts: readonly Answer['body'][]): string[] {
  return artifacts.map(({ kind }) => kind).toSorted();
}

const oneHandOver = ['filled_form', 'submission_confirmation', 'submission_packet'];

async function askAndResolve(client: ApiClient, id: string): Promise<void> {
  const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
  const { actions } = succeed(await sendPayerEvent(client, id, informationRequest(documentFileId)));
  const request = actions.find(({ status }: Answer['body']) => status === 'open');
  succeed(await client.call('POST', `${authorizationsPath}/${id}/actions/${request.id}/resolve`, {}));
}

/** An unknown outcome is asked about after this, then after twice as long each time. */
const firstInquiryMs = 5_000;
/** More than the simulated line's time-out and settling time together. */
const settledMs = 20_000;

describe('a submit that waits for the channel', { timeout: 120_000 }, () => {
  const channel = createScriptedChannel();
  const server = useTestServer({
    settings: { PRECERT_SUBMIT_WAIT_MS: '25000' },
    overrides: { channels: channel.channels },
  });

  test('answers with the outcome, and the attempt and its documents are there to be read', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const answer = await submitCase(client, id);
    expect(answer).toMatchObject({ status: 200, body: { workflowState: 'pending_payer', version: 3 } });
    expect(answer.headers.get('etag')).toBe('"3"');
    expect(answer.body.questionnaireResponse.status).toBe('completed');

    const { submissions, artifacts } = await readCase(client, id);
    expect(kindsOf(artifacts)).toEqual(oneHandOver);
    const packet = artifacts.find(({ kind }) => kind === 'submission_packet');
    expect(packet).toEqual({
      id: expect.stringMatching(/^art_/),
      authorizationId: id,
      fileId: expect.stringMatching(/^file_/),
      kind: 'submission_packet',
      label: 'Submission packet',
      mimeType: 'application/pdf',
      metadata: {
        pages: expect.any(Number),
        attemptNumber: 1,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      downloadUrl: expect.stringContaining(server().baseUrl),
      createdAt: now,
    });
    expect(submissions).toEqual([
      {
        id: expect.stringMatching(/^sa_/),
        authorizationId: id,
        attemptNumber: 1,
        authorizationVersion: 2,
        channel: 'fax',
        status: 'completed',
        acceptedAt: now,
        deliveredAt: now,
        completedAt: now,
        failedAt: null,
        failure: null,
        correlations: [{ kind: 'fax_transmission_id', value: expect.anything() }],
        packetArtifactId: packet.id,
        createdAt: now,
      },
    ]);
  });

  test('sends exactly the packet that is kept, once, and keeps the receipt of it', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    succeed(await submitCase(client, id));
    const { submissions, artifacts } = await readCase(client, id);
    const { metadata } = artifacts.find(({ kind }) => kind === 'submission_packet');
    expect(await transmissions(server(), submissions[0].id)).toEqual([metadata.sha256]);
    const { organizationId } = client;
    const attempt = await asOrganization(organizationId, () =>
      findAttempt(server().app.priorAuthorization, organizationId, submissions[0].id),
    );
    expect(attempt?.evidence).toEqual([
      { kind: 'sent', at: now, source: 'simulator', sha256: metadata.sha256 },
      { kind: 'delivered', at: now, source: 'simulator', sha256: metadata.sha256 },
    ]);
    const confirmation = artifacts.find(({ kind }) => kind === 'submission_confirmation');
    expect(confirmation).toMatchObject({ mimeType: 'application/json', metadata: { attemptNumber: 1 } });
    const receipt = await client.send(confirmation.downloadUrl, { method: 'GET' });
    expect(receipt.body).toMatchObject({
      attemptId: submissions[0].id,
      sha256: metadata.sha256,
      pageCount: metadata.pages,
    });
  });

  test('is replayed by its key without a second hand-over or a second document', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const first = succeed(await submitCase(client, id, 'submit-1'));
    const replay = await expectUnchanged(client, id, () => submitCase(client, id, 'submit-1'));
    expect(replay).toMatchObject({ status: 200, body: first });
    expect(replay.headers.get('etag')).toBe('"3"');
    expect(channel.handOvers(client.organizationId)).toHaveLength(1);
  });

  test('is not repeated by its old key after a request of the payer, but by a fresh one', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    succeed(await submitCase(client, id, 'submit-1'));
    await askAndResolve(client, id);
    const replay = await expectUnchanged(client, id, () => submitCase(client, id, 'submit-1'));
    expect(replay).toMatchObject({ status: 200, body: { workflowState: 'ready_to_submit' } });

    const again = succeed(await submitCase(client, id, 'submit-2'));
    expect(again).toMatchObject({ workflowState: 'pending_payer', decisionState: 'pending' });
    const { submissions, artifacts } = await readCase(client, id);
    expect(submissions.map(({ attemptNumber }) => attemptNumber)).toEqual([2, 1]);
    expect(kindsOf(artifacts)).toEqual(
      [...oneHandOver, ...oneHandOver, 'payer_information_request'].toSorted(),
    );
    expect(channel.handOvers(client.organizationId)).toHaveLength(2);
  });

  test('lists its attempts by pages, newest first', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    channel.play(client.organizationId, { submit: async () => rejectedWith('retryable') });
    for (let attempt = 1; attempt <= 3; attempt += 1) succeed(await submitCase(client, id));
    const path = `${authorizationsPath}/${id}/submissions`;
    const first = succeed(await client.call('GET', `${path}?limit=2`));
    expect(first.data.map(({ attemptNumber }: Answer['body']) => attemptNumber)).toEqual([3, 2]);
    expect(first.pagination.hasMore).toBe(true);
    const rest = succeed(await client.call('GET', `${path}?limit=2&cursor=${first.pagination.nextCursor}`));
    expect(rest.data.map(({ attemptNumber }: Answer['body']) => attemptNumber)).toEqual([1]);
    expect(rest.pagination).toEqual({ hasMore: false, nextCursor: null });
  });

  test('refuses a key that submitted another authorization', async () => {
    const client = await server().newOrganization();
    const one = await createCase(client, { ready: true });
    const other = await createCase(client, { ready: true });
    succeed(await submitCase(client, one.id, 'shared'));
    const answer = await expectUnchanged(client, other.id, () => submitCase(client, other.id, 'shared'));
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused_for_different_authorization' },
    });
    expect(succeed(await submitCase(client, other.id, 'its-own')).workflowState).toBe('pending_payer');
  });

  test('has keys apart from those of create and of other organizations', async () => {
    const [one, other] = [await server().newOrganization(), await server().newOrganization()];
    const body = { ...adakveoCase, questionnaireResponse: adakveoAnswers };
    for (const client of [one, other]) {
      const { id } = succeed(
        await client.call('POST', authorizationsPath, body, { 'idempotency-key': 'the-key' }),
      );
      expect(succeed(await submitCase(client, id, 'the-key')).workflowState).toBe('pending_payer');
    }
  });

  test('does not use its key up when it is refused', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    expect((await submitCase(client, id, 'the-key')).body.code).toBe('validation_failed');
    succeed(await patchCase(client, id, { questionnaireResponse: adakveoAnswers }));
    expect(succeed(await submitCase(client, id, 'the-key')).workflowState).toBe('pending_payer');
  });

  test('sent twice at once hands over once', async () => {
    const client = await server().newOrganization();
    for (let round = 0; round < 8; round += 1) {
      const { id } = await createCase(client, { ready: true });
      const answers = await Promise.all([submitCase(client, id), submitCase(client, id)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
      expect(answers.find(({ status }) => status === 409)?.body.code).toBe('authorization_not_submittable');
      expect((await readCase(client, id)).submissions).toHaveLength(1);
    }
    expect(channel.handOvers(client.organizationId)).toHaveLength(8);
  });

  test('sent twice at once with one key hands over once and answers both alike', async () => {
    const client = await server().newOrganization();
    for (let round = 0; round < 5; round += 1) {
      const { id } = await createCase(client, { ready: true });
      const handOver = channel.holdNext(client.organizationId);
      const first = submitCase(client, id, `key-${round}`);
      await handOver.reached;
      const second = submitCase(client, id, `key-${round}`);
      handOver.release();
      const answers = await Promise.all([first, second, submitCase(client, id, `key-${round}`)]);
      for (const { status, body } of answers) {
        expect([status, body]).toEqual([200, answers[0]?.body]);
        expect(body.workflowState).toBe('pending_payer');
      }
      expect(answers.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([
        null,
        'true',
        'true',
      ]);
    }
    expect(channel.handOvers(client.organizationId)).toHaveLength(5);
  });

  test('of two authorizations at once with one key hands one of them over', async () => {
    const client = await server().newOrganization();
    for (let round = 0; round < 5; round += 1) {
      const cases = [await createCase(client, { ready: true }), await createCase(client, { ready: true })];
      const answers = await Promise.all(cases.map(({ id }) => submitCase(client, id, `key-${round}`)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
      expect(answers.find(({ status }) => status === 409)?.body.code).toBe(
        'idempotency_key_reused_for_different_authorization',
      );
    }
    expect(channel.handOvers(client.organizationId)).toHaveLength(5);
  });

  test('and a cancel at once: exactly one of them wins', async () => {
    const client = await server().newOrganization();
    let handedOver = 0;
    for (let round = 0; round < 25; round += 1) {
      const { id } = await createCase(client, { ready: true });
      const handOver = channel.holdNext(client.organizationId);
      const requests = [
        () => submitCase(client, id),
        () => client.call('POST', `${authorizationsPath}/${id}/cancel`, {}).finally(() => handOver.release()),
      ];
      if (round % 2 === 1) requests.reverse();
      const answers = await Promise.all(requests.map((request) => request()));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
      const [winner, loser] = answers.toSorted((a, b) => a.status - b.status);
      const submitted = winner?.body.workflowState === 'pending_payer';
      if (submitted) handedOver += 1;
      expect(winner?.body.workflowState).toBe(submitted ? 'pending_payer' : 'cancelled');
      expect(loser?.body.code).toBe(
        submitted ? 'authorization_not_cancellable' : 'authorization_not_submittable',
      );
      expect(channel.handOvers(client.organizationId)).toHaveLength(handedOver);
    }
  });

  test.each([
    { kind: 'retryable', retryable: true },
    { kind: 'payer_down', retryable: true },
    { kind: 'correctable', retryable: false },
    { kind: 'configuration', retryable: false },
  ] as const)(
    'that fails as $kind is over, and says whether the same again may help',
    async ({ kind, retryable }) => {
      const client = await server().newOrganization();
      const { id } = await createCase(client, { ready: true });
      channel.play(client.organizationId, { submit: async () => rejectedWith(kind, 'code_of_the_line') });
      expect(succeed(await submitCase(client, id)).workflowState).toBe('ready_to_submit');
      const { submissions, artifacts } = await readCase(client, id);
      expect(submissions).toMatchObject([
        {
          status: 'failed',
          failure: { code: 'code_of_the_line', message: 'The line said code_of_the_line.', retryable },
          failedAt: now,
          acceptedAt: null,
          deliveredAt: null,
          completedAt: null,
          correlations: [],
        },
      ]);
      expect(kindsOf(artifacts)).toEqual(['filled_form', 'submission_packet']);
    },
  );

  test('can use its key anew after 30 days', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    succeed(await submitCase(client, id, 'monthly'));
    await askAndResolve(client, id);
    server().clock.advance(29.9 * day);
    expect(succeed(await submitCase(client, id, 'monthly')).workflowState).toBe('ready_to_submit');
    server().clock.advance(0.2 * day);
    expect(succeed(await submitCase(client, id, 'monthly')).workflowState).toBe('pending_payer');
    expect(channel.handOvers(client.organizationId)).toHaveLength(2);
  });
});

describe('a submit whose channel answers later', { timeout: 120_000 }, () => {
  const channel = createScriptedChannel();
  const server = useTestServer({
    settings: { PRECERT_SUBMIT_WAIT_MS: '0' },
    overrides: { channels: channel.channels },
    workers: false,
  });

  /** Submits, and lets the hand-over run. */
  async function submitLater(client: ApiClient) {
    const { id } = await createCase(client, { ready: true });
    expect(succeed(await submitCase(client, id, 'late')).workflowState).toBe('submitting');
    await server().app.jobs.drain();
    return id;
  }

  test('answers submitting, and the case becomes pending_payer by itself', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const answer = await submitCase(client, id, 'late');
    expect(answer).toMatchObject({
      status: 200,
      body: { workflowState: 'submitting', decisionState: 'unknown', submissionChannel: null },
    });
    expect((await expectUnchanged(client, id, () => submitCase(client, id, 'late'))).body).toEqual(
      answer.body,
    );
    await server().app.jobs.drain();
    expect((await readCase(client, id)).authorization).toMatchObject({
      workflowState: 'pending_payer',
      decisionState: 'pending',
    });
    expect((await submitCase(client, id, 'late')).body.workflowState).toBe('pending_payer');
    expect(channel.handOvers(client.organizationId)).toHaveLength(1);
  });

  test.each([
    { what: 'after taking the packet', took: true },
    { what: 'before taking the packet', took: false },
  ])('whose line broke $what is never sent again blindly: the line is asked', async ({ took }) => {
    const client = await server().newOrganization();
    channel.play(client.organizationId, {
      async submit(submission, simulator) {
        if (took) await simulator.submit(submission);
        throw new Error('The line broke.');
      },
    });
    const id = await submitLater(client);
    const unknown = await readCase(client, id);
    expect(unknown.authorization.workflowState).toBe('submitting');
    expect(unknown.submissions).toMatchObject([
      { status: 'outcome_unknown', failure: null, acceptedAt: null },
    ]);
    expect((await submitCase(client, id, 'again')).body.code).toBe('authorization_not_submittable');

    const [attemptId = ''] = channel.handOvers(client.organizationId);
    await sweepAfter(firstInquiryMs);
    if (!took) {
      // The hand-over may still be under way: "never received" is not believed yet.
      expect((await readCase(client, id)).authorization.workflowState).toBe('submitting');
      await sweepAfter(settledMs);
    }
    expect(channel.handOvers(client.organizationId)).toHaveLength(1);
    expect(await transmissions(server(), attemptId)).toHaveLength(took ? 1 : 0);
    const { authorization, submissions, artifacts } = await readCase(client, id);
    expect(authorization.workflowState).toBe(took ? 'pending_payer' : 'ready_to_submit');
    expect(submissions).toMatchObject([
      took
        ? { status: 'completed', failure: null }
        : { status: 'failed', failure: { code: 'never_received', retryable: true } },
    ]);
    expect(kindsOf(artifacts)).toEqual(took ? oneHandOver : ['filled_form', 'submission_packet']);
  });

  test('stays unknown while the line itself does not know, however often it is asked', async () => {
    const client = await server().newOrganization();
    let asked = 0;
    const inquire = async () => {
      asked += 1;
      return nobodyKnows;
    };
    channel.play(client.organizationId, { submit: async () => nobodyKnows, inquire });
    const id = await submitLater(client);
    const types = await listEventTypes(client, id);
    await sweepAfter(0);
    expect(asked, 'nobody asks before it is time').toBe(0);
    for (const sweep of [1, 2, 3]) {
      await sweepAfter(firstInquiryMs * 2 ** sweep);
      expect(asked).toBe(sweep);
    }
    const { authorization, submissions } = await readCase(client, id);
    expect(authorization.workflowState).toBe('submitting');
    expect(submissions).toMatchObject([{ status: 'outcome_unknown' }]);
    expect(await listEventTypes(client, id)).toEqual(types);
    expect(channel.handOvers(client.organizationId)).toHaveLength(1);
    channel.play(client.organizationId, { inquire: async () => rejectedWith('retryable', 'never_received') });
    await sweepAfter(firstInquiryMs * 2 ** 4);
    expect((await readCase(client, id)).authorization.workflowState).toBe('ready_to_submit');
  });

  /** The time of day moves, then due work is looked for and done. */
  async function sweepAfter(milliseconds: number): Promise<void> {
    server().clock.advance(milliseconds);
    await server().app.jobs.sweep();
    await server().app.jobs.drain();
  }

  async function storageKeyOf(fileId: string): Promise<string> {
    const rows = await server().database.query<{ storage_key: string }>(
      'select storage_key from file where id = $1',
      [fileId],
    );
    return rows[0]?.storage_key ?? '';
  }

  test('tries three times to make a packet, then fails without having sent anything', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const fileId = await uploadFile(client);
    succeed(await attach(client, id, { fileId, label: 'Note that storage lost' }));
    await server().app.priorAuthorization.files.blobs.remove(await storageKeyOf(fileId));
    succeed(await submitCase(client, id));
    expect(await server().app.jobs.drain({ includeDelayed: true })).toBe(3);
    const { authorization, submissions } = await readCase(client, id);
    expect(authorization.workflowState).toBe('ready_to_submit');
    expect(submissions).toMatchObject([
      { status: 'failed', failure: { code: 'packet_not_rendered', retryable: true }, packetArtifactId: null },
    ]);
    expect(channel.handOvers(client.organizationId)).toEqual([]);
  });

  test('fails without having sent anything when an attachment turns out unreadable', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const fileId = await uploadFile(client);
    succeed(await attach(client, id, { fileId, label: 'Note that storage damaged' }));
    await replaceStoredBytes(server(), client, fileId, damagedPdf());
    succeed(await submitCase(client, id));
    expect(await server().app.jobs.drain()).toBe(1);
    const { authorization, submissions } = await readCase(client, id);
    expect(authorization).toMatchObject({
      workflowState: 'action_required',
      actions: [{ code: 'attachment_unreadable', status: 'open' }],
    });
    expect(submissions).toMatchObject([
      { status: 'failed', failure: { code: 'attachment_unreadable', retryable: false } },
    ]);
    expect(channel.handOvers(client.organizationId)).toEqual([]);
  });
});

describe('a channel that cannot be asked', { timeout: 120_000 }, () => {
  const channel = createScriptedChannel({ withInquiry: false, maximumPages: 9 });
  const server = useTestServer({
    settings: { PRECERT_SUBMIT_WAIT_MS: '0' },
    overrides: { channels: channel.channels },
    workers: false,
  });

  async function unknownSubmission(client: ApiClient) {
    channel.play(client.organizationId, { submit: async () => nobodyKnows });
    const { id } = await createCase(client, { ready: true });
    succeed(await submitCase(client, id));
    await server().app.jobs.drain();
    const [attemptId = ''] = channel.handOvers(client.organizationId);
    return { id, settlement: { organizationId: client.organizationId, attemptId } };
  }

  test('leaves an unknown outcome to a person, whom no sweep forestalls', async () => {
    const client = await server().newOrganization();
    const { id } = await unknownSubmission(client);
    const before = await readCase(client, id);
    expect(before.submissions).toMatchObject([{ status: 'outcome_unknown' }]);
    await server().app.jobs.sweep();
    await server().app.jobs.drain();
    expect(await readCase(client, id)).toEqual(before);
    expect(channel.handOvers(client.organizationId)).toHaveLength(1);
  });

  test('a person who found the packet delivered makes the case pending_payer', async () => {
    const client = await server().newOrganization();
    const { id, settlement } = await unknownSubmission(client);
    await settleSubmission(server().app.priorAuthorization, { ...settlement, outcome: 'delivered' });
    const { authorization, submissions, artifacts } = await readCase(client, id);
    expect(authorization).toMatchObject({
      workflowState: 'pending_payer',
      decisionState: 'pending',
      submissionChannel: 'fax',
    });
    expect(submissions).toMatchObject([{ status: 'completed', deliveredAt: now, failure: null }]);
    expect(kindsOf(artifacts)).toEqual(oneHandOver);
  });

  test('a person who found nothing delivered makes the case ready_to_submit', async () => {
    const client = await server().newOrganization();
    const { id, settlement } = await unknownSubmission(client);
    await settleSubmission(server().app.priorAuthorization, { ...settlement, outcome: 'not-delivered' });
    const { authorization, submissions } = await readCase(client, id);
    expect(authorization.workflowState).toBe('ready_to_submit');
    expect(submissions).toMatchObject([
      { status: 'failed', failure: { code: 'settled_not_delivered', retryable: true } },
    ]);
  });

  test('settles nothing twice, nothing of a stranger and nothing that is not unknown', async () => {
    const client = await server().newOrganization();
    const { settlement } = await unknownSubmission(client);
    const { priorAuthorization } = server().app;
    const outcome = 'delivered';
    const stranger = {
      ...settlement,
      organizationId: (await server().newOrganization()).organizationId,
      outcome,
    } as const;
    await expect(settleSubmission(priorAuthorization, stranger)).rejects.toMatchObject({ code: 'not_found' });
    await settleSubmission(priorAuthorization, { ...settlement, outcome });
    await expect(settleSubmission(priorAuthorization, { ...settlement, outcome })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('refuses a packet it cannot take before anything leaves', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const fileId = await uploadFile(client, { bytes: await samplePdf(12) });
    succeed(await attach(client, id, { fileId, label: 'Long note' }));
    succeed(await submitCase(client, id));
    await server().app.jobs.drain();
    const { authorization, submissions } = await readCase(client, id);
    expect(authorization.workflowState).toBe('ready_to_submit');
    expect(submissions).toMatchObject([
      { status: 'failed', failure: { code: 'too_many_pages', retryable: false } },
    ]);
    expect(channel.handOvers(client.organizationId)).toEqual([]);
  });
});

describe('production', { timeout: 120_000 }, () => {
  const server = useTestServer({ settings: { PRECERT_ENVIRONMENT: 'production' } });

  test('has no simulated payer: an attempt fails as not configured', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    expect(succeed(await submitCase(client, id))).toMatchObject({
      workflowState: 'ready_to_submit',
      submittedAt: null,
    });
    const { submissions, artifacts } = await readCase(client, id);
    expect(submissions).toMatchObject([
      { status: 'failed', failure: { code: 'channel_not_configured', retryable: false } },
    ]);
    expect(artifacts).toEqual([]);
  });

  test('does not play the payer', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    expect(await sendPayerEvent(client, id, informationRequest('file_1'))).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  });
});
