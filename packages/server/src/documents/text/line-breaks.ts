import LineBreaker from 'linebreak';

const words = new Map<string, Intl.Segmenter>();

/** Offsets at which a line may end: Unicode line breaking, with a dictionary for scripts written without spaces. */
export function breakOffsets(text: string): readonly number[] {
  const offsets = new Set<number>();
  const breaker = new LineBreaker(text);
  for (let next = breaker.nextBreak(); next; next = breaker.nextBreak()) offsets.add(next.position);
  addWordBreaks(text, offsets);
  return [...offsets].sort((a, b) => a - b);
}

const unspaced: readonly [RegExp, string][] = [
  [/\p{Script=Thai}/u, 'th'],
  [/\p{Script=Lao}/u, 'lo'],
  [/\p{Script=Khmer}/u, 'km'],
  [/\p{Script=Myanmar}/u, 'my'],
];

function addWordBreaks(text: string, offsets: Set<number>): void {
  for (const [script, language] of unspaced) {
    if (!script.test(text)) continue;
    for (const { segment, index } of segmenter(language).segment(text)) {
      if (script.test(segment)) offsets.add(index + segment.length);
    }
  }
}

function segmenter(language: string): Intl.Segmenter {
  const known = words.get(language) ?? new Intl.Segmenter(language, { granularity: 'word' });
  words.set(language, known);
  return known;
}
