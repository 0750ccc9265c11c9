import { PDFDocument, PDFHexString, PDFName, PDFString } from '@cantoo/pdf-lib';
import { describe, expect, test } from 'vitest';
import { makeActivePdf, makeFilledForm, makePayerForm, makePdf } from '../test-support/make-pdfs.ts';
import { listActiveContent, listNamedActiveContent } from './active-content.ts';

type Change = (document: PDFDocument) => void | Promise<void>;

async function madeOf(change: Change, useObjectStreams = true): Promise<Uint8Array> {
  const document = await PDFDocument.load(await makePdf(['page']));
  await change(document);
  return document.save({ useObjectStreams });
}

async function found(bytes: Uint8Array) {
  return listActiveContent(await PDFDocument.load(bytes, { updateMetadata: false }));
}

const action = (document: PDFDocument, fields: Readonly<Record<string, unknown>>) =>
  // What `obj` takes is typed more narrowly than what it can make.
  document.context.obj(fields as Parameters<typeof document.context.obj>[0]);
const onOpen = (fields: Readonly<Record<string, unknown>>) => (document: PDFDocument) =>
  document.catalog.set(PDFName.of('OpenAction'), action(document, fields));
const onPage = (fields: Readonly<Record<string, unknown>>) => (document: PDFDocument) =>
  document.getPage(0).node.set(PDFName.of('AA'), action(document, { O: fields }));
const annotation = (fields: Readonly<Record<string, unknown>>) => (document: PDFDocument) => {
  const made = document.context.register(action(document, { Type: 'Annot', Rect: [0, 0, 9, 9], ...fields }));
  document.getPage(0).node.set(PDFName.of('Annots'), document.context.obj([made]));
};

const active: readonly (readonly [what: string, change: Change, kinds: readonly string[]])[] = [
  ['a script on opening', onOpen({ S: 'JavaScript', JS: PDFString.of('1') }), ['JavaScript', 'OpenAction']],
  ['a script under a name', (document) => document.addJavaScript('main', 'app.alert(1)'), ['JavaScript']],
  [
    'a script of a field',
    annotation({ Subtype: 'Widget', AA: { K: { S: 'JavaScript', JS: PDFHexString.of('31') } } }),
    ['JavaScript', 'AdditionalAction'],
  ],
  [
    'a script nobody refers to',
    (document) =>
      void document.context.register(action(document, { S: 'JavaScript', JS: PDFString.of('1') })),
    ['JavaScript'],
  ],
  [
    'a script without its type',
    (document) => void document.context.register(action(document, { JS: PDFString.of('1') })),
    ['JavaScript'],
  ],
  [
    'a program to start',
    annotation({ Subtype: 'Link', A: { S: 'Launch', F: PDFString.of('cmd.exe') } }),
    ['Launch'],
  ],
  [
    'data to import',
    annotation({ Subtype: 'Link', A: { S: 'ImportData', F: PDFString.of('x.fdf') } }),
    ['ImportData'],
  ],
  ['a file embedded', (document) => document.attach(new Uint8Array([77, 90]), 'virus.exe'), ['EmbeddedFile']],
  ['a way into an embedded file', annotation({ Subtype: 'Link', A: { S: 'GoToE' } }), ['EmbeddedFile']],
  ['a film', annotation({ Subtype: 'RichMedia' }), ['RichMedia']],
  [
    'an address to open by itself',
    onOpen({ S: 'URI', URI: PDFString.of('https://example.com') }),
    ['OpenAction'],
  ],
  [
    'an address to open on a page',
    onPage({ S: 'URI', URI: PDFString.of('https://example.com') }),
    ['AdditionalAction'],
  ],
  [
    'an action behind a harmless one',
    onOpen({ S: 'GoTo', D: [0, 'Fit'], Next: { S: 'URI' } }),
    ['OpenAction'],
  ],
  [
    'much at once',
    async (document) => void (await document.copyPages(await PDFDocument.load(await makeActivePdf()), [0])),
    ['JavaScript', 'Launch', 'AdditionalAction'],
  ],
];

const harmless: readonly (readonly [what: string, change: Change])[] = [
  ['nothing', () => undefined],
  [
    'a page to open at',
    (document) =>
      document.catalog.set(PDFName.of('OpenAction'), document.context.obj([document.getPage(0).ref, 'Fit'])),
  ],
  ['an action that shows a page', onOpen({ S: 'GoTo', D: [0, 'Fit'] })],
  [
    'a link to an address',
    annotation({ Subtype: 'Link', A: { S: 'URI', URI: PDFString.of('https://example.com') } }),
  ],
  ['words that only sound like it', (document) => document.setTitle('/JavaScript /Launch /EmbeddedFile')],
  [
    'structure and transparency',
    (document) => void document.context.register(action(document, { S: 'Transparency', Type: 'Group' })),
  ],
];

describe('active content', () => {
  test.each(active)('is found: %s', async (_what, change, kinds) => {
    expect(await found(await madeOf(change))).toEqual(kinds);
    expect(await found(await madeOf(change, false))).toEqual(kinds);
  });

  test.each(harmless)('is not found in %s', async (_what, change) => {
    expect(await found(await madeOf(change))).toEqual([]);
  });

  test('is found in the file made to hold it, and in no form', async () => {
    expect(await found(await makeActivePdf())).toEqual([
      'JavaScript',
      'Launch',
      'EmbeddedFile',
      'OpenAction',
      'AdditionalAction',
    ]);
    expect(await found(await makePayerForm())).toEqual([]);
    expect(await found(await makeFilledForm())).toEqual([]);
  });

  test('is found under an escaped name, and at a depth nobody writes', async () => {
    const text = Buffer.from(
      await madeOf(onOpen({ S: 'JavaScript', JS: PDFString.of('1') }), false),
    ).toString('latin1');
    const escaped = Buffer.from(
      text.replaceAll('/JavaScript', '/J#61va#53cript').replaceAll('/JS', '/J#53'),
      'latin1',
    );
    expect(await found(escaped)).toContain('JavaScript');
    const document = await PDFDocument.create();
    let nested = document.context.obj([]);
    for (let depth = 0; depth < 150; depth += 1) nested = document.context.obj([nested]);
    document.context.register(nested);
    expect(listActiveContent(document)).toEqual(['JavaScript']);
  });
});

describe('names in the bytes of a file nobody can read', () => {
  test.each([
    ['<< /S /JavaScript /JS (1) >>', ['JavaScript']],
    ['<< /S/Launch/F(cmd.exe) >>', ['Launch']],
    ['<< /Type /EmbeddedFile >>', ['EmbeddedFile']],
    ['<< /J#53 (1) >>', ['JavaScript']],
    ['<< /#4aS (1) >>', ['JavaScript']],
    ['<< /JavaScripts /JSON /Launches >>', []],
    ['JavaScript and Launch', []],
  ])('%s gives %j', (text, kinds) => {
    expect(listNamedActiveContent(Buffer.from(text))).toEqual(kinds);
  });

  test('are looked for in time that does not grow faster than the file', () => {
    const started = performance.now();
    listNamedActiveContent(Buffer.alloc(5_000_000, '/a'));
    listNamedActiveContent(Buffer.alloc(5_000_000, '/#41'));
    listNamedActiveContent(Buffer.alloc(5_000_000, 'a'));
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
