import { describe, expect, test } from 'vitest';
import { answering, coded } from '../support/api/answers.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import {
  attach,
  listEventTypes,
  patchCase,
  readCase,
  sendPayerEvent,
  submitCase,
} from '../support/api/case-record.ts';
import { homeOxygenCase, homeOxygenDocuments } from '../support/api/home-oxygen-case.ts';
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

/** An answer that breaks a rule: a conflict, not an absence (contract 3.3). */
const impossibleAge = answering({ age_years: { valueInteger: 130 } });
const possibleAge = answering({ age_years: { valueInteger: 37 } });
const allAnswers = { questionnaireResponse: adakveoAnswers };

/** The questions the Adakveo form asks before any is answered. */
const firstQuestions = [
  'request_type',
  'acknowledgment_date',
  'genotype',
  'age_years',
  'body_weight',
  'label_dosing',
  'infusion_site',
];

function openActions({ actions }: Answer['body']): Answer['body'][] {
  return actions.filter(({ status }: Answer['body']) => status === 'open');
}

function fieldsOf(actions: readonly Answer['body'][]): string[] {
  return actions.map(({ field }) => field.replace('questionnaireResponse.items.', '')).toSorted();
}

async function refusedCase(client: ApiClient): Promise<Answer['body']> {
  const { id } = await createCase(client);
  expect(await submitCase(client, id)).toMatchObject({ status: 409, body: { code: 'validation_failed' } });
  return succeed(await client.call('GET', `${authorizationsPath}/${id}`));
}

function resolve(client: ApiClient, { id, actions }: Answer['body'], body: object = {}): Promise<Answer> {
  const request = actions.find(({ type }: Answer['body']) => type === 'more_info_request');
  return client.call('POST', `${authorizationsPath}/${id}/actions/${request.id}/resolve`, body);
}

function cancel(client: ApiClient, id: string): Promise<Answer> {
  return client.call('POST', `${authorizationsPath}/${id}/cancel`, { reason: 'Submitted in error' });
}

describe('create', () => {
  test('row 1: begins in needs_input while required answers are missing', async () => {
    const created = await createCase(await server().newOrganization());
    expect(created).toMatchObject({ workflowState: 'needs_input', decisionState: 'unknown', actions: [] });
  });

  test('row 2: begins in ready_to_submit with all required answers', async () => {
    const client = await server().newOrganization();
    const created = await createCase(client, { ready: true });
    expect(created).toMatchObject({
      workflowState: 'ready_to_submit',
      decisionState: 'unknown',
      actions: [],
    });
  });

  test('begins in action_required when a first answer breaks a rule', async () => {
    const client = await server().newOrganization();
    const created = succeed(
      await client.call('POST', authorizationsPath, { ...adakveoCase, ...impossibleAge }),
    );
    expect(created.workflowState).toBe('action_required');
    expect(fieldsOf(openActions(created))).toEqual(['age_years']);
    expect(await listEventTypes(client, created.id)).toEqual(['authorization.created', 'action.opened']);
  });
});

