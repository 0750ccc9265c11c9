import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FontLibrary, openFontLibrary } from './font-library.ts';
import { analyzeParagraph, orderVisually, shapedPieces, shaperText } from './text-runs.ts';
import { createTypesetter, type TextLine, type Typesetter } from './typesetter.ts';

const namesByScript = {
  latin: 'Żółć Škoda Nguyễn Ngọc Ánh Łukasz',
  cyrillic: 'Екатерина Иванова',
  greek: 'Ελένη Παπαδοπούλου',
  hebrew: 'שרה כהן',
  arabic: 'محمد بن عبد الله',
  persian: 'پژمان گلچین',
  devanagari: 'प्रिया क्षत्रिय',
  thai: 'สมชาย น้ำใจ',
  chinese: '王小明 龍',
  japanese: '山田 さくら 﨑',
  korean: '김철수 뷁',
  armenian: 'Հայկ Հակոբյան',
  georgian: 'გიორგი',
  bengali: 'প্রিয়াঙ্কা চট্টোপাধ্যায়',
  tamil: 'கௌசல்யா ஸ்ரீனிவாசன்',
  telugu: 'శ్రీనివాస్ వెంకటేశ్వర్లు',
  kannada: 'ಶ್ರೀನಿವಾಸ ಕೃಷ್ಣಮೂರ್ತಿ',
  gujarati: 'ક્ષિતિજ પ્રજાપતિ',
  gurmukhi: 'ਹਰਪ੍ਰੀਤ ਸਿੰਘ',
  malayalam: 'ശ്രീലക്ഷ്മി കൃഷ്ണൻ',
  sinhala: 'ශ්‍රී පෙරේරා',
  khmer: 'ស្រីមុំ ភ្នំពេញ',
  lao: 'ສົມຊາຍ ນ້ຳໃຈ',
  ethiopic: 'አበበ ገብረ ሥላሴ',
  burmese: 'အောင်ဆန်းစုကြည် သန္တာ',
};
const regular = { size: 10, weight: 400 } as const;

let fonts: FontLibrary;
let typesetter: Typesetter;

beforeAll(async () => {
  fonts = await openFontLibrary();
  await fonts.prepare(Object.values(namesByScript));
  typesetter = createTypesetter(fonts);
});

function glyphIds(line: TextLine): readonly number[] {
  return line.runs.flatMap((run) =>
    shapedPieces(run).flatMap((piece) => run.face.font.layout(shaperText(piece)).glyphs.map(({ id }) => id)),
  );
}

function typed(lines: readonly TextLine[]): string {
  return lines
    .flatMap(({ runs }) => [...runs].sort((a, b) => a.start - b.start).map(({ text }) => text))
    .join('');
}

describe('names in many scripts', () => {
  for (const [script, name] of Object.entries(namesByScript)) {
    for (const weight of [400, 700] as const) {
      it(`prints ${script} at weight ${weight} without a missing glyph`, () => {
        const line = typesetter.fit(name, { size: 10, weight });
        expect(typed([line])).toBe(name.normalize('NFC'));
        expect(glyphIds(line)).not.toContain(0);
      });
    }
  }

  it('joins Arabic letters: the same letter takes another form inside a word', () => {
    const [alone] = typesetter.fit('ب', regular).runs;
    const [joined] = typesetter.fit('ببب', regular).runs;
    const forms = new Set(joined?.face.font.layout('ببب').glyphs.map(({ id }) => id));
    expect(forms.size).toBe(3);
    expect(forms.has(alone?.face.font.layout('ب').glyphs[0]?.id ?? -1)).toBe(false);
  });

  it('puts Burmese vowels in front and stacks consonants', () => {
    const [run] = typesetter.fit('ကေ သန္တာ', regular).runs;
    const ids = (text: string) => run?.face.font.layout(text).glyphs.map(({ id }) => id) ?? [];
    // Typed after the consonant, drawn before it; copying must then be told what was typed.
    expect(ids('ကေ')).toEqual([expect.any(Number), ids('က')[0]]);
    expect(run?.face.spells('ကေ')).toBe(false);
    // Letter, two stacked ones, vowel: the sign between the two is not drawn, and the lower one has a shape of its own.
    expect(ids('သန္တာ')).toHaveLength(4);
    expect(ids('သန္တာ')).not.toContain(ids('တ')[0]);
  });

  it('orders a right-to-left phrase with a Latin word by the bidirectional rules', () => {
    const paragraph = analyzeParagraph('שלום Cohen כן', 400, fonts);
    expect(
      orderVisually(paragraph.runs)
        .map(({ text }) => text.trim())
        .filter(Boolean),
    ).toEqual(['כן', 'Cohen', 'שלום']);
    expect(paragraph.rightToLeft).toBe(true);
  });

  it('turns brackets round inside right-to-left text', () => {
    expect(shaperText({ text: '(כן)', level: 1 })).toBe(')כן(');
  });

  it('keeps Persian digits in reading order', () => {
    // The shaper reverses what belongs to the Arabic script, so the digits are handed over reversed.
    expect(shaperText({ text: '۱۲۳', level: 2 })).toBe('۳۲۱');
  });

  it('prints a box for what no font has, and does not lose the text around it', () => {
    expect(typed([typesetter.fit('a 👨‍👩‍👧 b', regular)])).toBe('a □ b');
  });

  it('drops characters that would reorder or hide text', () => {
    expect(typed([typesetter.fit('pay \u202e001\u202c USD\u200b\u0007', regular)])).toBe('pay 001 USD');
  });

  it('prefers Japanese shapes for ideographs beside kana and Korean ones beside hangul', () => {
    const faceOf = (text: string) => analyzeParagraph(text, 400, fonts).runs.map(({ face }) => face.name);
    expect(faceOf('さくら山田').every((name) => name.startsWith('noto-sans-jp'))).toBe(true);
  });
});

describe('line breaking', () => {
  const width = 120;
  const text = fc.string({
    unit: fc.constantFrom(...'abcdefg ABC-,.;éßЖЩ王小אבג()', 'mm', '  '),
    maxLength: 300,
  });

  it('keeps every line within the width', () => {
    fc.assert(
      fc.property(text, (given) => {
        for (const line of typesetter.wrap(given, regular, width))
          expect(line.width).toBeLessThanOrEqual(width + 0.001);
      }),
      { numRuns: 150 },
    );
  });

  it('loses nothing but white space', () => {
    fc.assert(
      fc.property(text, (given) => {
        const squeeze = (value: string) => value.replace(/\s/g, '');
        expect(squeeze(typed(typesetter.wrap(given, regular, width)))).toBe(squeeze(given.normalize('NFC')));
      }),
      { numRuns: 150 },
    );
  });

  it('gives an empty text one line', () => {
    expect(typesetter.wrap('', regular, width)).toHaveLength(1);
  });

  it('keeps the line breaks that were typed', () => {
    expect(typesetter.wrap('one\r\ntwo\n\nfour', regular, width)).toHaveLength(4);
  });

  it('breaks Thai between words, which it writes without spaces', () => {
    const lines = typesetter.wrap('ผู้ป่วยมีอาการปวดเรื้อรังมานานกว่าสองปี', regular, 90);
    expect(lines.length).toBeGreaterThan(1);
    for (const { width: used } of lines) expect(used).toBeLessThanOrEqual(90);
  });

  it('ends a text too long for its line in an ellipsis', () => {
    const line = typesetter.fit('a rather long label for so little room', regular, 60);
    expect(line.width).toBeLessThanOrEqual(60);
    expect(typed([line])).toMatch(/^a rather.*…$/);
  });
});
