import { checkSync } from 'recheck';
import { expect, test } from 'vitest';
import { lineAt, readSources, type SourceFile, sourceFile } from './support/architecture/source-tree.ts';

interface Literal {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** A literal stands where a value may begin; a division never does. */
const literal =
  /(?<=(?:[(=:,!&|?[{;]|=>|\breturn)\s*)\/(?![/*])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuvy]*)/g;

function literalsOf({ path, text }: SourceFile): readonly Literal[] {
  return [...text.matchAll(literal)]
    .filter(
      ({ index }) => !/^\s*(?:\*|\/[/*])/.test(text.slice(text.lastIndexOf('\n', index) + 1, index + 1)),
    )
    .map(({ index, 1: source = '', 2: flags = '' }) => ({
      place: `src/${path}:${lineAt(text, index)}`,
      source,
      flags,
    }));
}

test('no regular expression of the server takes more than linear time', { timeout: 120_000 }, () => {
  const production = readSources('src').filter(({ path }) => !path.endsWith('.test.ts'));
  const literals = production.flatMap(literalsOf);
  expect(literals.length).toBeGreaterThan(80);
  const doubtful = literals
    .map((found) => ({ ...found, verdict: checkSync(found.source, found.flags, { timeout: 20_000 }) }))
    .filter(({ verdict }) => verdict.status !== 'safe')
    .map(({ place, source, verdict }) => `${place} /${source}/ is ${verdict.status}`);
  expect(doubtful).toEqual([]);
});

test('the judge of regular expressions knows one that is not linear', () => {
  expect(literalsOf(sourceFile('made-up.ts', 'const found = /^(a+)+$/.test(text);'))).toHaveLength(1);
  expect(checkSync('^(a+)+$', '').status).toBe('vulnerable');
  expect(checkSync('^\\s+|\\s+$', 'g').status).toBe('vulnerable');
});
