import { PDFArray, PDFDict, type PDFDocument, PDFName, PDFRef } from '@cantoo/pdf-lib';
import { UnusableFileError } from '../unusable-file.ts';

/** One page with what it inherits from the page tree already looked up. */
export interface PageLeaf {
  readonly node: PDFDict;
  readonly inherited: ReadonlyMap<string, PDFDict>;
}

const inheritable = ['Resources', 'MediaBox', 'CropBox', 'Rotate'];
const deepestTree = 64;

/**
 * The pages in order, by our own walk: a tree that loops, or names one branch a million times, ends here with
 * `damaged` or `too_large` instead of exhausting the stack or the memory.
 */
export function listPageLeaves(document: PDFDocument, maxPages: number): readonly PageLeaf[] {
  const root = lookupDict(document, document.context.trailerInfo.Root);
  const tree = root && lookupDict(document, root.get(PDFName.of('Pages')));
  if (tree === undefined) throw new UnusableFileError('damaged', 'The file has no pages.');
  const leaves: PageLeaf[] = [];
  let visited = 0;
  const walk = (node: PDFDict, path: readonly PDFDict[]): void => {
    visited += 1;
    if (leaves.length > maxPages || visited > maxPages * 4) {
      throw new UnusableFileError('too_large', `The file has more than ${maxPages} pages.`);
    }
    if (path.length > deepestTree || path.includes(node))
      throw new UnusableFileError('damaged', 'The page tree loops.');
    const kids = document.context.lookup(node.get(PDFName.of('Kids')));
    if (!(kids instanceof PDFArray)) {
      leaves.push({ node, inherited: inheritedEntries([...path, node]) });
      return;
    }
    for (const kid of kids.asArray()) {
      const child = lookupDict(document, kid);
      if (child === undefined) throw new UnusableFileError('damaged', 'Pages of the file are missing.');
      walk(child, [...path, node]);
    }
  };
  walk(tree, []);
  if (leaves.length > maxPages)
    throw new UnusableFileError('too_large', `The file has more than ${maxPages} pages.`);
  if (leaves.length === 0) throw new UnusableFileError('damaged', 'The file has no pages.');
  return leaves;
}

/** For each inheritable entry the innermost dictionary that has it. */
function inheritedEntries(path: readonly PDFDict[]): ReadonlyMap<string, PDFDict> {
  const entries = new Map<string, PDFDict>();
  for (const node of path) {
    for (const name of inheritable) if (node.has(PDFName.of(name))) entries.set(name, node);
  }
  return entries;
}

export function lookupDict(document: PDFDocument, object: unknown): PDFDict | undefined {
  const found = object instanceof PDFRef ? document.context.lookup(object) : object;
  return found instanceof PDFDict ? found : undefined;
}
