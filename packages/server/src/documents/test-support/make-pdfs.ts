import { degrees, PDFArray, PDFDocument, PDFName, PDFString, rgb, StandardFonts } from '@cantoo/pdf-lib';

/** A PDF with one line of text on each page. */
export async function makePdf(
  pages: readonly string[],
  size: [number, number] = [612, 792],
): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (const text of pages) {
    const page = document.addPage(size);
    page.drawText(text, { x: 50, y: size[1] - 80, size: 20, font });
    page.drawRectangle({
      x: 2,
      y: 2,
      width: size[0] - 4,
      height: size[1] - 4,
      borderWidth: 2,
      borderColor: rgb(0, 0, 0),
    });
  }
  return document.save();
}

export async function makeRotatedPdf(angle: number): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage([612, 792]);
  page.drawText(`turned ${angle}`, { x: 50, y: 700, size: 30 });
  page.setRotation(degrees(angle));
  page.setCropBox(20, 20, 572, 752);
  return document.save();
}

/** What an attacker may put beside the pages; none of it belongs in a packet. */
export async function makeActivePdf(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage([612, 792]);
  page.drawText('active content', { x: 50, y: 700, size: 20 });
  const { context } = document;
  const script = context.obj({ S: 'JavaScript', JS: PDFString.of('app.alert(1)') });
  document.catalog.set(PDFName.of('OpenAction'), script);
  page.node.set(PDFName.of('AA'), context.obj({ O: script }));
  const launch = context.obj({
    Type: 'Annot',
    Subtype: 'Link',
    Rect: [0, 0, 100, 100],
    A: { S: 'Launch', F: PDFString.of('cmd.exe') },
  });
  page.node.set(PDFName.of('Annots'), context.obj([context.register(launch)]));
  await document.attach(new Uint8Array([77, 90]), 'virus.exe');
  return document.save();
}

/** A payer's form: text, limited text, comb, multiline, two boxes, a radio group and a dropdown. */
export async function makePayerForm(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage([612, 792]);
  const form = document.getForm();
  page.drawText('PAYER FORM', { x: 50, y: 740, size: 18 });
  const text = (
    name: string,
    y: number,
    height: number,
    change?: (field: ReturnType<typeof form.createTextField>) => void,
  ) => {
    page.drawText(name, { x: 50, y: y + 5, size: 9 });
    const field = form.createTextField(name);
    field.addToPage(page, { x: 180, y, width: 300, height });
    change?.(field);
  };
  text('patient', 690, 20);
  text('member', 660, 20, (field) => field.setMaxLength(8));
  text('npi', 630, 20, (field) => {
    field.setMaxLength(10);
    field.enableCombing();
  });
  text('birth', 600, 20);
  text('reason', 500, 80, (field) => field.enableMultiline());
  text('plan', 470, 20);
  for (const [index, name] of ['urgent', 'home'].entries()) {
    page.drawText(name, { x: 200 + index * 120, y: 442, size: 9 });
    form.createCheckBox(name).addToPage(page, { x: 180 + index * 120, y: 440, width: 12, height: 12 });
  }
  const kind = form.createRadioGroup('kind');
  for (const [index, name] of ['Initial', 'Renewal'].entries()) {
    page.drawText(name, { x: 200 + index * 120, y: 412, size: 9 });
    kind.addOptionToPage(name, page, { x: 180 + index * 120, y: 410, width: 12, height: 12 });
  }
  const site = form.createDropdown('site');
  site.setOptions(['Office', 'Infusion center', 'Home']);
  site.addToPage(page, { x: 180, y: 370, width: 200, height: 20 });
  return document.save();
}

/** A form filled by a program that left drawing the values to the viewer. */
export async function makeUndrawnForm(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage([612, 792]);
  const field = document.getForm().createTextField('name');
  field.addToPage(page, { x: 50, y: 600, width: 300, height: 24 });
  field.setText('Value left to the viewer');
  for (const widget of field.acroField.getWidgets()) widget.dict.delete(PDFName.of('AP'));
  return document.save({ updateFieldAppearances: false });
}

export async function makeFilledForm(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage([612, 792]);
  const form = document.getForm();
  const field = form.createTextField('name');
  field.addToPage(page, { x: 50, y: 600, width: 300, height: 24 });
  field.setText('Filled by the clinic');
  return document.save();
}

/** A page whose drawing draws itself. */
export async function makeRecursivePdf(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage([612, 792]);
  const { context } = document;
  const stream = context.stream('/Self Do', { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 612, 792] });
  const reference = context.register(stream);
  stream.dict.set(PDFName.of('Resources'), context.obj({ XObject: { Self: reference } }));
  page.node.set(PDFName.of('Resources'), context.obj({ XObject: { Self: reference } }));
  page.node.set(PDFName.of('Contents'), context.register(context.stream('/Self Do')));
  return document.save();
}

/** A page tree in which each node names the next one ten times: ten to the power of `depth` pages. */
export async function makePageTreeBomb(depth: number): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.addPage([100, 100]);
  const { context, catalog } = document;
  let kid = catalog.Pages().Kids().get(0);
  for (let level = 0; level < depth; level += 1) {
    const kids = PDFArray.withContext(context);
    for (let copy = 0; copy < 10; copy += 1) kids.push(kid);
    kid = context.register(context.obj({ Type: 'Pages', Kids: kids, Count: 10 ** (level + 1) }));
  }
  catalog.set(PDFName.of('Pages'), kid);
  return document.save({ addDefaultPage: false, updateFieldAppearances: false });
}
