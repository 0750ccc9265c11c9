import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export type Weight = 400 | 700;

/** Whole TrueType files, opened as they are: the one every page needs, and the one for symbols and rarer letters. */
export const baseFontFiles: Readonly<Record<Weight, string>> = {
  400: require.resolve('@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf'),
  700: require.resolve('@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf'),
};
export const symbolFontFiles: Readonly<Record<Weight, string>> = {
  400: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  700: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
};

/** One web font file of a family: a part of its characters, every weight (a variable font). */
export interface FontSlice {
  readonly key: string;
  readonly file: string;
  readonly ideographic: boolean;
  /** Shaped by HarfBuzz: fontkit, which shapes all others, makes wrong letters of the script. */
  readonly needsHarfBuzz: boolean;
}

// Vazirmatn for Arabic: it draws each letter as one glyph, so that the text can be copied out of the PDF again;
// Noto's Arabic fonts draw letter and dots apart, and what is copied loses its dots.
const alphabetFamilies = [
  'vazirmatn',
  'noto-sans-hebrew',
  'noto-sans-devanagari',
  'noto-sans-thai',
  'noto-sans-bengali',
  'noto-sans-tamil',
  'noto-sans-telugu',
  'noto-sans-kannada',
  'noto-sans-gujarati',
  'noto-sans-gurmukhi',
  'noto-sans-malayalam',
  'noto-sans-sinhala',
  'noto-sans-khmer',
  'noto-sans-lao',
  'noto-sans-ethiopic',
  'noto-sans-myanmar',
];
const harfBuzzFamilies: ReadonlySet<string> = new Set(['noto-sans-myanmar']);
const hanFamilies = {
  chinese: 'noto-sans-sc',
  japanese: 'noto-sans-jp',
  korean: 'noto-sans-kr',
} as const;

/** By family, the slices of each character: there are 400 slices, too many to look through for every letter. */
const slicesOf = new Map<string, ReadonlyMap<number, readonly FontSlice[]>>();

/**
 * The slices that may hold a character, best first. Unified ideographs look different in Chinese, Japanese and
 * Korean print, and a code point does not say which is meant, so the text around it decides.
 */
export function slicesFor(codePoint: number, text: string): readonly FontSlice[] {
  const families = codePoint < 0x1100 ? alphabetFamilies : [...hanFamilyOrder(text), ...alphabetFamilies];
  return families.flatMap((family) => slicesByCodePoint(family).get(codePoint) ?? []);
}

function hanFamilyOrder(text: string): readonly string[] {
  const { chinese, japanese, korean } = hanFamilies;
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return [japanese, chinese, korean];
  if (/\p{Script=Hangul}/u.test(text)) return [korean, chinese, japanese];
  return [chinese, japanese, korean];
}

function slicesByCodePoint(family: string): ReadonlyMap<number, readonly FontSlice[]> {
  const known = slicesOf.get(family);
  if (known) return known;
  const slices = readSlices(family);
  slicesOf.set(family, slices);
  return slices;
}

/** Without the Latin letters that most families bring along: the base font has them. */
function readSlices(family: string): ReadonlyMap<number, readonly FontSlice[]> {
  const packageName = `@fontsource-variable/${family}`;
  // The package publishes this file as a flat object from slice name to a CSS unicode-range.
  const ranges = JSON.parse(readFileSync(require.resolve(`${packageName}/unicode.json`), 'utf8')) as Record<
    string,
    string
  >;
  const ideographic = Object.values(hanFamilies).some((name) => name === family);
  const slices = new Map<number, FontSlice[]>();
  for (const [name, unicodeRange] of Object.entries(ranges)) {
    if (!ideographic && name.startsWith('latin')) continue;
    const key = `${family}-${name.replace(/[[\]]/g, '')}`;
    const slice = {
      key,
      file: require.resolve(`${packageName}/files/${key}-wght-normal.woff2`),
      ideographic,
      needsHarfBuzz: harfBuzzFamilies.has(family),
    };
    for (const codePoint of unicodeRange.split(',').flatMap(listRange)) {
      slices.set(codePoint, [...(slices.get(codePoint) ?? []), slice]);
    }
  }
  return slices;
}

function listRange(text: string): readonly number[] {
  const [first = '', last = first] = text.trim().replace(/^U\+/i, '').split('-');
  const start = Number.parseInt(first, 16);
  return Array.from({ length: Number.parseInt(last, 16) - start + 1 }, (_, index) => start + index);
}
