import type { Document } from '../text/pdf-document.ts';

/** A black line across; positions and thickness in points. */
export function drawRule(
  document: Document,
  left: number,
  right: number,
  y: number,
  thickness: number,
): void {
  document.lineWidth(thickness).moveTo(left, y).lineTo(right, y).stroke('black');
}
