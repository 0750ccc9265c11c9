import type { DocumentProblem } from '../documents/types.ts';
import type { Store } from '../platform/encryption/store.ts';
import { sealedPreviews } from './case-secrets.ts';

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

/** What the row keeps sealed. */
type PreviewSecrets = Omit<KeptPreview, 'generatedAt'>;

/** The last preview, when it shows the case as it is and its files are still there. */
export async function findPreview(
  { database, vault }: Store,
  organizationId: string,
  authorizationId: string,
  contentHash: string,
): Promise<KeptPreview | undefined> {
  const [row] = await database.query<{ sealed: Uint8Array; generatedAt: Date }>(
    `select v.sealed, v.generated_at as "generatedAt"
       from prior_authorization_preview v
       join file f on f.organization_id = v.organization_id and f.id = v.form_file_id
       join file p on p.organization_id = v.organization_id and p.id = v.packet_file_id
      where v.organization_id = $1 and v.authorization_id = $2`,
    [organizationId, authorizationId],
  );
  if (row === undefined) return undefined;
  const { sealed, generatedAt } = row;
  const secrets = await vault.withKeys(organizationId, (keys) =>
    keys.open<PreviewSecrets>(sealedPreviews, [authorizationId], sealed),
  );
  return secrets.contentHash === contentHash ? { ...secrets, generatedAt } : undefined;
}

export async function keepPreview(
  { database, vault }: Store,
  organizationId: string,
  authorizationId: string,
  { generatedAt, ...secrets }: KeptPreview,
): Promise<void> {
  const keys = await vault.keysOf(organizationId);
  await database.execute(
    `insert into prior_authorization_preview
       (organization_id, authorization_id, form_file_id, packet_file_id, sealed, generated_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (organization_id, authorization_id) do update
       set form_file_id = excluded.form_file_id, packet_file_id = excluded.packet_file_id,
           sealed = excluded.sealed, generated_at = excluded.generated_at`,
    [
      organizationId,
      authorizationId,
      secrets.filledForm.fileId,
      secrets.draftPacket.fileId,
      keys.seal(sealedPreviews, [authorizationId], secrets),
      generatedAt,
    ],
  );
}
