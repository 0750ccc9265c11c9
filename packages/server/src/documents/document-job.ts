import type { LocalFile } from '../platform/storage/read-local-file.ts';
import type { DocumentLimits } from './limits.ts';
import type { FormRequest, Inspection, PacketRequest, RenderedDocument, RenderedPacket } from './types.ts';

/** What crosses into a document process. `start` does nothing but have the process ready. */
export type DocumentJob =
  | { readonly kind: 'start' }
  | { readonly kind: 'form'; readonly request: FormRequest; readonly limits: DocumentLimits }
  | { readonly kind: 'packet'; readonly request: PacketRequest; readonly limits: DocumentLimits }
  | (LocalFile & {
      readonly kind: 'inspect';
      readonly mimeType: string;
      readonly limits: DocumentLimits;
    });

/** What comes back, by the job's kind. */
export interface DocumentResults {
  readonly start: undefined;
  readonly form: RenderedDocument;
  readonly packet: RenderedPacket;
  readonly inspect: Inspection;
}

/** What a document process sends back: the result, or what the job threw, in words. */
export type DocumentReply =
  | { readonly result: DocumentResults[DocumentJob['kind']] }
  | { readonly error: string };
