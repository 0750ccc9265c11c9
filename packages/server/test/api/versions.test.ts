import { describe, expect, test } from 'vitest';
import { answering } from '../support/api/answers.ts';
import { attach, expectUnchanged, patchCase, readCase } from '../support/api/case-record.ts';
import {
  adakveoCase,
  authorizationsPath,
  createCase,
  createCaseInState,
  uploadFile,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

describe('If-Match', () => {
  test('lets the change of the version it names through, and every answer tells the version', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const path = `${authorizationsPath}/${id}`;
    for (const version of [1, 2, 3]) {
      const answer = await client.call(
        'PATCH',
        path,
        { siteOfCare: `Clinic ${version}` },
        { 'if-match': `"${version}"` },
      );
      expect(answer).toMatchObject({ status: 200, body: { version: version + 1 } });
      expect(answer.headers.get('etag')).toBe(`"${version + 1}"`);
    }
    expect((await client.call('GET', path)).headers.get('etag')).toBe('"4"');
    expect((await client.call('PATCH', path, { siteOfCare: 'Home' }, { 'if-match': '*' })).status).toBe(200);
  });

  test('is checked by an update of nothing, which changes nothing', async () => {
    const client = await server().newOrganization();
    const created = await createCase(client);
    const path = `${authorizationsPath}/${created.id}`;
    const answer = await expectUnchanged(client, created.id, () =>
      client.call('PATCH', path, {}, { 'if-match': '"1"' }),
    );
    expect(answer).toMatchObject({ status: 200, body: created });
    expect(answer.headers.get('etag')).toBe('"1"');
    expect((await client.call('PATCH', path, {}, { 'if-match': '"2"' })).status).toBe(409);
  });

  test.each([
    { operation: 'update', method: 'PATCH', path: '', body: { siteOfCare: 'Home' } },
    { operation: 'attach', method: 'POST', path: '/attachments', body: { fileId: 'file_1', label: 'Note' } },
    { operation: 'detach', method: 'DELETE', path: '/attachments/{attachment}', body: undefined },
    { operation: 'submit', method: 'POST', path: '/submit', body: undefined },
    { operation: 'resolve', method: 'POST', path: '/actions/{action}/resolve', body: {} },
    { operation: 'cancel', method: 'POST', path: '/cancel', body: {} },
  ])('that is stale or malformed refuses $operation', async ({ operation, method, path, body }) => {
    const client = await server().newOrganization();
    const state = operation === 'resolve' ? 'action_required' : 'ready_to_submit';
    const { id, actions } = await createCaseInState(client, state);
    const attached = await attach(client, id, { fileId: await uploadFile(client), label: 'Note' });
    const { version } = (await readCase(client, id)).authorization;
    const filled = path.replace('{attachment}', attached.body.id).replace('{action}', actions[0]?.id);
    const send = (ifMatch: string) =>
      expectUnchanged(client, id, () =>
        client.call(method, `${authorizationsPath}/${id}${filled}`, body, { 'if-match': ifMatch }),
      );
    const stale = await send(`"${version - 1}"`);
    expect(stale).toMatchObject({ status: 409, body: { code: 'version_conflict' } });
    expect(stale.body.details).toEqual({ expectedVersion: version - 1, actualVersion: version });
    for (const malformed of ['latest', '"0"', '"1", "2"', '"-1"', 'W/"1"']) {
      const refused = await send(malformed);
      expect(refused.status).toBe(400);
      expect(refused.body).toMatchObject({ code: 'validation_error', issues: [{ field: 'If-Match' }] });
    }
  });
});

describe('updates at the same time', { timeout: 120_000 }, () => {
  test('of different fields lose nothing', async () => {
    const client = await server().newOrganization();
    for (let round = 0; round < 20; round += 1) {
      const { id } = await createCase(client);
      const answers = await Promise.all([
        patchCase(client, id, { patient: { firstName: `Joan ${round}` } }),
        patchCase(client, id, answering({ age_years: { valueInteger: round } })),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(answers.map(({ body }) => body.version).toSorted()).toEqual([2, 3]);
      const { authorization } = await readCase(client, id);
      expect(authorization).toMatchObject({
        version: 3,
        patient: { ...adakveoCase.patient, firstName: `Joan ${round}` },
      });
      expect(authorization.questionnaireResponse.item).toEqual([
        { linkId: 'age_years', answer: [{ valueInteger: round }] },
      ]);
    }
  });

  test('decided on the same version let one through', async () => {
    const client = await server().newOrganization();
    for (let round = 0; round < 10; round += 1) {
      const { id } = await createCase(client);
      const names = ['Ann', 'Bea', 'Cleo', 'Dot'];
      const answers = await Promise.all(
        names.map((firstName) =>
          client.call(
            'PATCH',
            `${authorizationsPath}/${id}`,
            { patient: { firstName } },
            { 'if-match': '"1"' },
          ),
        ),
      );
      const winners = names.filter((_, index) => answers[index]?.status === 200);
      expect(winners).toHaveLength(1);
      for (const { status, body } of answers) if (status !== 200) expect(body.code).toBe('version_conflict');
      expect((await readCase(client, id)).authorization).toMatchObject({
        version: 2,
        patient: { firstName: winners[0] },
      });
    }
  });
});
