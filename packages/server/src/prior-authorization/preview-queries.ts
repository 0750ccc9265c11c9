import type { DocumentProblem } from '../documents/types.ts';
import type { Queryable } from '../platform/database/database.ts';

export interface PreviewDocument {
  readonly fileId: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly pageCount: number;
  readonly sha256: string;
  readonly generatedAt: string;
}

export interface KeptPreview {
  readonly contentHash: string;
  readonly filledForm: PreviewDocument;
  readonly draftPacket: PreviewDocument;
  readonly problems: readonly DocumentProblem[];
  readonly generatedAt: Date;
}

/** The last preview, when it shows the case as it is and its files are still there. */
export async function findPreview(
  database: Queryable,
  organizationId: string,
  authorizationId: string,
  contentHash: string,
): Promise<KeptPreview | undefined> {
  const rows = await database.query<KeptPreview>(
    `select v.content_hash as "contentHash", v.filled_form as "filledForm", v.draft_packet as "draftPacket",
            v.problems, v.generated_at as "generatedAt"
       from prior_authorization_preview v
       join file f on f.organization_id = v.organization_id and f.id = v.filled_form ->> 'fileId'
       join file p on p.organization_id = v.organization_id and p.id = v.draft_packet ->> 'fileId'
      where v.organization_id = $1 and v.authorization_id = $2 and v.content_hash = $3`,
    [organizationId, authorizationId, contentHash],
  );
  return rows[0];
}

export async function keepPreview(
  database: Queryable,
  organizationId: string,
  authorizationId: string,
  preview: KeptPreview,
): Promise<void> {
  await database.execute(
    `insert into prior_authorization_preview
       (organization_id, authorization_id, content_hash, filled_form, draft_packet, problems, generated_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, $7)
     on conflict (organization_id, authorization_id) do update
       set content_hash = excluded.content_hash, filled_form = excluded.filled_form,
           draft_packet = excluded.draft_packet, problems = excluded.problems, generated_at = excluded.generated_at`,
    [
      organizationId,
      authorizationId,
      preview.contentHash,
      JSON.stringify(preview.filledForm),
      JSON.stringify(preview.draftPacket),
      JSON.stringify(preview.problems),
      preview.generatedAt,
    ],
  );
}
