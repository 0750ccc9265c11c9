/** Inclusive ranges of code points, in order and apart from each other. */
export type CodePoints = readonly (readonly [first: number, last: number])[];

const lastCodePoint = 0x10ffff;

/** Brings ranges into order and joins those that touch. */
export function joinRanges(ranges: CodePoints): CodePoints {
  const joined: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((left, right) => left[0] - right[0])) {
    const previous = joined.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** All code points outside the ranges, which must be joined. */
export function invertRanges(ranges: CodePoints): CodePoints {
  const inverted: [number, number][] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) inverted.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= lastCodePoint) inverted.push([next, lastCodePoint]);
  return inverted;
}

const digits: CodePoints = [[0x30, 0x39]];
const wordCharacters: CodePoints = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
/** ECMAScript WhiteSpace and LineTerminator. */
const spaces: CodePoints = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const lineTerminators: CodePoints = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** What the class escapes of ECMAScript stand for, and the dot. */
export const namedSets: ReadonlyMap<string, CodePoints> = new Map([
  ['d', digits],
  ['D', invertRanges(digits)],
  ['w', wordCharacters],
  ['W', invertRanges(wordCharacters)],
  ['s', spaces],
  ['S', invertRanges(spaces)],
  ['.', invertRanges(lineTerminators)],
]);