describe('update', () => {
  test('row 3: clearing the blockers makes needs_input ready_to_submit', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const answered = succeed(await patchCase(client, id, allAnswers));
    expect(answered).toMatchObject({ workflowState: 'ready_to_submit', actions: [], version: 2 });
    expect(await listEventTypes(client, id)).toEqual([
      'authorization.created',
      'authorization.updated',
      'authorization.state_changed',
    ]);
  });

  test('a missing answer makes ready_to_submit needs_input, and opens no action', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const cleared = succeed(await patchCase(client, id, answering({ genotype: null })));
    expect(cleared).toMatchObject({ workflowState: 'needs_input', actions: [] });
  });

  test.each([
    { from: 'needs_input', ready: false },
    { from: 'ready_to_submit', ready: true },
  ])('row 4: an answer that breaks a rule makes $from action_required', async ({ from, ready }) => {
    const client = await server().newOrganization();
    const created = await createCase(client, { ready });
    expect(created.workflowState).toBe(from);
    const broken = succeed(await patchCase(client, created.id, impossibleAge));
    expect(broken.workflowState).toBe('action_required');
    expect(broken.actions).toEqual([
      {
        id: expect.stringMatching(/^act_/),
        authorizationId: created.id,
        type: 'validation_issue',
        status: 'open',
        blocking: true,
        resolvable: false,
        message: expect.stringMatching(/./),
        field: 'questionnaireResponse.items.age_years',
        code: 'out_of_range',
        requestedDocuments: [],
        resolutionHint: null,
        artifactId: null,
        relatedKeys: ['questionnaire.age_years'],
        resolution: null,
        createdAt: '2026-03-13T17:00:00.000Z',
        resolvedAt: null,
      },
    ]);
    const mended = succeed(await patchCase(client, created.id, possibleAge));
    expect(mended.workflowState).toBe(from);
    expect(mended.actions).toEqual([]);
    expect(await readCase(client, created.id)).toMatchObject({ authorization: mended });
  });

  test('answers with its actions in the order in which they are read later', async () => {
    const client = await server().newOrganization();
    for (let round = 0; round < 5; round += 1) {
      const { id } = await createCase(client);
      const broken = succeed(
        await patchCase(
          client,
          id,
          answering({ age_years: { valueInteger: 130 }, genotype: coded('hb_zz') }),
        ),
      );
      expect(broken.actions).toHaveLength(2);
      expect((await readCase(client, id)).authorization).toEqual(broken);
    }
  });
});

describe('submit', () => {
  test('row 5: is refused in needs_input, and the refusal is committed', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const { validationIssues } = succeed(await client.call('POST', `${authorizationsPath}/${id}/preview`));
    const answer = await submitCase(client, id);
    expect(answer).toMatchObject({ status: 409, body: { code: 'validation_failed' } });
    const blocking = validationIssues.filter((issue: Answer['body']) => issue.blocking);
    expect(answer.body.issues).toEqual(
      blocking.map(({ field, code, message }: Answer['body']) => ({ field, code, message })),
    );

    const { authorization, submissions } = await readCase(client, id);
    expect(authorization).toMatchObject({
      workflowState: 'action_required',
      decisionState: 'unknown',
      version: 2,
    });
    expect(fieldsOf(openActions(authorization))).toEqual(firstQuestions.toSorted());
    expect(answer.body.details).toEqual({ workflowState: 'action_required', actionIds: expect.anything() });
    expect(answer.body.details.actionIds.toSorted()).toEqual(
      authorization.actions.map((action: Answer['body']) => action.id).toSorted(),
    );
    expect(submissions).toEqual([]);
    expect(await listEventTypes(client, id)).toEqual([
      'authorization.created',
      'authorization.previewed',
      'authorization.submit_rejected',
      ...firstQuestions.map(() => 'action.opened'),
      'authorization.state_changed',
    ]);
  });

  test('row 6: goes from ready_to_submit through submitting to pending_payer', async () => {
    const client = await server().newOrganization();
    const submitted = await createCaseInState(client, 'pending_payer');
    expect(submitted).toMatchObject({
      workflowState: 'pending_payer',
      decisionState: 'pending',
      submissionChannel: 'fax',
      submittedAt: '2026-03-13T17:00:00.000Z',
    });
    const { events } = await readCase(client, submitted.id);
    const changes = events.filter(({ type }) => type === 'prior_auth.authorization.state_changed');
    expect(changes.map(({ payload }) => payload)).toEqual([
      { from: 'ready_to_submit', workflowState: 'submitting', decisionState: 'unknown' },
      { from: 'submitting', workflowState: 'pending_payer', decisionState: 'pending' },
    ]);
  });

  test('row 6: submitting is there to be read before the channel has answered', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const handOver = channel.holdNext(client.organizationId);
    const answer = submitCase(client, id);
    const attemptId = await handOver.reached;
    const { authorization, submissions } = await readCase(client, id);
    handOver.release();
    expect(authorization).toMatchObject({
      workflowState: 'submitting',
      decisionState: 'unknown',
      submissionChannel: null,
    });
    expect(submissions).toMatchObject([{ id: attemptId, status: 'pending', attemptNumber: 1 }]);
    expect((await answer).body.workflowState).toBe('pending_payer');
  });

  test.each(['a request of the payer', 'a refused submit'])(
    'row 15: is refused while %s is open',
    async (cause) => {
      const client = await server().newOrganization();
      const waiting = await (cause.includes('payer')
        ? createCaseInState(client, 'action_required')
        : refusedCase(client));
      const answer = await submitCase(client, waiting.id);
      expect(answer).toMatchObject({ status: 409, body: { code: 'authorization_not_submittable' } });
      expect((await readCase(client, waiting.id)).authorization).toEqual(waiting);
    },
  );

  test('row 17: comes back to ready_to_submit when the channel rejects the packet, and can be repeated', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    channel.play(client.organizationId, { submit: async () => rejectedWith('retryable') });
    const failed = succeed(await submitCase(client, id, 'first'));
    expect(failed).toMatchObject({
      workflowState: 'ready_to_submit',
      decisionState: 'unknown',
      submissionChannel: null,
      submittedAt: null,
    });
    const failure = { code: 'line_busy', message: 'The line said line_busy.', retryable: true };
    expect(failed.latestSubmission).toMatchObject({
      attemptNumber: 1,
      status: 'failed',
      channel: 'fax',
      failure,
    });
    expect((await readCase(client, id)).submissions).toMatchObject([
      { status: 'failed', failure, attemptNumber: 1 },
    ]);

    channel.play(client.organizationId, {});
    expect(succeed(await submitCase(client, id, 'second')).workflowState).toBe('pending_payer');
    const { submissions, events } = await readCase(client, id);
    expect(submissions.map(({ attemptNumber, status }) => [attemptNumber, status])).toEqual([
      [2, 'completed'],
      [1, 'failed'],
    ]);
    const failedEvent = events.find(({ type }) => type.endsWith('submission_failed'));
    expect(failedEvent.payload).toMatchObject({
      workflowState: 'ready_to_submit',
      attemptNumber: 1,
      failureCode: 'line_busy',
    });
  });
});

