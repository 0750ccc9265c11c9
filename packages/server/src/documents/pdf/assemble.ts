import './cross-references.ts';
import { createHash } from 'node:crypto';
import { PDFDocument, PDFHexString, PDFName, PDFObjectCopier, type PDFRef } from '@cantoo/pdf-lib';
import { formatNumber, type PageObject, pageAsObject } from './page-as-object.ts';
import { passPageContent } from './page-content.ts';
import type { Matrix } from './page-geometry.ts';
import { listPageLeaves } from './page-leaves.ts';

/** Where a page's content goes on the finished page, in points from the lower left. */
export interface PagePlan {
  readonly content: PageObject;
  readonly width: number;
  readonly height: number;
  readonly placement: Matrix;
}

export interface FinishedPdf {
  readonly bytes: Uint8Array;
  readonly pageCount: number;
  /** Hex SHA-256. */
  readonly sha256: string;
}

export interface PdfIdentity {
  readonly title: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/**
 * Writes the planned pages, each with the page of `overlay` of the same number drawn over it. The same plan gives
 * the same bytes: dates come from `identity`, the file id from the title, the date and the page count.
 */
export async function assemblePdf(
  plans: readonly PagePlan[],
  overlay: Uint8Array,
  identity: PdfIdentity,
): Promise<FinishedPdf> {
  const output = await PDFDocument.create({ updateMetadata: false });
  const stamps = await readOwnPages(overlay);
  const copy = createCopier(output);
  plans.forEach((plan, index) => {
    const stamp = stamps[index];
    const page = output.addPage([plan.width, plan.height]);
    const objects: Record<string, PDFRef> = { Content: copy(plan.content) };
    if (stamp !== undefined) objects.Stamp = copy(stamp);
    const placement = plan.placement.map(formatNumber).join(' ');
    const operators = [`q ${placement} cm /Content Do Q`, ...(stamp === undefined ? [] : ['q /Stamp Do Q'])];
    page.node.set(PDFName.of('Resources'), output.context.obj({ XObject: objects }));
    page.node.set(
      PDFName.of('Contents'),
      output.context.register(output.context.stream(operators.join('\n'))),
    );
  });
  describe(output, identity, plans.length);
  const bytes = await output.save({ updateFieldAppearances: false, addDefaultPage: false });
  return { bytes, pageCount: plans.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The pages of a PDF we made ourselves. */
export async function readOwnPages(bytes: Uint8Array): Promise<readonly PageObject[]> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false });
  return listPageLeaves(document, Number.POSITIVE_INFINITY).map((leaf) =>
    pageAsObject(document, leaf, passPageContent(document, leaf)),
  );
}

/** One copier for each source document, so that fonts and images its pages share are copied once. */
function createCopier(output: PDFDocument): (object: PageObject) => PDFRef {
  const copiers = new Map<PDFDocument, PDFObjectCopier>();
  return ({ document, reference }) => {
    const copier = copiers.get(document) ?? PDFObjectCopier.for(document.context, output.context);
    copiers.set(document, copier);
    return copier.copy(reference);
  };
}

function describe(output: PDFDocument, { title, createdAt }: PdfIdentity, pageCount: number): void {
  const date = new Date(createdAt);
  output.setTitle(title, { showInWindowTitleBar: true });
  output.setProducer('Precert');
  output.setCreator('Precert');
  output.setCreationDate(date);
  output.setModificationDate(date);
  const id = PDFHexString.of(
    createHash('sha256').update(`${title}\n${createdAt}\n${pageCount}`).digest('hex').slice(0, 32),
  );
  output.context.trailerInfo.ID = output.context.obj([id, id]);
}
