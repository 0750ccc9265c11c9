import type { TemplateFiles } from '../catalog/template.ts';
import type { LocalFile } from '../platform/storage/read-local-file.ts';
import type { ResponseItem } from '../questionnaire/types.ts';
import type { CaseData } from '../requirements/case-data.ts';

/**
 * What the documents room is given. Plain data only: it crosses into a process of its own.
 */
export interface FormRequest {
  /** The authorization id; printed on every page. */
  readonly caseId: string;
  readonly payerName: string;
  readonly case: CaseData;
  readonly template: TemplateFiles;
  readonly answers: readonly ResponseItem[];
  /** RFC 3339 UTC; printed, never read from a clock here, so that the same input gives the same bytes. */
  readonly generatedAt: string;
  /** A pre-submit draft carries a visible mark; the submitted form does not. */
  readonly draft: boolean;
  /** Sandbox documents say so on every page. */
  readonly sandbox: boolean;
}

/** Its file is read, and opened in memory, by the worker: the event loop never holds the bytes, the disk never sees them. */
export interface PacketAttachment extends LocalFile {
  readonly id: string;
  readonly label: string;
  readonly fileName: string;
  readonly mimeType: string;
}

export interface PacketRequest extends FormRequest {
  readonly attachments: readonly PacketAttachment[];
  /** Cover sheet: destination as the channel prints it, for example a fax number. */
  readonly destination?: string;
  readonly submissionNumber: number;
}

export interface DocumentProblem {
  /** Attachment id; for a form field, its key; for `unprintable_text`, which is said once of a document, the case id. */
  readonly subject: string;
  readonly code:
    | 'encrypted'
    | 'damaged'
    | 'too_large'
    | 'value_too_long'
    | 'value_not_an_option'
    | 'unprintable_text';
  readonly message: string;
}

export interface RenderedDocument {
  readonly bytes: Uint8Array;
  readonly pageCount: number;
  /** Hex SHA-256 of `bytes`. */
  readonly sha256: string;
  readonly problems: readonly DocumentProblem[];
}

export interface RenderedPacket {
  readonly form: RenderedDocument;
  readonly packet: RenderedDocument;
}

/** What an upload turned out to be; asked once, when the upload completes. */
export interface Inspection {
  readonly kind: 'readable' | 'encrypted' | 'damaged' | 'too_large';
  readonly pageCount?: number;
  /** What a PDF carries beside its pages, such as `JavaScript`; absent when there is nothing. */
  readonly activeContent?: readonly string[];
}

export interface RenderOptions {
  /** Counted from the call, waiting included. Without it the job waits its turn, however long. */
  readonly deadlineMs?: number;
}

/**
 * The room's face: a worker pool behind four questions. Rejects with `DocumentWorkerError` on time or memory limit,
 * and when there is no answer by the deadline.
 */
export interface DocumentRenderer {
  renderForm(request: FormRequest, options?: RenderOptions): Promise<RenderedDocument>;
  /** Form and packet in one job, so that a preview lays the form out once. */
  renderPacket(request: PacketRequest, options?: RenderOptions): Promise<RenderedPacket>;
  inspect(file: LocalFile & { readonly mimeType: string }): Promise<Inspection>;
  close(): Promise<void>;
}
