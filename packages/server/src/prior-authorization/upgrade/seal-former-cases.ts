import type { KeyedHash } from '../../platform/crypto/keyed-hash.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { type FormerTable, sealFormerRows } from '../../platform/encryption/seal-former-rows.ts';
import type { Store } from '../../platform/encryption/store.ts';
import {
  type ActionSecrets,
  type AttachmentSecrets,
  type AttemptSecrets,
  type CaseSecrets,
  memberIndex,
  sealedActions,
  sealedAttachments,
  sealedAttempts,
  sealedCases,
} from '../case-secrets.ts';
import { hashKey } from '../idempotency.ts';

/** Rows of 0.1.0 have null where a value is absent. */
type Former<Secrets> = { readonly [Key in keyof Secrets]-?: Secrets[Key] | null };

const cases: FormerTable<Former<CaseSecrets> & { readonly id: string; readonly memberId: string }> = {
  table: sealedCases,
  columns: `case_data as "case", answers, metadata, decision_details as "decisionDetails",
    cancellation_reason as "cancellationReason", member_id as "memberId"`,
  secrets: ({ case: data, answers, metadata, decisionDetails, cancellationReason }) =>
    withoutNulls({ case: data, answers, metadata, decisionDetails, cancellationReason }),
  indexes: (keys, { memberId }) => ({ member_index: memberIndex(keys, memberId) }),
};

const attachments: FormerTable<Former<AttachmentSecrets>> = {
  table: sealedAttachments,
  columns: 'label, document_types as "documentTypes", metadata',
  secrets: ({ label, documentTypes, metadata }) => withoutNulls({ label, documentTypes, metadata }),
};

const actions: FormerTable<Former<ActionSecrets>> = {
  table: sealedActions,
  columns: `message, requested_documents as "requestedDocuments", resolution_hint as "resolutionHint", resolution`,
  secrets: ({ message, requestedDocuments, resolutionHint, resolution }) =>
    withoutNulls({ message, requestedDocuments, resolutionHint, resolution }),
};

const attempts: FormerTable<AttemptSecrets> = {
  table: sealedAttempts,
  columns: 'failure',
  isPlain: 'sealed is null and failure is not null',
  secrets: ({ failure }) => ({ failure }),
};

/** Seals the cases that 0.1.0 wrote. */
export async function sealFormerCases(store: Store, idempotencyHash: KeyedHash): Promise<void> {
  await sealFormerRows(store, cases);
  await sealFormerRows(store, attachments);
  await sealFormerRows(store, actions);
  await sealFormerRows(store, attempts);
  await hashFormerKeys(store.database, idempotencyHash);
}

function withoutNulls(secrets: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== null));
}

const batchSize = 500;

async function hashFormerKeys(database: Queryable, hash: KeyedHash): Promise<void> {
  for (;;) {
    const rows = await database.query<{ organization: string; operation: string; key: string }>(
      `select organization_id as organization, operation, key from idempotency_key
        where hashed_key is null limit $1`,
      [batchSize],
    );
    if (rows.length === 0) return;
    const hashed = rows.map((row) => ({ ...row, hashed: hashKey(hash, row.key) }));
    await database.execute(
      `update idempotency_key k set hashed_key = h.hashed
         from jsonb_to_recordset($1::jsonb) as h(organization text, operation text, key text, hashed text)
        where k.organization_id = h.organization and k.operation = h.operation and k.key = h.key`,
      [JSON.stringify(hashed)],
    );
  }
}
