import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberSurvives } from './json-number.ts';
import { defaultJsonLimits, parseStrictJson } from './strict-json.ts';

function parse(text: string): unknown {
  return parseStrictJson(Buffer.from(text));
}

function refusal(text: string): { field: string; code: string; message: string } | undefined {
  const result = parseStrictJson(Buffer.from(text));
  return result.ok ? undefined : result.issue;
}

const safeNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
);
const safeKey = fc
  .string({ unit: 'grapheme' })
  .filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key) && !key.includes('\0'));
const safeText = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
const safeJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constant(null),
    fc.boolean(),
    safeNumber.filter((value) => !Object.is(value, -0)),
    safeText,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(safeKey, tie('value'), { maxKeys: 5 }),
  ),
})).value;

describe('what is accepted', () => {
  test('equals what JSON.parse gives, however it is laid out', () => {
    fc.assert(
      fc.property(safeJson, fc.constantFrom(undefined, 1, '\t'), (value, indentation) => {
        const text = JSON.stringify(value, null, indentation);
        expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test('includes escaped quotes, backslashes and astral characters', () => {
    const text = String.raw`{"a\"b":"\\","c":"\\\"","d":"😀","e":"\ud83d\ude00","é":"{[:,-1e999"}`;
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  test('includes any text at all, without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.string(), (bytes, text) => {
        expect(() => parseStrictJson(Buffer.from(bytes))).not.toThrow();
        const result = parseStrictJson(Buffer.from(text));
        if (result.ok) expect(result.value).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('what is refused', () => {
  test.each([
    ['nothing', ''],
    ['blanks', ' \n '],
    ['cut short', '{"a":1'],
    ['text after the end', '{"a":1} x'],
    ['two values', '{}{}'],
    ['a trailing comma', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{"a":1/*x*/}'],
    ['NaN', '{"a":NaN}'],
    ['a leading zero', '{"a":012}'],
    ['a plus sign', '{"a":+1}'],
    ['a raw control character', '{"a":"\u0001"}'],
    ['a byte order mark', '\uFEFF{"a":1}'],
  ])('%s', (_name, text) => {
    expect(refusal(text)).toMatchObject({ field: 'body', code: 'invalid_format' });
  });

  test.each([
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['Latin-1', Buffer.from('{"a":"\u00e9"}', 'latin1')],
    [
      'an overlong encoding',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    ],
    [
      'an encoded surrogate',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
    ['UTF-16 with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{}', 'utf16le')])],
  ])('%s', (_name, bytes) => {
    expect(parseStrictJson(bytes)).toMatchObject({
      ok: false,
      issue: { field: 'body', code: 'invalid_format' },
    });
  });

  test.each([
    ['1e400'],
    ['-1e400'],
    ['1e-400'],
    ['9007199254740992'],
    ['9007199254740993'],
    ['-9007199254740993'],
    ['-0'],
    ['-0.0'],
    ['-0e5'],
    ['3.14159265358979323846'],
    ['0.1000000000000000055511151231257827'],
    ['1e21'],
    ['12345678901234567890'],
  ])('the number %s', (number) => {
    expect(refusal(`{"a":[${number}]}`)).toMatchObject({ field: 'body', code: 'invalid_format' });
  });

  test.each([
    ['0'],
    ['1.0'],
    ['1e2'],
    ['-1.50'],
    ['0.1'],
    ['1E+2'],
    ['9007199254740991'],
    ['-9007199254740991'],
    ['5e-324'],
    ['1.7976931348623157e308'.slice(0, 5)],
    ['0.000'],
    ['0e9'],
    ['123456789012345'],
  ])('not the number %s', (number) => {
    expect(parse(`[${number}]`)).toEqual({ ok: true, value: JSON.parse(`[${number}]`) });
  });

  test('__proto__, constructor and prototype as names at any depth, also when escaped', () => {
    expect(refusal('{"a":{"__proto__":{"polluted":1}}}')).toMatchObject({ field: 'a.__proto__' });
    expect(refusal(String.raw`{"\u005f_proto__":1}`)).toMatchObject({ field: '__proto__' });
    expect(refusal('[{"constructor":{"prototype":{"polluted":1}}}]')).toMatchObject({
      field: '[0].constructor',
    });
    expect(refusal('{"prototype":1}')).toMatchObject({ field: 'prototype' });
    expect(refusal('{"a":"__proto__"}')).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('a name twice in one object, also when one is escaped, but not in two objects', () => {
    expect(refusal('{"a":1,"a":1}')).toMatchObject({
      field: 'body',
      message: 'An object has the same field twice.',
    });
    expect(refusal(String.raw`[{"b":{"a":1,"\u0061":2}}]`)).toMatchObject({ field: 'body' });
    expect(refusal('{"a":{"a":[{"a":1},{"a":1}]}}')).toBeUndefined();
  });

  test('U+0000 and lone surrogates in values and names, with the path', () => {
    expect(refusal(String.raw`{"p":[{"q":"a\u0000b"}]}`)).toMatchObject({
      field: 'p[0].q',
      code: 'invalid_format',
    });
    expect(refusal(String.raw`{"p":"\ud800"}`)).toMatchObject({ field: 'p' });
    expect(refusal(String.raw`{"p":"\udc00\ud800"}`)).toMatchObject({ field: 'p' });
    expect(refusal(String.raw`{"a\u0000b":1}`)).toMatchObject({ field: 'ab' });
    expect(refusal(String.raw`{"\ud800":1}`)).toBeDefined();
    expect(refusal(String.raw`{"p":"\\u0000"}`)).toBeUndefined();
  });

  test('more than the limits, and nothing at the limits', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect([31, 32].map((depth) => refusal(nested(depth)))).toEqual([undefined, undefined]);
    expect(refusal(`[${Array(100).fill('[{}]').join(',')}]`)).toBeUndefined();
    expect(refusal(nested(33))).toMatchObject({ code: 'too_big' });
    const keys = (count: number): string =>
      `{${Array.from({ length: count }, (_, index) => `"k${index}":0`).join(',')}}`;
    const { keys: most } = defaultJsonLimits;
    expect([most - 1, most].map((count) => refusal(keys(count)))).toEqual([undefined, undefined]);
    expect(refusal(keys(most + 1))).toMatchObject({ code: 'too_big' });
    const items = (count: number): string => `[${Array.from({ length: count }, () => 1).join(',')}]`;
    expect(refusal(items(defaultJsonLimits.values))).toBeUndefined();
    expect(refusal(items(defaultJsonLimits.values + 1))).toMatchObject({ code: 'too_big' });
  });

  test('without ever repeating what was sent', () => {
    for (const text of [
      '{"name":"Jane Doe"',
      '{"a":Jane}',
      '{"ssn":-0,"x":"123-45-6789"}',
      String.raw`{"n":"Jane\u0000"}`,
    ]) {
      expect(refusal(text)?.message).not.toMatch(/Jane|123-45/);
    }
  });
});

describe('the cost', () => {
  test.each([
    ['deep nesting', '['.repeat(1_000_000)],
    ['backslashes before quotes', `["${'\\\\'.repeat(400_000)}\\"`],
    ['quoted quotes', `["${'\\"'.repeat(500_000)}"]`],
    ['one long number', `[0.${'0'.repeat(1_000_000)}1]`],
    ['a number of zeros', `[1${'0'.repeat(1_000_000)}]`],
    ['100,000 names', `{${'"k":1,'.repeat(150_000)}"z":1}`],
    ['an open string', `"${'a'.repeat(1_000_000)}`],
    ['minus signs', `[${'-'.repeat(1_000_000)}]`],
    ['exponents', `[1${'e1'.repeat(500_000)}]`],
  ])('stays small for a megabyte of %s', (_name, text) => {
    const bytes = Buffer.from(text);
    const before = process.cpuUsage();
    const result = parseStrictJson(bytes);
    // Linear work takes some 20 ms; quadratic work would take minutes.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
    if (_name !== 'quoted quotes') expect(result.ok).toBe(false);
  });
});

test('a number survives exactly when its decimal value does', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const exact = !Object.is(value, -0) && !(Number.isInteger(value) && !Number.isSafeInteger(value));
      expect(
        numberSurvives(JSON.stringify(value) === '0' && Object.is(value, -0) ? '-0' : JSON.stringify(value)),
      ).toBe(exact);
    }),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), (value) => {
      expect(numberSurvives(String(value))).toBe(
        Number.isSafeInteger(Number(value)) && BigInt(Number(value)) === value,
      );
    }),
  );
});
