import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  allowedTargets,
  type Operation,
  operations,
  workflowStates,
} from '../../src/prior-authorization/lifecycle.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach, patchCase, readCase, sendPayerEvent, submitCase } from '../support/api/case-record.ts';
import {
  adakveoAnswers,
  approval,
  authorizationsPath,
  createCase,
  denial,
  informationRequest,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer({ settings: { PRECERT_SUBMIT_WAIT_MS: '25000' } });

/** What a client or the payer can do at any time, without looking first. Previews change no state and take longest. */
const attempts = [
  'clear',
  'spoil',
  'mend',
  'attach',
  'resolve',
  'submit',
  'cancel',
  'approve',
  'deny',
  'ask',
] as const;
type Attempt = (typeof attempts)[number];

interface Life {
  readonly client: ApiClient;
  readonly id: string;
  readonly fileId: string;
  readonly letterId: string;
}

const make: Readonly<Record<Attempt, (life: Life) => Promise<Answer>>> = {
  clear: ({ client, id }) => patchAnswers(client, id, [{ linkId: 'genotype' }]),
  spoil: ({ client, id }) =>
    patchAnswers(client, id, [{ linkId: 'age_years', answer: [{ valueInteger: 130 }] }]),
  mend: ({ client, id }) => patchAnswers(client, id, adakveoAnswers.item),
  attach: ({ client, id, fileId }) => attach(client, id, { fileId, label: 'Note' }),
  resolve: ({ client, id }) => resolveOpenAction(client, id),
  submit: ({ client, id }) => submitCase(client, id),
  cancel: ({ client, id }) =>
    client.call('POST', `${authorizationsPath}/${id}/cancel`, { reason: 'Submitted in error' }),
  approve: ({ client, id, letterId }) => sendPayerEvent(client, id, approval(letterId)),
  deny: ({ client, id, letterId }) => sendPayerEvent(client, id, denial(letterId)),
  ask: ({ client, id, letterId }) => sendPayerEvent(client, id, informationRequest(letterId)),
};

function patchAnswers(client: ApiClient, id: string, item: readonly object[]): Promise<Answer> {
  return patchCase(client, id, { questionnaireResponse: { item } });
}

async function resolveOpenAction(client: ApiClient, id: string): Promise<Answer> {
  const { actions } = succeed(await client.call('GET', `${authorizationsPath}/${id}`));
  const open = actions.find((action: Answer['body']) => action.status === 'open');
  const path = `${authorizationsPath}/${id}/actions/${open?.id ?? 'act_none'}/resolve`;
  return client.call('POST', path, { note: 'See the note.' });
}

/** Whether any operation of the transition table leads there. */
function isLegal(from: string, to: string): boolean {
  const [before, after] = [from, to].map((name) => workflowStates.find((state) => state === name));
  if (before === undefined || after === undefined) return false;
  return operations.some((operation: Operation) => allowedTargets(before, operation).includes(after));
}

async function expectSoundLife({ client, id }: Life): Promise<void> {
  const { authorization, events, submissions } = await readCase(client, id);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, index) => index + 1));
  const changes = events.filter(({ type }) => type.endsWith('.state_changed'));
  let state = events[0].payload.workflowState;
  for (const { payload } of changes) {
    expect(payload.from).toBe(state);
    expect([payload.from, payload.workflowState, isLegal(payload.from, payload.workflowState)]).toEqual([
      payload.from,
      payload.workflowState,
      true,
    ]);
    state = payload.workflowState;
  }
  expect(authorization.workflowState).toBe(state);
  // A packet is handed over once for every time the case began to be submitted.
  expect(submissions).toHaveLength(
    changes.filter(({ payload }) => payload.workflowState === 'submitting').length,
  );
  const decisions = events.filter(({ type }) => /\.(approved|denied)$/.test(type));
  expect(decisions.length).toBe(['approved', 'denied'].includes(authorization.decisionState) ? 1 : 0);
}

test('whatever is tried in whatever order, and up to three things at once, a life is a legal one', {
  timeout: 240_000,
}, async () => {
  const client = await server().newOrganization();
  const fileId = await uploadFile(client);
  const letterId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
  const step = fc.array(fc.constantFrom(...attempts), { minLength: 1, maxLength: 3 });
  const script = fc.record({ ready: fc.boolean(), steps: fc.array(step, { minLength: 3, maxLength: 10 }) });
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(script, async ({ ready, steps }) => {
      const { id } = await createCase(client, { ready });
      const life = { client, id, fileId, letterId };
      for (const together of steps) {
        const answers = await Promise.all(together.map((attempt) => make[attempt](life)));
        for (const { status } of answers) {
          expect([200, 201, 404, 409]).toContain(status);
          statuses.add(status);
        }
        await expectSoundLife(life);
      }
    }),
    { numRuns: 15 },
  );
  expect([...statuses].toSorted()).toEqual([200, 201, 404, 409]);
});
