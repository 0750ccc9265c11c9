import { deflateSync } from 'node:zlib';
import {
  decodePDFRawStream,
  PDFArray,
  type PDFDict,
  type PDFDocument,
  PDFName,
  PDFRawStream,
  type PDFStream,
} from '@cantoo/pdf-lib';
import { maxStreamBytes } from '../limits.ts';
import { UnusableFileError } from '../unusable-file.ts';
import { inflateBounded } from './bounded-inflate.ts';
import type { PageLeaf } from './page-leaves.ts';

export interface PageContent {
  readonly bytes: Uint8Array;
  /** How the bytes are encoded: the stream's Filter and DecodeParms. */
  readonly encoding: ReadonlyMap<string, ReturnType<PDFDict['get']>>;
}

/**
 * The page's content as one stream. A single stream is passed on as it is, after a look that it can be read.
 * Throws UnusableFileError `damaged` when the page names content that is not there: it would come out blank.
 */
export function readPageContent(document: PDFDocument, { node }: PageLeaf): PageContent {
  const contents = node.get(PDFName.of('Contents'));
  const found = document.context.lookup(contents);
  if (contents === undefined) return { bytes: new Uint8Array(), encoding: new Map() };
  if (found instanceof PDFRawStream) {
    decodeContent(found);
    return { bytes: found.getContents(), encoding: encodingOf(found) };
  }
  if (!(found instanceof PDFArray)) throw missingContent();
  const parts = found.asArray().map((part) => {
    const stream = document.context.lookup(part);
    if (!(stream instanceof PDFRawStream)) throw missingContent();
    return decodeContent(stream);
  });
  // A token may not span two streams (PDF 1.7, 7.8.2): a line end between them keeps them apart.
  const joined = Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
  if (joined.length > maxStreamBytes)
    throw new UnusableFileError('too_large', 'A page of the file is too large.');
  return { bytes: deflateSync(joined), encoding: new Map([['Filter', PDFName.of('FlateDecode')]]) };
}

/** The content of a page we wrote ourselves: one stream, which needs no look. */
export function passPageContent(document: PDFDocument, { node }: PageLeaf): PageContent {
  const found = document.context.lookup(node.get(PDFName.of('Contents')));
  if (!(found instanceof PDFRawStream)) throw missingContent();
  return { bytes: found.getContents(), encoding: encodingOf(found) };
}

function missingContent(): UnusableFileError {
  return new UnusableFileError('damaged', 'The content of a page is missing.');
}

function decodeContent(stream: PDFRawStream): Uint8Array {
  const filter = stream.dict.lookup(PDFName.of('Filter'));
  const parms = stream.dict.lookup(PDFName.of('DecodeParms'));
  const only = filter instanceof PDFArray && filter.size() === 1 ? filter.lookup(0) : filter;
  const data = stream.getContents();
  if (only === undefined) return data;
  if (only === PDFName.of('FlateDecode') && parms === undefined) return inflateBounded(data, maxStreamBytes);
  return decodeRare(stream, filter);
}

/** Filters no current program puts on page content; the parser's decoders know no limit, so their input is held small. */
function decodeRare(stream: PDFRawStream, filter: unknown): Uint8Array {
  const filters = filter instanceof PDFArray ? filter.asArray() : [filter];
  const isFlate = filters.filter((name) => name === PDFName.of('FlateDecode')).length;
  if (stream.getContents().length > maxStreamBytes / 32 || isFlate > 1) {
    throw new UnusableFileError('too_large', 'A page of the file is too large.');
  }
  try {
    return decodePDFRawStream(stream).decode();
  } catch (error) {
    throw new UnusableFileError('damaged', 'The content of a page is damaged.', { cause: error });
  }
}

function encodingOf(stream: PDFStream): PageContent['encoding'] {
  const names = ['Filter', 'DecodeParms'];
  return new Map(
    names.flatMap((name) => {
      const value = stream.dict.get(PDFName.of(name));
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
