/** An installation as 0.1.0 left it: its tables, with a clinic's words in them, and its files as they were sent. */

import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadCatalog } from '../../../src/catalog/load-catalog.ts';
import { shippedCatalogDirectory } from '../../../src/catalog/shipped-catalog.ts';
import { openTemplateStore } from '../../../src/catalog/template-store.ts';
import { asOwner } from '../../../src/platform/database/database-scope.ts';
import { canaryAnswers, canaryCase, canaryFile, canaryWords } from '../api/canary-case.ts';
import { openTestDatabase, type TestDatabase } from '../databases/test-database.ts';
import { canaryPdf } from './canary-story.ts';

export interface FormerInstallation {
  readonly test: TestDatabase;
  readonly dataDirectory: string;
  readonly organizationId: string;
  /** One case with everything, and as many like it as were asked for. */
  readonly caseId: string;
  readonly fileId: string;
  readonly pdf: Uint8Array;
  remove(): Promise<void>;
}

/** The migrations of 0.1.0. */
const formerMigrations = 6;
const migrations = join(import.meta.dirname, '..', '..', '..', 'migrations');
const storageKey = 'files/2026-01-05/7b1c5d9e-0000-4000-8000-000000000001';

export async function createFormerInstallation(copies: number): Promise<FormerInstallation> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'precert-former-'));
  const test = await openFormerDatabase(dataDirectory);
  const pdf = await canaryPdf();
  const organizationId = `org_${randomBytes(6).toString('hex')}`;
  await fillTables(test, organizationId, copies, pdf.length);
  const blobs = join(dataDirectory, 'files', 'blobs');
  // Attached; without a row, as an interruption leaves it; and what the simulated payer kept.
  for (const key of [storageKey, `${storageKey}-lost`, 'simulator-fax/sa_1/one.pdf']) {
    await mkdir(dirname(join(blobs, key)), { recursive: true });
    await writeFile(join(blobs, key), pdf);
  }
  await writeFile(join(blobs, 'simulator-fax/sa_1/one.json'), '{}');
  return {
    test,
    dataDirectory,
    organizationId,
    caseId: 'auth_1',
    fileId: 'file_1',
    pdf,
    async remove() {
      await test.close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function openFormerDatabase(dataDirectory: string): Promise<TestDatabase> {
  const folder = join(dataDirectory, 'former-migrations');
  await mkdir(folder);
  const files = (await readdir(migrations)).toSorted().slice(0, formerMigrations);
  for (const file of files) await cp(join(migrations, file), join(folder, file));
  const test = await openTestDatabase({ migrations: folder });
  await rm(folder, { recursive: true });
  return test;
}

async function fillTables(
  { database }: TestDatabase,
  organizationId: string,
  copies: number,
  sizeBytes: number,
): Promise<void> {
  const catalog = await loadCatalog([shippedCatalogDirectory]);
  const templates = await asOwner(() => openTemplateStore(database, catalog, { now: () => new Date() }));
  const { code: serviceCode, codeSystem } = canaryCase.service;
  const template = templates.match({ ...canaryCase.coverage, serviceCode, codeSystem });
  if (template === undefined) throw new Error('The canary case has no template.');
  const { metadata, ...data } = canaryCase;
  const run = (text: string, values: readonly unknown[] = []) =>
    database.execute(text, [organizationId, ...values]);
  const json = JSON.stringify;
  await run(`insert into organization (id, name, created_at) values ($1, 'Clinic', now())`);
  await run(
    `insert into file (organization_id, id, status, purpose, file_name, content_type, size_bytes, sha256, storage_key,
       page_count, created_at, uploaded_at, completed_at)
     values ($1, 'file_1', 'ready', 'authorization_attachment', $2, 'application/pdf', $3, 'aa', $4, 1, now(), now(), now()),
            ($1, 'file_2', 'pending_upload', 'authorization_attachment', $2, 'application/pdf', null, null, null, null, now(), null, null),
            ($1, 'file_3', 'ready', 'generated_artifact', $2, 'application/pdf', 5, 'aa', 'files/2026-01-05/gone', 1, now(), now(), now())`,
    [canaryFile.fileName, sizeBytes, storageKey],
  );
  await run(
    `insert into prior_authorization (organization_id, id, workflow_state, decision_state, urgency, payer_id, member_id,
       template_id, template_version, template_hash, case_data, answers, metadata, submission_count, submit_refused,
       decision_details, cancellation_reason, version, event_sequence, created_at, updated_at)
     select $1, 'auth_' || n, 'cancelled', 'denied', 'standard', 'payer_aetna', $2, $3, $4, $5, $6::jsonb, $7::jsonb,
            $8::jsonb, 1, false, $9::jsonb, $10, 3, 2, now() - n * interval '1 minute', now()
       from generate_series(1, $11::int) n`,
    [
      data.coverage.memberId,
      ...[template.id, template.version, template.contentHash],
      json({ urgency: 'standard', ...data }),
      json(canaryAnswers.item),
      json(metadata),
      json({
        decision: 'denied',
        denialReasonCode: canaryWords.denialReasonCode,
        denialReasonMessage: canaryWords.denialReasonMessage,
        payerReferenceNumber: canaryWords.payerReferenceNumber,
        artifactId: 'art_1',
        decidedAt: '2026-01-05T00:00:00.000Z',
      }),
      canaryWords.cancelReason,
      copies + 1,
    ],
  );
  await run(
    `insert into prior_authorization_attachment
       (organization_id, id, authorization_id, file_id, label, document_types, metadata, created_at)
     values ($1, 'att_1', 'auth_1', 'file_1', $2, '["clinical_note"]', $3::jsonb, now())`,
    [canaryFile.label, json(canaryFile.metadata)],
  );
  await run(
    `insert into prior_authorization_action (organization_id, id, authorization_id, type, status, message, field, code,
       related_keys, requested_documents, resolution_hint, artifact_id, resolution, created_at, resolved_at)
     values ($1, 'act_1', 'auth_1', 'more_info_request', 'resolved', $2, null, null, '[]', $3::jsonb, $4, null, $5::jsonb, now(), now()),
            ($1, 'act_2', 'auth_1', 'validation_issue', 'open', 'An answer is missing.', 'a.b', 'required', '["k"]', '[]', null, null, null, now(), null)`,
    [
      canaryWords.payerMessage,
      json([canaryWords.requestedDocument]),
      canaryWords.resolutionHint,
      json({ attachmentIds: ['att_1'], note: canaryWords.resolutionNote }),
    ],
  );
  await run(
    `insert into submission_attempt (organization_id, id, authorization_id, attempt_number, authorization_version, channel,
       status, lease_number, unsent_tries, failure, correlations, evidence, created_at, failed_at)
     values ($1, 'sa_1', 'auth_1', 1, 2, 'fax', 'failed', 1, 0, $2::jsonb, '[]', '[]', now(), now())`,
    [json({ code: 'line_busy', message: canaryWords.payerMessage, retryable: true })],
  );
  await run(
    `insert into prior_authorization_preview values ($1, 'auth_1', 'h', $2::jsonb, '{}', '[]', now())`,
    [json({ fileName: canaryFile.fileName })],
  );
  await run(
    `insert into idempotency_key values ($1, 'create', $2, $3, 'auth_1', now(), now() + interval '1 day')`,
    [canaryWords.idempotencyKey, 'fingerprint'],
  );
}