describe('payer events', () => {
  test.each([
    { row: 7, event: approval, decision: 'approved', kind: 'payer_approval' },
    { row: 8, event: denial, decision: 'denied', kind: 'payer_denial' },
  ])('row $row: a decision completes the case as $decision', async ({ event, decision, kind }) => {
    const client = await server().newOrganization();
    const { id } = await createCaseInState(client, 'pending_payer');
    const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
    const decided = succeed(await sendPayerEvent(client, id, event(documentFileId)));
    expect(decided).toMatchObject({
      workflowState: 'completed',
      decisionState: decision,
      submissionChannel: 'fax',
      completedAt: '2026-03-13T17:00:00.000Z',
      decisionDetails: { decision, artifactId: expect.stringMatching(/^art_/) },
    });
    const { artifacts } = await readCase(client, id);
    const own = artifacts.find((artifact) => artifact.id === decided.decisionDetails.artifactId);
    expect(own).toMatchObject({ kind, fileId: documentFileId });
  });

  test('row 9: a request for information opens one resolvable action and leaves the decision pending', async () => {
    const client = await server().newOrganization();
    const asked = await createCaseInState(client, 'action_required');
    expect(asked).toMatchObject({
      workflowState: 'action_required',
      decisionState: 'pending',
      submissionChannel: 'fax',
    });
    expect(openActions(asked)).toMatchObject([
      { type: 'more_info_request', resolvable: true, blocking: true },
    ]);
  });

  test.each(['needs_input', 'ready_to_submit', 'action_required', 'completed', 'cancelled'])(
    'row 10: are refused in %s',
    async (state) => {
      const client = await server().newOrganization();
      const { id } = await createCaseInState(client, state);
      const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
      const before = await readCase(client, id);
      for (const event of [approval, denial, informationRequest]) {
        const answer = await sendPayerEvent(client, id, event(documentFileId));
        expect(answer).toMatchObject({ status: 409, body: { code: 'inbound_event_not_allowed_for_state' } });
      }
      expect(await readCase(client, id)).toEqual(before);
    },
  );
});

