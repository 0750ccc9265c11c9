import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentOfToken, mintToken, secretScannerPattern } from './token.ts';

const scanner = new RegExp(secretScannerPattern);
const environments = ['sandbox', 'production'] as const;

describe('a token', () => {
  test.each(environments)('of the %s says so', (environment) => {
    for (let round = 0; round < 1_000; round += 1)
      expect(environmentOfToken(mintToken(environment))).toBe(environment);
  });

  test('is no token any more when one character is another', () => {
    const property = fc.property(fc.nat(1_000), fc.stringMatching(/^[0-9A-Za-z_]$/), (position, other) => {
      const token = mintToken('sandbox');
      const index = position % token.length;
      fc.pre(token[index] !== other);
      return environmentOfToken(token.slice(0, index) + other + token.slice(index + 1)) === undefined;
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test('is found by the published pattern of secret scanners, wherever it stands', () => {
    for (const environment of environments) {
      for (let round = 0; round < 1_000; round += 1) {
        const token = mintToken(environment);
        for (const text of [token, `TOKEN=${token}\n`, `{"authorization":"Bearer ${token}"}`]) {
          expect(scanner.exec(text)?.[0]).toBe(token);
        }
      }
    }
  });

  test('is not what that pattern finds in a million random strings', () => {
    const bytes = randomBytes(40 * 1024);
    let found = 0;
    for (let round = 0; round < 1_000_000; round += 1) {
      const start = (round * 7919) % (bytes.length - 80);
      const text = bytes.toString(round % 2 === 0 ? 'base64url' : 'hex', start, start + 36);
      if (scanner.test(`sandbox_${text}`) || scanner.test(`precert_${text}`)) found += 1;
    }
    expect(found).toBe(0);
  });

  test('has its pattern in the guide, word for word', () => {
    const guide = join(import.meta.dirname, '../../../../docs/guides/authentication.md');
    expect(readFileSync(guide, 'utf8')).toContain(secretScannerPattern);
  });
});
