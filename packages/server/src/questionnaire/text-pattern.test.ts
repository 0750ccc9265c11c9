import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DefinitionReport } from './definition-problems.ts';
import { compilePattern } from './text-pattern.ts';

function matcherOf(pattern: string): (text: string) => boolean {
  const report = new DefinitionReport();
  const matches = compilePattern(pattern, 'here', report);
  expect(report.problems).toEqual([]);
  return matches;
}

describe('a regex extension', () => {
  it.each([
    ['[A-Z][0-9][A-Z] [0-9][A-Z][0-9]', 'K1A 0B1', true],
    ['[A-Z][0-9][A-Z] [0-9][A-Z][0-9]', 'K1A 0B', false],
    ['\\d{10}', '1234567890', true],
    ['\\d{10}', '12345678901', false],
    ['^\\d{5}(-\\d{4})?$', '12345-6789', true],
    ['^\\d{5}(-\\d{4})?$', '12345-', false],
    ['cat|dog', 'dog', true],
    ['cat|dog', 'hotdog', false],
    ['(?<year>\\d{4})', '2026', true],
    ['[^@\\s]+@[^@\\s]+\\.[a-z]{2,}', 'a@b.co', true],
    ['[\\w.-]+', 'a-b.c_d', true],
    ['a{2,}', 'a', false],
    ['a{2,}', 'aaaaa', true],
    ['', '', true],
    ['$^', '', true],
    ['a$b?', 'a', true],
    ['a$b', 'ab', false],
    ['.', '\n', false],
    ['.', '💊', true],
    ['[💊-💋]', '💊', true],
    ['\\u{1F48A}\\x41\\u0042', '💊AB', true],
    ['\\[\\]\\.\\\\', '[].\\', true],
    ['[]', 'a', false],
    ['[^]', 'a', true],
    ['a*?b+?', 'aab', true],
  ])('reads %j on %j as %j', (pattern, text, expected) => {
    expect(matcherOf(pattern)(text)).toBe(expected);
    // The platform's engine is the reference for the shared subset.
    expect(new RegExp(`^(?:${pattern})$`, 'u').test(text)).toBe(expected);
  });

  it.each([
    ['(a)\\1', 'not supported'],
    ['(?=a)b', 'look-around'],
    ['(?<!a)b', 'look-around'],
    ['(?i)a', 'look-around or flags'],
    ['\\bword\\b', 'not supported'],
    ['\\p{L}+', 'not supported'],
    ['a**', 'repeats a repetition'],
    ['a++', 'repeats a repetition'],
    ['(a', 'never closes'],
    ['a)', 'never opened'],
    ['[a', 'never closes'],
    ['*a', 'nothing to repeat'],
    ['a{,3}', 'begins no'],
    ['a{3,1}', 'malformed {n,m}'],
    ['a{1', 'malformed {n,m}'],
    ['a{5000}', 'more than 1000 times'],
    ['(a{1000}){1000}', 'too large'],
    ['((((){1000}){1000}){1000}){1000}', 'too large'],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, 'too deep'],
    ['a'.repeat(1001), 'longer than'],
    ['[z-a]', 'malformed range'],
    ['[[:alpha:]]', 'engines read differently'],
    ['[a-z&&[^b]]', 'engines read differently'],
    ['\\', 'backslash'],
    ['\\u{110000}', 'beyond Unicode'],
    ['\\xZZ', 'malformed'],
    ['^*', 'repeats ^'],
    ['(?<name', 'group name'],
  ])('refuses %j with a mend', (pattern, message) => {
    const report = new DefinitionReport();
    compilePattern(pattern, 'item[0].extension[0]', report);
    expect(report.problems).toHaveLength(1);
    expect(report.problems[0]?.message).toContain(message);
    expect(report.problems[0]?.mend).not.toBe('');
  });

  it('judges patterns that stall backtracking engines in time linear in the text', () => {
    for (const pattern of ['(a+)+', '(a|a)*', '(a|aa)+', '(a*)*', '(.*a){12}', '([a-z]+)*\\d']) {
      const matches = matcherOf(pattern);
      const text = `${'a'.repeat(100_000)}!`;
      const before = performance.now();
      expect(matches(text)).toBe(false);
      expect(performance.now() - before).toBeLessThan(5_000);
    }
  });

  it('gives up on a pattern and text made to overflow its cache', () => {
    const matches = matcherOf('(a|b)*a(a|b){900}');
    let seed = 11;
    let text = '';
    for (let index = 0; index < 200_000; index += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      text += seed > 1_073_741_824 ? 'a' : 'b';
    }
    const before = performance.now();
    matches(text);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('stays correct when its cache of states overflows', () => {
    const matches = matcherOf('(a|b)*a(a|b){12}');
    const reference = /^(?:(a|b)*a(a|b){12})$/;
    let seed = 7;
    for (let round = 0; round < 300; round += 1) {
      let text = '';
      for (let index = 0; index < 60; index += 1) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        text += seed > 1_073_741_824 ? 'a' : 'b';
      }
      expect(matches(text)).toBe(reference.test(text));
    }
  });

  it('agrees with the platform on random patterns and texts', () => {
    const atom = fc.constantFrom('a', 'b', '.', '\\d', '\\W', '[ab]', '[^a]', '[a-c1]', '^', '$', '1', '\\s');
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{0,}', '*?');
    const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
      part: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.tuple(atom, quantifier).map(([one, many]) => (one === '^' || one === '$' ? one : one + many)),
        fc.tuple(tie('pattern'), quantifier).map(([inner, many]) => `(${inner})${many}`),
      ),
      pattern: fc.oneof(
        fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
        fc.tuple(tie('part'), tie('part')).map(([left, right]) => `${left}|${right}`),
      ),
    }));
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', '1', ' ', '\n', '💊'), { maxLength: 8 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 5 }), (source, texts) => {
        const matches = matcherOf(source);
        const reference = new RegExp(`^(?:${source})$`, 'u');
        for (const one of texts)
          expect([source, one, matches(one)]).toEqual([source, one, reference.test(one)]);
      }),
      { numRuns: 1_000 },
    );
  });
});
