import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type App, buildApp } from '../../src/app.ts';
import { getReadyFile } from '../../src/files/get-file.ts';
import { issueCredential } from '../../src/identity/issue-credential.ts';
import { asOrganization, asSystem } from '../../src/platform/database/database-scope.ts';
import { createLogger } from '../../src/platform/observability/logger.ts';
import { findKey, hashKey } from '../../src/prior-authorization/idempotency.ts';
import { canariesIn, canaryCase, canaryFile, canaryWords } from '../support/api/canary-case.ts';
import { authorizationsPath } from '../support/api/sample-case.ts';
import { readTestConfig } from '../support/api/test-server.ts';
import type { ServerDatabase } from '../support/databases/test-database.ts';
import { canariesInFiles, canariesInTables } from '../support/encryption/canary-dump.ts';
import {
  createFormerInstallation,
  type FormerInstallation,
} from '../support/encryption/former-installation.ts';

/** More than are sealed at once. */
const copies = 450;

let former: FormerInstallation;
let apps: App[];
beforeEach(async () => {
  apps = [];
  former = await createFormerInstallation(copies);
}, 60_000);
afterEach(async () => {
  await Promise.all(apps.map((app) => app.http.close()));
  await former.remove();
});

async function start(database: ServerDatabase = former.test.serverDatabase): Promise<App> {
  const { config, secrets } = readTestConfig(former.dataDirectory);
  const app = await buildApp(config, secrets, { database, logger: createLogger({ level: 'silent' }) });
  apps.push(app);
  return app;
}

/** What the API says of the former installation. */
async function readAs(app: App): Promise<(path: string) => Promise<{ status: number; body: unknown }>> {
  const { organizationId } = former;
  const credential = { organizationId, name: 'after the upgrade', scope: 'admin' } as const;
  const { bearerToken } = await asSystem(() => issueCredential(app.database, app.identity, credential));
  return async (path) => {
    const headers = { authorization: `Bearer ${bearerToken}` };
    const response = await app.http.inject({ method: 'GET', url: path, headers });
    return { status: response.statusCode, body: response.json() };
  };
}

function readBytes({ priorAuthorization: { files } }: App): Promise<Buffer> {
  const { organizationId, fileId } = former;
  return asOrganization(organizationId, async () => {
    const { storageKey, contentKey } = await getReadyFile(files, organizationId, fileId);
    return buffer(await files.blobs.read(storageKey, contentKey));
  });
}

async function expectAllThere(app: App): Promise<void> {
  const read = await readAs(app);
  const { status, body } = await read(`${authorizationsPath}/${former.caseId}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    patient: canaryCase.patient,
    coverage: canaryCase.coverage,
    metadata: canaryCase.metadata,
    cancellationReason: canaryWords.cancelReason,
    decisionDetails: { decision: 'denied', denialReasonMessage: canaryWords.denialReasonMessage },
    attachments: [{ ...canaryFile, documentTypes: ['clinical_note'] }],
    actions: [
      { id: 'act_1', message: canaryWords.payerMessage, requestedDocuments: [canaryWords.requestedDocument] },
      { id: 'act_2', message: 'An answer is missing.' },
    ],
    latestSubmission: { failure: { code: 'line_busy', message: canaryWords.payerMessage, retryable: true } },
  });
  expect(canariesIn(JSON.stringify(body)).length).toBeGreaterThan(40);
  const query = new URLSearchParams({ memberId: canaryCase.coverage.memberId, limit: '100' });
  const page = await read(`${authorizationsPath}?${query}`);
  expect(page).toMatchObject({ status: 200, body: { data: { length: 100 } } });
  for (const id of [former.caseId, `auth_${copies + 1}`])
    expect(await read(`${authorizationsPath}/${id}`)).toMatchObject({ status: 200 });
  expect((await readBytes(app)).equals(former.pdf)).toBe(true);
  expect(await read('/v1/files/file_2')).toMatchObject({ body: { fileName: canaryFile.fileName } });
}

test('what 0.1.0 stored is sealed at the first start, and all of it is there afterwards', async () => {
  expect((await canariesInTables(former.test.database)).length).toBeGreaterThan(50);
  expect((await canariesInFiles(former.dataDirectory)).length).toBeGreaterThan(50);
  const app = await start();
  expect(await canariesInTables(former.test.database)).toEqual([]);
  expect(await canariesInFiles(former.dataDirectory)).toEqual([]);
  expect(await readdir(join(former.dataDirectory, 'files/blobs/simulator-fax/sa_1'))).toEqual(['one.json']);
  await expectAllThere(app);
}, 60_000);

test('an idempotency key of 0.1.0 goes on holding', async () => {
  const { database, priorAuthorization } = await start();
  const { organizationId } = former;
  const hashed = hashKey(priorAuthorization.idempotencyHash, canaryWords.idempotencyKey);
  const held = asOrganization(organizationId, () =>
    findKey(database, organizationId, 'create', hashed, new Date()),
  );
  expect(await held).toEqual({ fingerprint: 'fingerprint', resourceId: 'auth_1' });
}, 60_000);

test('a start that is interrupted while it seals leaves the rest to the next', async () => {
  // Ten changes in all: batches of cases, then what belongs to them, then files.
  for (const changes of [1, 3, 4]) {
    const started = start(failingAfter(changes)).then(() => 'started');
    await expect(started).rejects.toThrow('The power is gone.');
  }
  await expectAllThere(await start());
  expect(await canariesInTables(former.test.database)).toEqual([]);
  expect(await canariesInFiles(former.dataDirectory)).toEqual([]);
}, 60_000);

/** The database of a process that ends after so many changes. */
function failingAfter(changes: number): ServerDatabase {
  const database = former.test.serverDatabase;
  let done = 0;
  return {
    ...database,
    execute: async (statement, values) => {
      const text = typeof statement === 'string' ? statement : statement.text;
      if (/^\s*update/.test(text) && ++done > changes) throw new Error('The power is gone.');
      return database.execute(statement, values);
    },
  };
}

test('two servers that start together seal it once', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  await expectAllThere(one);
  await expectAllThere(two);
  expect(await canariesInFiles(former.dataDirectory)).toEqual([]);
}, 60_000);
