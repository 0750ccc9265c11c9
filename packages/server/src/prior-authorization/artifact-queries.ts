import type { Queryable } from '../platform/database/database.ts';
import type { Artifact, ArtifactKind } from './prior-authorization.ts';

interface ArtifactRow {
  readonly id: string;
  readonly file_id: string;
  readonly kind: ArtifactKind;
  readonly label: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly mime_type: string;
}

/** An artifact with the type of its file. */
export interface ListedArtifact extends Artifact {
  readonly mimeType: string;
}

const columns = 'd.id, d.file_id, d.kind, d.label, d.metadata, d.created_at, f.content_type as mime_type';
const source = `prior_authorization_artifact d
  join file f on f.organization_id = d.organization_id and f.id = d.file_id`;

export async function findArtifact(
  database: Queryable,
  organizationId: string,
  artifactId: string,
): Promise<ListedArtifact | undefined> {
  const rows = await database.query<ArtifactRow>(
    `select ${columns} from ${source} where d.organization_id = $1 and d.id = $2`,
    [organizationId, artifactId],
  );
  return rows[0] === undefined ? undefined : artifactFromRow(rows[0]);
}

/** Newest first; `before` is the last item of the page before. */
export async function listArtifacts(
  database: Queryable,
  organizationId: string,
  authorizationId: string,
  page: {
    readonly before: { readonly createdAt: string; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<readonly ListedArtifact[]> {
  const rows = await database.query<ArtifactRow>(
    `select ${columns} from ${source}
      where d.organization_id = $1 and d.authorization_id = $2
        and ($3::timestamptz is null or (d.created_at, d.id) < ($3::timestamptz, $4))
      order by d.created_at desc, d.id desc limit $5`,
    [organizationId, authorizationId, page.before?.createdAt ?? null, page.before?.id ?? null, page.limit],
  );
  return rows.map(artifactFromRow);
}

function artifactFromRow(row: ArtifactRow): ListedArtifact {
  return {
    id: row.id,
    fileId: row.file_id,
    kind: row.kind,
    label: row.label,
    metadata: row.metadata,
    createdAt: row.created_at,
    mimeType: row.mime_type,
  };
}
