import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { repository } from '../../../scripts/generated-files.ts';
import { succeed } from '../../support/api/sample-case.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { type ReceivedRequest, useReceiver } from '../../support/webhooks/receiver.ts';
import { createEndpoint, deliverDue, endpointsPath, publish } from '../../support/webhooks/webhook-tenant.ts';

const server = useTestServer({ workers: false, settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' } });
const receiver = useReceiver();

type Verifier = (secret: string, headers: ReceivedRequest['headers'], body: Buffer, now?: number) => boolean;

/** The verifier as it is printed in the guide. */
async function printedVerifier(profile: string): Promise<Verifier> {
  const guide = await readFile(join(repository, 'docs/guides/receive-a-webhook.md'), 'utf8');
  const [, code] = new RegExp(`<!-- verifier: ${profile} -->\n\`\`\`js\n(.+?)\`\`\``, 's').exec(guide) ?? [];
  if (code === undefined) throw new Error(`The guide prints no verifier for ${profile}.`);
  const path = join(server().dataDirectory, `verifier-${profile}.mjs`);
  await writeFile(path, code);
  const { isFromPrecert } = await import(/* @vite-ignore */ pathToFileURL(path).href);
  await rm(path);
  return isFromPrecert;
}

describe.each(['standard', 'cobalt'])('the guide’s verifier for the profile %s', (profile) => {
  test('accepts what the server sends, also while the secret is replaced, and nothing else', async () => {
    const verify = await printedVerifier(profile);
    const client = await server().newOrganization();
    const path = `/${client.organizationId}`;
    const { id, secret: old } = await createEndpoint(client, { url: receiver().url(path), profile });
    const { secret: renewed } = succeed(await client.call('POST', `${endpointsPath}/${id}/rotate-secret`));
    await publish(server(), client.organizationId, { data: { name: 'é', 1: 0.1 } });
    await deliverDue(server());
    const [request] = receiver().received(path);
    if (request === undefined) throw new Error('Nothing came.');
    const { headers } = request;
    const body = Buffer.from(request.body);
    const now = server().clock.now().getTime();
    expect([old, renewed].map((secret) => verify(secret, headers, body, now))).toEqual([true, true]);
    const other = await createEndpoint(await server().newOrganization(), {
      url: receiver().url('/o'),
      profile,
    });
    expect(verify(other.secret, headers, body, now)).toBe(false);
    expect(verify(renewed, headers, Buffer.from(`${request.body} `), now)).toBe(false);
    expect(verify(renewed, {}, body, now)).toBe(false);
    // A signature of another length is refused and breaks nothing.
    const [name = ''] = Object.keys(headers).filter((header) => /signature|verification$/.test(header));
    for (const forged of ['', 'v1,', 'v1,AAAA', 'ab', 'x'.repeat(500), 'v1a,AAAA v1,']) {
      const altered = { 'webhook-id': 'evt_1', 'webhook-timestamp': String(now / 1_000), [name]: forged };
      expect(verify(renewed, altered, body, now)).toBe(false);
    }
    if (profile === 'standard') expect(verify(renewed, headers, body, now + 301_000)).toBe(false);
  });
});
