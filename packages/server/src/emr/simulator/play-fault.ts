import type { ServerResponse } from 'node:http';
import type { FaultKind, FaultRule } from './fault-rules.ts';
import { type Answer, refusal, rejection } from './outcomes.ts';
import type { Wait } from './wait.ts';

/** What is done to the claim: written at once, after the rule's delay, or not at all. */
export type Commit = 'at_once' | 'late' | 'never';

type Ending =
  | 'answer'
  | 'drop'
  | 'error'
  | 'hang'
  | 'garbage'
  | 'twice'
  | 'throttle'
  | 'unavailable'
  | 'unauthorized'
  | 'reject';

interface Behaviour {
  readonly commit: Commit;
  readonly ending: Ending;
}

const behaviours: Readonly<Record<FaultKind, Behaviour>> = {
  commit_then_drop: { commit: 'at_once', ending: 'drop' },
  commit_then_error: { commit: 'at_once', ending: 'error' },
  commit_then_hang: { commit: 'at_once', ending: 'hang' },
  garbage: { commit: 'at_once', ending: 'garbage' },
  answer_twice: { commit: 'at_once', ending: 'twice' },
  slow: { commit: 'late', ending: 'answer' },
  commit_late: { commit: 'late', ending: 'drop' },
  drop: { commit: 'never', ending: 'drop' },
  error: { commit: 'never', ending: 'error' },
  hang: { commit: 'never', ending: 'hang' },
  throttle: { commit: 'never', ending: 'throttle' },
  unavailable: { commit: 'never', ending: 'unavailable' },
  unauthorized: { commit: 'never', ending: 'unauthorized' },
  reject: { commit: 'never', ending: 'reject' },
};

export interface Stage {
  readonly wait: Wait;
  /** The simulator stops. */
  readonly stopping: AbortSignal;
}

const defaultSlowMs = 10_000;
const defaultHangMs = 60_000;

/**
 * Answers one call the way the rule says.
 * @param work what the call does when nothing is wrong; it is called once or never
 */
export async function playFault(
  stage: Stage,
  response: ServerResponse,
  rule: FaultRule,
  work: () => Answer,
): Promise<void> {
  const { commit, ending } = behaviours[rule.fault];
  if (commit === 'late') return playLate(stage, response, rule, work);
  const answer = commit === 'at_once' ? work() : undefined;
  // What is refused on its merits is refused whatever the network does.
  if (answer !== undefined && answer.status >= 400) return sendAnswer(response, answer);
  return end(stage, response, ending, rule, answer);
}

/** The EMR goes on working, whether or not somebody still listens. */
async function playLate(
  { wait, stopping }: Stage,
  response: ServerResponse,
  rule: FaultRule,
  work: () => Answer,
): Promise<void> {
  if (rule.fault === 'commit_late') drop(response);
  await wait(rule.delayMs ?? defaultSlowMs, stopping);
  if (stopping.aborted) return;
  const answer = work();
  if (rule.fault === 'slow') sendAnswer(response, answer);
}

async function end(
  stage: Stage,
  response: ServerResponse,
  ending: Ending,
  rule: FaultRule,
  answer: Answer | undefined,
): Promise<void> {
  const retryAfter =
    rule.retryAfterSeconds === undefined ? {} : { 'retry-after': String(rule.retryAfterSeconds) };
  if (ending === 'drop') drop(response);
  else if (ending === 'hang') await hang(stage, response, rule.delayMs ?? defaultHangMs);
  else if (ending === 'garbage') sendGarbage(response);
  else if (ending === 'twice') sendTwice(response, answer);
  else if (ending === 'error') sendAnswer(response, refusal(500, { code: 'exception' }));
  else if (ending === 'throttle')
    sendAnswer(response, withHeaders(refusal(429, { code: 'throttled' }), retryAfter));
  else if (ending === 'unavailable')
    sendAnswer(response, withHeaders(refusal(503, { code: 'transient' }), retryAfter));
  else if (ending === 'unauthorized') sendAnswer(response, refusal(401, { code: 'login' }));
  else sendAnswer(response, rejection(rule.rejection ?? 'business_rule'));
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/fhir+json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}

function drop(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Until the caller gives up, the delay is over or the simulator stops. */
async function hang({ wait, stopping }: Stage, response: ServerResponse, delayMs: number): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  await wait(delayMs, AbortSignal.any([left.signal, stopping]));
  drop(response);
}

function sendGarbage(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/fhir+json' });
  response.end(Buffer.from('7b227265736f757263650054797065ff3a', 'hex'));
}

/** The same answer two times on one connection: what a confused proxy does. */
function sendTwice(response: ServerResponse, answer: Answer | undefined): void {
  const body = JSON.stringify(answer?.body ?? {});
  const lines = [
    `HTTP/1.1 ${answer?.status ?? 200} OK`,
    'content-type: application/fhir+json',
    ...Object.entries(answer?.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const message = `${lines.join('\r\n')}\r\n\r\n${body}`;
  response.socket?.end(message + message);
}
