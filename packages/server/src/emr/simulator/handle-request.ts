import type { IncomingMessage, ServerResponse } from 'node:http';
import { controlAnswer, type SimulatorControl } from './control-routes.ts';
import type { FaultPlan, FaultRule } from './fault-rules.ts';
import { type FhirRoutesOptions, fhirCall } from './fhir-routes.ts';
import { type Answer, refusal } from './outcomes.ts';
import { playFault, type Stage, sendAnswer } from './play-fault.ts';
import type { TokenDesk } from './token-desk.ts';

export const fhirPath = '/fhir/r4';
export const tokenPath = '/auth/token';
const controlPath = '/_simulator';
const maximumBodyBytes = 1024 * 1024;

export interface SimulatorParts {
  readonly routes: FhirRoutesOptions;
  readonly control: SimulatorControl;
  readonly faults: () => FaultPlan;
  /** Undefined: calls need no token. */
  readonly tokens: TokenDesk | undefined;
  /** Counts a call; its answer when there were too many. */
  readonly countCall: () => Answer | undefined;
  readonly stage: Stage;
}

export async function handleRequest(
  parts: SimulatorParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  const body = await readBody(request);
  if (body === undefined) return sendAnswer(response, refusal(413, { code: 'too-long' }));
  if (url.pathname.startsWith(`${controlPath}/`)) {
    const path = url.pathname.slice(controlPath.length + 1);
    return sendJson(response, controlAnswer(parts.control, request.method, path, body));
  }
  const isToken = url.pathname === tokenPath && parts.tokens !== undefined;
  if (!isToken && !url.pathname.startsWith(`${fhirPath}/`)) {
    return sendAnswer(response, refusal(404, { code: 'not-found' }));
  }
  const tooMany = parts.countCall();
  if (tooMany !== undefined) return sendAnswer(response, tooMany);
  return isToken ? answerToken(parts, response, body) : answerFhir(parts, request, response, url, body);
}

async function answerFhir(
  { routes, faults, tokens, stage }: SimulatorParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: Buffer,
): Promise<void> {
  const path = url.pathname.slice(fhirPath.length + 1);
  const call = fhirCall(routes, request, path, url.searchParams, body);
  if (!call.open && tokens?.accepts(request.headers.authorization) === false) {
    return sendAnswer(response, refusal(401, { code: 'login' }));
  }
  const rule = faults().next(call);
  if (rule === undefined) return sendAnswer(response, call.work());
  return playFault(stage, response, rule, call.work);
}

async function answerToken(
  { routes, faults, tokens, stage }: SimulatorParts,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  const rule: FaultRule | undefined = faults().next({ on: 'token', key: 'token' });
  // A token endpoint has nothing to write: only how the answer fails is played.
  if (rule !== undefined) return playFault(stage, response, rule, () => refusal(500, { code: 'exception' }));
  const form = new URLSearchParams(body.toString('utf8'));
  const answer = await tokens?.issue(form, routes.tokenUrl);
  sendJson(response, answer ?? { status: 404, body: {} });
}

function sendJson(
  response: ServerResponse,
  { status, body }: { readonly status: number; readonly body: unknown },
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

/** Undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maximumBodyBytes) chunks.push(chunk);
  }
  return size > maximumBodyBytes ? undefined : Buffer.concat(chunks);
}
