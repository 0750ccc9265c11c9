import { PDFArray, PDFDict, type PDFDocument, PDFName, type PDFObject, PDFStream } from '@cantoo/pdf-lib';

/** What a PDF may carry beside its pages: it acts when the file is opened, or hides another file. */
export const activeContentKinds = [
  'JavaScript',
  'Launch',
  'ImportData',
  'EmbeddedFile',
  'RichMedia',
  'OpenAction',
  'AdditionalAction',
] as const;
export type ActiveContentKind = (typeof activeContentKinds)[number];

/** Actions (ISO 32000-1, table 198) that run something, and annotations that play or hold something. */
const kinds: ReadonlyMap<string, ActiveContentKind> = new Map([
  ['JavaScript', 'JavaScript'],
  ['Launch', 'Launch'],
  ['ImportData', 'ImportData'],
  ['GoToE', 'EmbeddedFile'],
  ['EmbeddedFile', 'EmbeddedFile'],
  ['Rendition', 'RichMedia'],
  ['RichMediaExecute', 'RichMedia'],
  ['RichMedia', 'RichMedia'],
  ['Movie', 'RichMedia'],
  ['Sound', 'RichMedia'],
  ['3D', 'RichMedia'],
]);

/** What a file may do by itself, when it is opened or a page is turned: show a place in itself. */
const harmlessActions = new Set(['GoTo', 'Named']);

const deepestNesting = 100;

/**
 * Looks through every object of the file, whether something refers to it or not: an object nobody refers to may be
 * referred to by a reader that mends the file in another way. Scripts of XFA forms are not looked for; no reader but
 * one runs them, and the pages are printed without.
 */
export function listActiveContent(document: PDFDocument): readonly ActiveContentKind[] {
  const found = new Set<ActiveContentKind>();
  for (const [, object] of document.context.enumerateIndirectObjects()) look(document, object, found, 0);
  return activeContentKinds.filter((kind) => found.has(kind));
}

function look(document: PDFDocument, object: PDFObject, found: Set<ActiveContentKind>, depth: number): void {
  // Deeper than any program writes: whoever hides something there is taken to have hidden the worst.
  if (depth > deepestNesting) {
    found.add('JavaScript');
    return;
  }
  if (object instanceof PDFArray) {
    for (const entry of object.asArray()) look(document, entry, found, depth + 1);
    return;
  }
  const dict = object instanceof PDFStream ? object.dict : object;
  if (!(dict instanceof PDFDict)) return;
  lookAtEntries(document, dict, found);
  for (const value of dict.values()) look(document, value, found, depth + 1);
}

function lookAtEntries(document: PDFDocument, dict: PDFDict, found: Set<ActiveContentKind>): void {
  for (const [key, value] of dict.entries()) {
    const name = key.decodeText();
    if (name === 'JS') found.add('JavaScript');
    if (name === 'EF') found.add('EmbeddedFile');
    if (name === 'S' || name === 'Subtype' || name === 'Type') {
      const kind = kinds.get(nameOf(document, value) ?? '');
      if (kind !== undefined) found.add(kind);
    }
    if (name === 'OpenAction' && actsByItself(document, value)) found.add('OpenAction');
    if (name === 'AA' && anyActsByItself(document, value)) found.add('AdditionalAction');
  }
}

/** A destination shows a place; of actions those that do the same, with nothing to follow. */
function actsByItself(document: PDFDocument, value: PDFObject): boolean {
  const action = document.context.lookup(value);
  if (!(action instanceof PDFDict)) return false;
  const type = nameOf(document, action.get(PDFName.of('S')));
  return action.has(PDFName.of('Next')) || (type !== undefined && !harmlessActions.has(type));
}

function anyActsByItself(document: PDFDocument, value: PDFObject): boolean {
  const actions = document.context.lookup(value);
  return actions instanceof PDFDict && actions.values().some((action) => actsByItself(document, action));
}

function nameOf(document: PDFDocument, value: PDFObject | undefined): string | undefined {
  const name = value === undefined ? undefined : document.context.lookup(value);
  return name instanceof PDFName ? name.decodeText() : undefined;
}

/**
 * For a file that we cannot read, and that another reader perhaps can: the same names in its bytes, as far as they are
 * not compressed.
 */
export function listNamedActiveContent(bytes: Uint8Array): readonly ActiveContentKind[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const found = new Set<ActiveContentKind>();
  for (const [, written = ''] of text.matchAll(/\/((?:[A-Za-z]|#[0-9A-Fa-f]{2}){2,60})(?![A-Za-z0-9#])/g)) {
    const name = written.replace(/#([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    const kind = name === 'JS' ? 'JavaScript' : kinds.get(name);
    if (kind !== undefined) found.add(kind);
  }
  return activeContentKinds.filter((kind) => found.has(kind));
}
