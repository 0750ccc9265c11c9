import { type PDFDict, type PDFDocument, PDFName, PDFStream } from '@cantoo/pdf-lib';
import { UnusableFileError } from '../unusable-file.ts';
import { listAppearances } from './annotations.ts';
import { readNumber } from './page-geometry.ts';
import { lookupDict, type PageLeaf } from './page-leaves.ts';

/** Entries of an object that draw nothing and may lead to embedded files or the rest of the source document. */
const idleEntries = ['Ref', 'PieceInfo', 'Metadata', 'AF', 'OPI', 'StructParent', 'StructParents'];
const deepestNesting = 40;

export interface ResourceCheck {
  checkPage(leaf: PageLeaf): void;
}

/**
 * Looks through what pages draw. Refuses forms that draw themselves, on which viewers and fax gateways hang, and
 * images beyond the pixel limit. Objects shared by pages are looked at once.
 * Throws UnusableFileError: `damaged`, `too_large`.
 */
export function createResourceCheck(document: PDFDocument, maxPixels: number): ResourceCheck {
  const done = new Set<PDFDict>();
  const checkResources = (resources: PDFDict | undefined, path: ReadonlySet<PDFDict>): void => {
    refuseMissing(document, resources);
    for (const category of ['XObject', 'Pattern']) {
      const entries = resources && lookupDict(document, resources.get(PDFName.of(category)));
      for (const value of entries?.values() ?? []) {
        const stream = document.context.lookup(value);
        if (stream instanceof PDFStream) checkObject(stream.dict, path);
      }
    }
  };
  const checkObject = (dict: PDFDict, path: ReadonlySet<PDFDict>): void => {
    if (path.has(dict)) throw new UnusableFileError('damaged', 'A drawing in the file contains itself.');
    if (done.has(dict)) return;
    if (path.size > deepestNesting)
      throw new UnusableFileError('damaged', 'Drawings in the file are nested too deep.');
    const pixels = dimension(dict, 'Width') * dimension(dict, 'Height');
    if (pixels > maxPixels)
      throw new UnusableFileError('too_large', 'An image in the file has too many pixels.');
    for (const name of idleEntries) dict.delete(PDFName.of(name));
    checkResources(lookupDict(document, dict.get(PDFName.of('Resources'))), new Set([...path, dict]));
    done.add(dict);
  };
  return {
    checkPage(leaf) {
      const holder = leaf.inherited.get('Resources');
      checkResources(lookupDict(document, holder?.get(PDFName.of('Resources'))), new Set());
      for (const { reference } of listAppearances(document, leaf)) {
        const stream = document.context.lookup(reference);
        if (stream instanceof PDFStream) checkObject(stream.dict, new Set());
      }
    },
  };
}

/** A file cut short names fonts and pictures that are no longer in it; the page would be printed without them. */
function refuseMissing(document: PDFDocument, resources: PDFDict | undefined): void {
  for (const category of ['XObject', 'Font']) {
    const entries = resources && lookupDict(document, resources.get(PDFName.of(category)));
    for (const value of entries?.values() ?? []) {
      if (document.context.lookup(value) === undefined) {
        throw new UnusableFileError('damaged', 'Fonts or pictures of the file are missing.');
      }
    }
  }
}

function dimension(dict: PDFDict, name: string): number {
  return readNumber(dict.lookup(PDFName.of(name))) ?? 0;
}
