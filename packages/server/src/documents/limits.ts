/** What a document may cost. */
export interface DocumentLimits {
  /** Pages of one PDF or multi-page image. */
  readonly maxPages: number;
  /** Pixels of one image, or of one image inside a PDF. */
  readonly maxPixels: number;
}

export const defaultLimits: DocumentLimits = { maxPages: 2000, maxPixels: 100_000_000 };

/** Decompressed bytes of one stream that we read ourselves (object streams, page contents). */
export const maxStreamBytes = 64 * 1024 * 1024;
/** Of all object streams of one file, which are read as a whole before anything else can be. */
export const maxObjectStreamBytes = 192 * 1024 * 1024;