describe('actions', () => {
  test("row 11: resolving the payer's request makes ready_to_submit, and submits nothing", async () => {
    const client = await server().newOrganization();
    const asked = await createCaseInState(client, 'action_required');
    const resolved = succeed(await resolve(client, asked));
    expect(resolved).toMatchObject({
      workflowState: 'ready_to_submit',
      decisionState: 'pending',
      submissionChannel: 'fax',
    });
    expect(resolved.actions).toMatchObject([{ status: 'resolved', resolvedAt: '2026-03-13T17:00:00.000Z' }]);
    expect((await readCase(client, asked.id)).submissions).toHaveLength(1);
  });

  test.each([
    { what: 'an answer is missing', patch: answering({ genotype: null }), field: 'genotype' },
    { what: 'an answer breaks a rule', patch: impossibleAge, field: 'age_years' },
  ])(
    "row 12: resolving the payer's request while $what stays in action_required",
    async ({ patch, field }) => {
      const client = await server().newOrganization();
      const asked = await createCaseInState(client, 'action_required');
      succeed(await patchCase(client, asked.id, patch));
      const resolved = succeed(await resolve(client, asked));
      expect(resolved.workflowState).toBe('action_required');
      expect(openActions(resolved)).toMatchObject([{ type: 'validation_issue' }]);
      expect(fieldsOf(openActions(resolved))).toEqual([field]);
      expect(succeed(await patchCase(client, asked.id, allAnswers)).workflowState).toBe('ready_to_submit');
    },
  );

  test('row 13: clearing all blockers resolves the actions of a refused submit', async () => {
    const client = await server().newOrganization();
    const refused = await refusedCase(client);
    const answered = succeed(await patchCase(client, refused.id, allAnswers));
    expect(answered.workflowState).toBe('ready_to_submit');
    const { authorization, events } = await readCase(client, refused.id);
    expect([answered.actions, authorization.actions]).toEqual([[], []]);
    const resolved = events.filter(({ type }) => type === 'prior_auth.action.resolved');
    expect(resolved.map(({ payload }) => payload.actionId).toSorted()).toEqual(
      refused.actions.map(({ id }: Answer['body']) => id).toSorted(),
    );
  });

  test('row 14: clearing some blockers resolves theirs, keeps the others and opens those that came up', async () => {
    const client = await server().newOrganization();
    const refused = await refusedCase(client);
    const answered = succeed(
      await patchCase(
        client,
        refused.id,
        answering({ genotype: coded('other'), label_dosing: { valueBoolean: true } }),
      ),
    );
    expect(answered.workflowState).toBe('action_required');
    const stillOpen = firstQuestions.filter((linkId) => linkId !== 'genotype' && linkId !== 'label_dosing');
    expect(fieldsOf(openActions(answered))).toEqual([...stillOpen, 'genotype_other'].toSorted());
    expect(answered.actions).toEqual(openActions(answered));
    const idOf = ({ actions }: Answer['body'], linkId: string) =>
      actions.find(({ field }: Answer['body']) => field.endsWith(`.${linkId}`)).id;
    for (const linkId of stillOpen) expect(idOf(answered, linkId)).toBe(idOf(refused, linkId));
  });

  test('row 16: a validation action cannot be resolved by hand', async () => {
    const client = await server().newOrganization();
    const refused = await refusedCase(client);
    const path = `${authorizationsPath}/${refused.id}/actions/${refused.actions[0].id}/resolve`;
    expect(await client.call('POST', path, {})).toMatchObject({
      status: 409,
      body: { code: 'action_not_resolvable' },
    });
    expect((await readCase(client, refused.id)).authorization).toEqual(refused);
  });

  test('once all blockers are gone a refused submit is forgotten', async () => {
    const client = await server().newOrganization();
    const refused = await refusedCase(client);
    const partly = succeed(await patchCase(client, refused.id, answering({ genotype: coded('hb_ss') })));
    expect(partly.workflowState).toBe('action_required');
    succeed(await patchCase(client, refused.id, allAnswers));
    const cleared = succeed(await patchCase(client, refused.id, answering({ genotype: null })));
    expect(cleared.workflowState).toBe('needs_input');
    expect(openActions(cleared)).toEqual([]);
  });
});

