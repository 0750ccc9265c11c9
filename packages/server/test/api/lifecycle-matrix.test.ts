import { afterAll, describe, expect, test } from 'vitest';
import {
  allowedTargets,
  type Operation,
  operations,
  transitions,
  type WorkflowState,
} from '../../src/prior-authorization/lifecycle.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach, readCase, sendPayerEvent, submitCase } from '../support/api/case-record.ts';
import {
  approval,
  authorizationsPath,
  createCase,
  denial,
  informationRequest,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { createScriptedChannel } from '../support/api/scripted-channel.ts';
import { useTestServer } from '../support/api/test-server.ts';

const channel = createScriptedChannel();
const server = useTestServer({
  settings: { PRECERT_SUBMIT_WAIT_MS: '25000' },
  overrides: { channels: channel.channels },
});

/** The seven workflow states of the contract; `action_required` for either of its two reasons. */
const states = [
  'needs_input',
  'ready_to_submit',
  'submitting',
  'pending_payer',
  'action_required (RFI)',
  'action_required (validation)',
  'completed',
  'cancelled',
] as const;
type State = (typeof states)[number];

interface Cell {
  readonly status: number;
  /** The code of a refusal that changes nothing. */
  readonly code?: string;
  /** The state afterwards; absent where nothing changes. */
  readonly leadsTo?: string;
}

const ok = (leadsTo: string): Cell => ({ status: 200, leadsTo });
const reads: Cell = { status: 200 };
const refused = (code: string, status = 409): Cell => ({ status, code });
const added = (leadsTo: string): Cell => ({ status: 201, leadsTo });
const gone = (leadsTo: string): Cell => ({ status: 204, leadsTo });
const update = refused('authorization_not_updatable');
const mutable = refused('authorization_attachments_not_mutable');
const preview = refused('authorization_not_previewable');
const submit = refused('authorization_not_submittable');
const cancel = refused('authorization_not_cancellable');
const inbound = refused('inbound_event_not_allowed_for_state');
const noAction = refused('action_not_found', 404);
const resolved = refused('action_already_resolved');
const notResolvable = refused('action_not_resolvable');
const refusedSubmit: Cell = { status: 409, code: 'validation_failed', leadsTo: 'action_required' };

/** Contract 3.2 with the results of 3.1, written from the page; columns as in `states`. */
// biome-ignore format: read as the contract's table, one operation a line
const matrix = {
  'get the case': [reads, reads, reads, reads, reads, reads, reads, reads],
  'list its events': [reads, reads, reads, reads, reads, reads, reads, reads],
  'list its artifacts': [reads, reads, reads, reads, reads, reads, reads, reads],
  'list its submissions': [reads, reads, reads, reads, reads, reads, reads, reads],
  update: [ok('needs_input'), ok('ready_to_submit'), update, update, ok('action_required'), ok('action_required'), update, update],
  attach: [added('needs_input'), added('ready_to_submit'), mutable, mutable, added('action_required'), added('action_required'), mutable, mutable],
  detach: [gone('needs_input'), gone('ready_to_submit'), mutable, mutable, gone('action_required'), gone('action_required'), mutable, mutable],
  preview: [ok('needs_input'), ok('ready_to_submit'), preview, preview, ok('action_required'), ok('action_required'), preview, preview],
  submit: [refusedSubmit, ok('pending_payer'), submit, submit, submit, submit, submit, submit],
  resolve: [noAction, noAction, noAction, noAction, ok('ready_to_submit'), notResolvable, resolved, resolved],
  cancel: [ok('cancelled'), ok('cancelled'), cancel, ok('cancelled'), ok('cancelled'), ok('cancelled'), cancel, cancel],
  approve: [inbound, inbound, inbound, ok('completed'), inbound, inbound, inbound, inbound],
  deny: [inbound, inbound, inbound, ok('completed'), inbound, inbound, inbound, inbound],
  request_information: [inbound, inbound, inbound, ok('action_required'), inbound, inbound, inbound, inbound],
} as const satisfies Record<string, readonly Cell[]>;
type Action = keyof typeof matrix;

/** A case in some state with everything the operations need at hand. */
interface Stage {
  readonly client: ApiClient;
  readonly id: string;
  readonly attachmentId: string;
  readonly spareFileId: string;
  readonly payerFileId: string;
  readonly actionId: string;
}

const perform: Readonly<Record<Action, (stage: Stage, by?: ApiClient) => Promise<Answer>>> = {
  'get the case': (stage, by) => call(stage, by, 'GET', ''),
  'list its events': (stage, by) => call(stage, by, 'GET', '/events'),
  'list its artifacts': (stage, by) => call(stage, by, 'GET', '/artifacts'),
  'list its submissions': (stage, by) => call(stage, by, 'GET', '/submissions'),
  update: (stage, by) => call(stage, by, 'PATCH', '', { siteOfCare: 'Infusion center' }),
  attach: (stage, by) =>
    call(stage, by, 'POST', '/attachments', { fileId: stage.spareFileId, label: 'Another note' }),
  detach: (stage, by) => call(stage, by, 'DELETE', `/attachments/${stage.attachmentId}`),
  preview: (stage, by) => call(stage, by, 'POST', '/preview'),
  submit: (stage, by) => call(stage, by, 'POST', '/submit'),
  resolve: (stage, by) =>
    call(stage, by, 'POST', `/actions/${stage.actionId}/resolve`, { note: 'See the note.' }),
  cancel: (stage, by) => call(stage, by, 'POST', '/cancel', { reason: 'Submitted in error' }),
  approve: ({ client, id, payerFileId }, by = client) => sendPayerEvent(by, id, approval(payerFileId)),
  deny: ({ client, id, payerFileId }, by = client) => sendPayerEvent(by, id, denial(payerFileId)),
  request_information: ({ client, id, payerFileId }, by = client) =>
    sendPayerEvent(by, id, informationRequest(payerFileId)),
};

function call(
  { client, id }: Stage,
  by = client,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  return by.call(method, `${authorizationsPath}/${id}${path}`, body);
}

async function begin(ready: boolean): Promise<Stage> {
  const client = await server().newOrganization();
  const { id } = await createCase(client, { ready });
  const fileId = await uploadFile(client);
  const attachment = succeed(await attach(client, id, { fileId, label: 'Recent clinical note' }));
  const payerFileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
  return {
    client,
    id,
    attachmentId: attachment.id,
    spareFileId: await uploadFile(client),
    payerFileId,
    actionId: 'act_none',
  };
}

const held: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(held.map((release) => release())));

