import { test } from 'vitest';
import * as c from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
const server = useTestServer();
test('t', async () => {
  const client = await server().newOrganization();
  const out: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    let t = performance.now();
    const lap = (n: string) => { out.push(`${n} ${(performance.now() - t).toFixed(0)}`); t = performance.now(); };
    const a = await c.createCase(client, { ready: true }); lap('create');
    await client.call('GET', `${c.authorizationsPath}/${a.id}`); lap('get');
    await c.uploadFile(client); lap('upload');
    c.succeed(await client.call('POST', `${c.authorizationsPath}/${a.id}/preview`)); lap('preview');
    c.succeed(await client.call('POST', `${c.authorizationsPath}/${a.id}/submit`)); lap('submit');
    await c.createCaseInState(client, 'completed'); lap('completed');
  }
  console.log(out.join('\n'));
});
