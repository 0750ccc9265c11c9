/**
 * Waits for one event of the claims API, checks that it came from the server, prints it and ends. Node 20 or newer, no
 * packages.
 *
 *     WEBHOOK_SECRET=… node examples/receive-webhook.mjs 9797
 *
 * A receiver of your own stays up, drops each `webhook-id` it has seen before, and does its work after it has answered.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const secret = process.env.WEBHOOK_SECRET ?? '';
const port = Number(process.argv[2] ?? 9797);
const maximumBytes = 1_000_000;

const server = createServer(async (request, response) => {
  // One event is all we want: without this the sender's connection would keep us up.
  response.setHeader('connection', 'close');
  const body = await readBody(request).catch(() => undefined);
  if (body === undefined || !isFromPrecert(request.headers, body)) {
    response.writeHead(401).end();
    return;
  }
  response.writeHead(204).end();
  process.stdout.write(`${body.toString('utf8')}\n`);
  server.close();
});

if (secret === '') {
  process.stderr.write('Set WEBHOOK_SECRET to the webhook_secret of the registration.\n');
  process.exitCode = 1;
} else {
  server.listen(port, '127.0.0.1');
}

/** The bytes as they came: the signature is over these, not over the JSON that is read from them. */
async function readBody(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maximumBytes) throw new Error('The body is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Anybody can send a POST: only who knows the secret can sign one. */
function isFromPrecert(headers, body) {
  const expected = createHmac('sha256', secret).update(body).digest();
  // The second header is there for a day after the secret was replaced, signed by the one before.
  return ['cobalt-verification', 'cobalt-verification-previous'].some((name) => {
    const given = Buffer.from(String(headers[name] ?? ''), 'hex');
    // timingSafeEqual throws on unequal lengths.
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
