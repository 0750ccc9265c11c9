import type { DocumentJob, DocumentResults } from './document-job.ts';
import { renderForm } from './form/render-form.ts';
import { inspectFile } from './inspect-file.ts';
import { renderPacket } from './packet/render-packet.ts';
import { type FontLibrary, openFontLibrary } from './text/font-library.ts';

let fonts: Promise<FontLibrary> | undefined;

/** What a document process does, one job at a time. */
export async function runDocumentJob(job: DocumentJob): Promise<DocumentResults[DocumentJob['kind']]> {
  if (job.kind === 'start') return undefined;
  if (job.kind === 'inspect') return inspectFile(job, job.mimeType, job.limits);
  fonts ??= openFontLibrary();
  if (job.kind === 'form') return renderForm(job.request, await fonts);
  return renderPacket(job.request, await fonts, job.limits);
}
