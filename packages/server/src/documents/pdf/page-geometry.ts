import { PDFArray, PDFName, PDFNumber } from '@cantoo/pdf-lib';
import type { PageLeaf } from './page-leaves.ts';

/** [a b c d e f] as in PDF 1.7, 8.3.3: x' = ax + cy + e, y' = bx + dy + f. */
export type Matrix = readonly [number, number, number, number, number, number];

export interface Box {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

export interface PageGeometry {
  /** What a viewer shows, in the page's own coordinates. */
  readonly box: Box;
  /** Size as shown, after rotation, in points. */
  readonly width: number;
  readonly height: number;
  /** From the page's coordinates to the upright page with its origin at the lower left. */
  readonly upright: Matrix;
}

const letter: Box = { left: 0, bottom: 0, right: 612, top: 792 };

/** A page without a usable box is taken for US Letter, as viewers do. */
export function pageGeometry(leaf: PageLeaf): PageGeometry {
  const media = readBox(leaf, 'MediaBox') ?? letter;
  const crop = readBox(leaf, 'CropBox');
  const box = (crop && intersect(media, crop)) ?? media;
  const unit = readNumber(leaf.node.lookup(PDFName.of('UserUnit'))) ?? 1;
  const rotation =
    (((readNumber(leaf.inherited.get('Rotate')?.lookup(PDFName.of('Rotate'))) ?? 0) % 360) + 360) % 360;
  const width = box.right - box.left;
  const height = box.top - box.bottom;
  const isSideways = rotation === 90 || rotation === 270;
  return {
    box,
    width: (isSideways ? height : width) * unit,
    height: (isSideways ? width : height) * unit,
    upright: scaleMatrix(turn(box, rotation), unit),
  };
}

/** PDF 1.7, 7.7.3.3: /Rotate turns the page clockwise when shown. */
function turn({ left, bottom, right, top }: Box, rotation: number): Matrix {
  if (rotation === 90) return [0, -1, 1, 0, -bottom, right];
  if (rotation === 180) return [-1, 0, 0, -1, right, top];
  if (rotation === 270) return [0, 1, -1, 0, top, -left];
  return [1, 0, 0, 1, -left, -bottom];
}

function scaleMatrix([a, b, c, d, e, f]: Matrix, factor: number): Matrix {
  return [a * factor, b * factor, c * factor, d * factor, e * factor, f * factor];
}

function intersect(one: Box, other: Box): Box | undefined {
  const box = {
    left: Math.max(one.left, other.left),
    bottom: Math.max(one.bottom, other.bottom),
    right: Math.min(one.right, other.right),
    top: Math.min(one.top, other.top),
  };
  return box.right - box.left > 1 && box.top - box.bottom > 1 ? box : undefined;
}

function readBox(leaf: PageLeaf, name: string): Box | undefined {
  return toBox(leaf.inherited.get(name)?.lookup(PDFName.of(name)));
}

/** A rectangle array with its corners in either order; undefined when it is none or has no area. */
export function toBox(object: unknown): Box | undefined {
  if (!(object instanceof PDFArray) || object.size() < 4) return undefined;
  const numbers = [0, 1, 2, 3].map((index) => readNumber(object.lookup(index)));
  const [x1, y1, x2, y2] = numbers;
  if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined) return undefined;
  const box = {
    left: Math.min(x1, x2),
    bottom: Math.min(y1, y2),
    right: Math.max(x1, x2),
    top: Math.max(y1, y2),
  };
  return box.right - box.left > 0 && box.top - box.bottom > 0 ? box : undefined;
}

export function readNumber(object: unknown): number | undefined {
  const value = object instanceof PDFNumber ? object.asNumber() : undefined;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

export function toMatrix(object: unknown): Matrix {
  if (!(object instanceof PDFArray)) return [1, 0, 0, 1, 0, 0];
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = [0, 1, 2, 3, 4, 5].map((index) =>
    readNumber(object.lookup(index)),
  );
  return [a, b, c, d, e, f];
}