const reach: Readonly<Record<State, () => Promise<Stage>>> = {
  needs_input: () => begin(false),
  ready_to_submit: () => begin(true),
  async submitting() {
    const stage = await begin(true);
    const handOver = channel.holdNext(stage.client.organizationId);
    const answer = submitCase(stage.client, stage.id);
    held.push(() => {
      handOver.release();
      return answer;
    });
    await handOver.reached;
    return stage;
  },
  pending_payer: () => reach.ready_to_submit().then((stage) => after(stage, 'submit')),
  'action_required (RFI)': () => reach.pending_payer().then((stage) => after(stage, 'request_information')),
  async 'action_required (validation)'() {
    const stage = await reach.needs_input();
    expect((await perform.submit(stage)).status).toBe(409);
    return withAction(stage);
  },
  // Both through a request of the payer, so that there is an action that was once to be resolved.
  async completed() {
    const answered = await after(await reach['action_required (RFI)'](), 'resolve');
    return after(await after(answered, 'submit'), 'approve');
  },
  cancelled: () => reach['action_required (RFI)']().then((stage) => after(stage, 'cancel')),
};

async function after(stage: Stage, action: Action): Promise<Stage> {
  succeed(await perform[action](stage));
  return withAction(stage);
}

async function withAction(stage: Stage): Promise<Stage> {
  const { actions } = succeed(await perform['get the case'](stage));
  return { ...stage, actionId: actions[0]?.id ?? stage.actionId };
}

/** One case per state for everything that must leave it as it is. */
const shared = new Map<State, Promise<Stage>>();

function sharedStage(state: State): Promise<Stage> {
  const stage = shared.get(state) ?? reach[state]();
  shared.set(state, stage);
  return stage;
}

// Each entry of the matrix has one cell per state, in their order.
const cells = Object.entries(matrix).flatMap(([action, row]) =>
  states.map((state, column) => ({
    action: action as Action,
    state,
    cell: (row as readonly Cell[])[column] as Cell,
  })),
);

