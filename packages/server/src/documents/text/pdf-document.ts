import PDFDocument from 'pdfkit';

export type Document = InstanceType<typeof PDFDocument>;

export interface DocumentInfo {
  readonly title: string;
  /** RFC 3339; becomes the creation date, from which pdfkit also derives the file id. */
  readonly createdAt: string;
}

/** An empty document without pages. Its bytes depend on nothing but what is drawn and `info`. */
export function createDocument(info: DocumentInfo): Document {
  return new PDFDocument({
    autoFirstPage: false,
    margin: 0,
    // The default font would be embedded beside ours; the type has no word for "none".
    font: null as unknown as string,
    info: {
      Title: info.title,
      Creator: 'Precert',
      Producer: 'Precert',
      CreationDate: new Date(info.createdAt),
    },
  });
}

/** Ends the document and collects its bytes. */
export function finishDocument(document: Document): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    document.on('error', reject);
    document.end();
  });
}