describe('cancel', () => {
  test.each(['needs_input', 'ready_to_submit', 'action_required', 'pending_payer'])(
    'row 18: ends a case in %s without a decision and closes its actions',
    async (state) => {
      const client = await server().newOrganization();
      const { id } = await createCaseInState(client, state);
      const cancelled = succeed(await cancel(client, id));
      expect(cancelled).toMatchObject({
        workflowState: 'cancelled',
        decisionState: 'unknown',
        submissionChannel: null,
        cancellationReason: 'Submitted in error',
        cancelledAt: '2026-03-13T17:00:00.000Z',
      });
      expect(openActions(cancelled)).toEqual([]);
      if (state === 'action_required') expect(cancelled.actions).toMatchObject([{ status: 'dismissed' }]);
    },
  );

  test('row 18: closes validation actions too, and needs no reason', async () => {
    const client = await server().newOrganization();
    const refused = await refusedCase(client);
    const cancelled = succeed(await client.call('POST', `${authorizationsPath}/${refused.id}/cancel`));
    expect(cancelled).toMatchObject({ workflowState: 'cancelled', cancellationReason: null });
    const { authorization, events } = await readCase(client, refused.id);
    expect([cancelled.actions, authorization.actions]).toEqual([[], []]);
    const closed = events.filter(({ payload }) => payload.status === 'dismissed');
    expect(closed).toHaveLength(refused.actions.length);
  });

  test.each(['completed', 'cancelled'])('row 19: is refused in %s', async (state) => {
    const client = await server().newOrganization();
    const ended = await createCaseInState(client, state);
    expect(await cancel(client, ended.id)).toMatchObject({
      status: 409,
      body: { code: 'authorization_not_cancellable' },
    });
    expect((await readCase(client, ended.id)).authorization).toEqual(ended);
  });

  test('row 19: is refused in submitting', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const handOver = channel.holdNext(client.organizationId);
    const answer = submitCase(client, id);
    await handOver.reached;
    const refusal = await cancel(client, id);
    handOver.release();
    expect(refusal).toMatchObject({ status: 409, body: { code: 'authorization_not_cancellable' } });
    expect((await answer).body.workflowState).toBe('pending_payer');
  });
});

describe('required documents', () => {
  async function readyOxygenCase(client: ApiClient) {
    const created = succeed(await client.call('POST', authorizationsPath, await homeOxygenCase()));
    expect(created).toMatchObject({ workflowState: 'needs_input', actions: [] });
    const fileId = await uploadFile(client);
    const attachmentIds: string[] = [];
    for (const document of homeOxygenDocuments) {
      attachmentIds.push(succeed(await attach(client, created.id, { fileId, ...document })).id);
    }
    const { authorization } = await readCase(client, created.id);
    expect(authorization).toMatchObject({ workflowState: 'ready_to_submit', version: 3 });
    return { id: created.id, attachmentIds };
  }

  test('attaching the last required document makes needs_input ready_to_submit, and its submit succeeds', async () => {
    const client = await server().newOrganization();
    const { id } = await readyOxygenCase(client);
    expect(succeed(await submitCase(client, id)).workflowState).toBe('pending_payer');
  });

  test('row 20: removing a required document makes ready_to_submit needs_input', async () => {
    const client = await server().newOrganization();
    const { id, attachmentIds } = await readyOxygenCase(client);
    const answer = await client.call('DELETE', `${authorizationsPath}/${id}/attachments/${attachmentIds[0]}`);
    expect(answer).toMatchObject({ status: 204, body: undefined });
    expect((await readCase(client, id)).authorization).toMatchObject({
      workflowState: 'needs_input',
      actions: [],
      attachments: [{ id: attachmentIds[1] }],
    });
    expect((await submitCase(client, id)).body.issues).toMatchObject([
      { field: 'attachments', code: 'document_missing' },
    ]);
    expect((await readCase(client, id)).authorization).toMatchObject({ workflowState: 'action_required' });
  });

  test('a document of another type does not stand in for the required one', async () => {
    const client = await server().newOrganization();
    const { id } = succeed(await client.call('POST', authorizationsPath, await homeOxygenCase()));
    const fileId = await uploadFile(client);
    for (const label of ['One', 'Two'])
      succeed(await attach(client, id, { fileId, label, documentTypes: ['imaging_report'] }));
    expect((await readCase(client, id)).authorization.workflowState).toBe('needs_input');
    succeed(await attach(client, id, { fileId, label: 'Of no stated type' }));
    expect((await readCase(client, id)).authorization.workflowState).toBe('ready_to_submit');
  });
});