describe('the operation matrix (contract 3.2)', { timeout: 120_000 }, () => {
  const unchanging = cells.filter(({ cell }) => cell.leadsTo === undefined);
  test.each(unchanging)(
    '$action in $state answers $cell.status $cell.code and changes nothing',
    async ({ action, state, cell }) => {
      const stage = await sharedStage(state);
      const before = await readCase(stage.client, stage.id);
      expect(before.authorization.workflowState).toBe(state.split(' ')[0]);
      const answer = await perform[action](stage);
      expect(answer).toMatchObject({ status: cell.status });
      expect(answer.body.code).toBe(cell.code);
      expect(await readCase(stage.client, stage.id)).toEqual(before);
    },
  );

  const changing = cells.filter(({ cell }) => cell.leadsTo !== undefined);
  test.each(changing)(
    '$action in $state answers $cell.status and leads to $cell.leadsTo',
    async ({ action, state, cell }) => {
      const stage = await reach[state]();
      const before = await readCase(stage.client, stage.id);
      const answer = await perform[action](stage);
      expect(answer).toMatchObject({ status: cell.status });
      expect(answer.body?.code).toBe(cell.code);
      const { authorization, events } = await readCase(stage.client, stage.id);
      expect(authorization.workflowState).toBe(cell.leadsTo);
      expect(events.length).toBeGreaterThan(before.events.length);
      // A preview is looked at, it changes nothing a client has to read again.
      if (action === 'preview') expect(authorization).toEqual(before.authorization);
      else expect(authorization.version).toBeGreaterThan(before.authorization.version);
      if (cell.status === 200 && action !== 'preview') expect(answer.body).toEqual(authorization);
    },
  );

  test.each(Object.keys(matrix) as Action[])("refuses another organization's: %s", async (action) => {
    const stage = await sharedStage('action_required (RFI)');
    const before = await readCase(stage.client, stage.id);
    const answer = await perform[action](stage, await server().newOrganization());
    expect(answer).toMatchObject({ status: 404, body: { code: 'authorization_not_found' } });
    expect(await readCase(stage.client, stage.id)).toEqual(before);
  });

  test('replays a submit key in every state behind ready_to_submit', async () => {
    const stage = await reach.ready_to_submit();
    const { client, id } = stage;
    const first = succeed(await submitCase(client, id, 'the-key'));
    expect((await submitCase(client, id, 'the-key')).body).toEqual(first);
    for (const action of ['request_information', 'cancel'] as const) {
      succeed(await perform[action](stage));
      const before = await readCase(client, id);
      expect(await submitCase(client, id, 'the-key')).toMatchObject({
        status: 200,
        body: before.authorization,
      });
      expect(await readCase(client, id)).toEqual(before);
    }
  });

  test('refuses to resolve an answered request of the payer again, whatever the state', async () => {
    const stage = await after(await reach['action_required (RFI)'](), 'resolve');
    expect((await perform.resolve(stage)).body.code).toBe('action_already_resolved');
    succeed(await perform.submit(stage));
    expect((await perform.resolve(stage)).body.code).toBe('action_already_resolved');
  });
});

describe("the code's transition table", () => {
  const preparing = ['action_required', 'needs_input', 'ready_to_submit'];
  /** Contract 3.1, with row 17 read with 3.3: what made a hand-over fail may itself be a blocker. `submit` from `ready_to_submit` may find blockers like any submit (seed, `validation_failed`). */
  const contract = {
    needs_input: {
      update: preparing,
      attach: preparing,
      detach: preparing,
      preview: ['needs_input'],
      // `submitting` when the rules were mended since the case was last settled.
      submit: ['action_required', 'submitting'],
      cancel: ['cancelled'],
    },
    ready_to_submit: {
      update: preparing,
      attach: preparing,
      detach: preparing,
      preview: ['ready_to_submit'],
      submit: ['action_required', 'submitting'],
      cancel: ['cancelled'],
    },
    submitting: { hand_over: ['pending_payer'], hand_over_failed: preparing },
    pending_payer: {
      approve: ['completed'],
      deny: ['completed'],
      request_information: ['action_required'],
      cancel: ['cancelled'],
    },
    action_required: {
      update: preparing,
      attach: preparing,
      detach: preparing,
      preview: ['action_required'],
      resolve: ['action_required', 'ready_to_submit'],
      cancel: ['cancelled'],
    },
    completed: {},
    cancelled: {},
  };

  test('holds the transitions of the contract and no other', () => {
    const sortTargets = (row: Readonly<Record<string, readonly string[]>>) =>
      Object.fromEntries(Object.entries(row).map(([operation, targets]) => [operation, targets.toSorted()]));
    const table = Object.entries(transitions).map(([state, row]) => [state, sortTargets(row)]);
    expect(Object.fromEntries(table)).toEqual(contract);
  });

  const isInMatrix = (operation: Operation): operation is Operation & Action => operation in matrix;
  const clientOperations = operations.filter(isInMatrix);

  test.each(clientOperations)('allows %s in exactly the states the matrix allows it in', (operation) => {
    // A validation action cannot be resolved because of the action, not because of the state.
    const allowed = states.filter((state, column) => {
      const cell: Cell | undefined = matrix[operation][column];
      return cell?.leadsTo !== undefined || (operation === 'resolve' && state.endsWith('(validation)'));
    });
    // The first word of each column is its workflow state.
    const allows = (state: State) =>
      allowedTargets(state.split(' ')[0] as WorkflowState, operation).length > 0;
    expect(states.filter(allows)).toEqual(allowed);
  });

  test('has every operation that the matrix has', () => {
    const written = Object.keys(matrix).filter((action) => !action.includes(' '));
    expect(clientOperations.toSorted()).toEqual(written.toSorted());
  });
});
