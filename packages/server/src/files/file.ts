import type { ContentKey } from '../platform/storage/chunked-cipher.ts';

/** Contract prior-auth.md, 1.14 and 2. The first two purposes are a client's to choose, the others the server's. */
export const uploadPurposes = ['authorization_attachment', 'sandbox_payer_document'] as const;
export const filePurposes = [...uploadPurposes, 'generated_artifact', 'preview_document'] as const;
export type FilePurpose = (typeof filePurposes)[number];

export const fileStatuses = ['pending_upload', 'uploaded', 'ready', 'failed'] as const;
export type FileStatus = (typeof fileStatuses)[number];

/** Why a file cannot be placed in a packet. */
export type FileProblem = 'encrypted' | 'damaged' | 'too_large';

/** Why an upload was refused once its bytes had been looked at. */
export type FileRefusal = 'infected' | 'not_scanned_whole' | 'active_content';

export const maximumFileBytes = 25 * 1024 * 1024;

export interface StoredFile {
  readonly organizationId: string;
  readonly id: string;
  readonly status: FileStatus;
  readonly purpose: FilePurpose;
  readonly fileName: string;
  readonly contentType: string;
  readonly declaredSizeBytes?: number;
  readonly sizeBytes?: number;
  readonly sha256?: string;
  readonly storageKey?: string;
  /** Opens the stored bytes. */
  readonly contentKey?: ContentKey;
  readonly pageCount?: number;
  readonly problem?: FileProblem;
  /** Set together with the status `failed`. */
  readonly refusal?: FileRefusal;
  readonly createdAt: Date;
  readonly uploadedAt?: Date;
  readonly completedAt?: Date;
}

/** A file whose bytes are whole and judged. */
export interface ReadyFile extends StoredFile {
  readonly status: 'ready';
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly storageKey: string;
  readonly contentKey: ContentKey;
}
