/**
 * The receiver of webhooks, a process of its own. Appends a line to its ledger for each request, before it answers, and
 * misbehaves as it is told: `POST /_mood` with `well`, `slow`, `refusing` or `resetting`.
 */

import { createHmac } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export type Mood = 'well' | 'slow' | 'refusing' | 'resetting';

const [ledgerPath = '', port = '0'] = process.argv.slice(2);
const slowMs = 2_000;
let mood: Mood = 'well';
let secret = '';

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** As the vendor's published verifier does it: over the parsed body written again. */
function isSigned(body: string, signature: unknown): boolean {
  const text = JSON.stringify(JSON.parse(body));
  return createHmac('sha256', secret).update(text).digest('hex') === signature;
}

const server = createServer(async (request, response) => {
  const body = await read(request);
  if (request.url === '/_mood') {
    // Only the test calls this.
    mood = body as Mood;
    return response.end();
  }
  if (request.url === '/_secret') {
    secret = body;
    return response.end();
  }
  const now = mood;
  if (now === 'resetting') return response.socket?.resetAndDestroy();
  const entry = {
    id: request.headers['webhook-id'],
    body,
    isSigned: isSigned(body, request.headers['cobalt-verification']),
    isTaken: now !== 'refusing',
    at: Date.now(),
  };
  appendFileSync(ledgerPath, `${JSON.stringify(entry)}\n`);
  if (now === 'slow') await delay(slowMs);
  response.writeHead(now === 'refusing' ? 500 : 200).end();
  return undefined;
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listens on\n'));
