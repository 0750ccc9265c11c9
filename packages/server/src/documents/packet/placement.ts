import type { PagePlan } from '../pdf/assemble.ts';
import type { PageObject } from '../pdf/page-as-object.ts';

/** Room for the label above and the page number below an attached page, in points. */
const bandTop = 34;
const bandBottom = 32;
const sideMargin = 18;
const letter = { width: 612, height: 792 };

/** A page of ours, or of the payer's form: at its own size, untouched. Stamps go into its margin. */
export function placeUnchanged(content: PageObject): PagePlan {
  return { content, width: content.width, height: content.height, placement: [1, 0, 0, 1, 0, 0] };
}

/**
 * An attached page, made a little smaller so that the stamps hide nothing of it. It keeps its paper size; what no
 * printer or fax has (a plan, a card, a scan measured in screen points) goes onto US Letter, upright or sideways.
 */
export function placeFramed(content: PageObject): PagePlan {
  const paper = isPaper(content) ? content : letterFor(content);
  const roomWidth = paper.width - 2 * sideMargin;
  const roomHeight = paper.height - bandTop - bandBottom;
  const scale = Math.min(roomWidth / content.width, roomHeight / content.height, 1.5);
  const left = (paper.width - content.width * scale) / 2;
  const bottom = bandBottom + (roomHeight - content.height * scale) / 2;
  return { content, width: paper.width, height: paper.height, placement: [scale, 0, 0, scale, left, bottom] };
}

function isPaper({ width, height }: PageObject): boolean {
  const shorter = Math.min(width, height);
  const longer = Math.max(width, height);
  return shorter >= 396 && shorter <= 800 && longer >= 540 && longer <= 1300;
}

function letterFor({ width, height }: PageObject): { width: number; height: number } {
  return width > height ? { width: letter.height, height: letter.width } : letter;
}
