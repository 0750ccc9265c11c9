import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSecretBox, SealedSecretError } from './secret-box.ts';

const secret = new TextEncoder().encode('a secret for tests, 32 characters or more');
const box = createSecretBox(secret, 'webhook-secret');
const owner = { organizationId: 'org_1', secretId: 'whs_1' };

describe('a secret box', () => {
  test('gives back what it sealed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        fc.string(),
        (plain, organizationId, secretId) => {
          const whose = { organizationId, secretId };
          expect(box.open(box.seal(plain, whose), whose)).toBe(plain);
        },
      ),
    );
  });

  test('never seals alike, and shows nothing of what is inside', () => {
    const sealed = Array.from({ length: 1_000 }, () => Buffer.from(box.seal('whsec_visible', owner)));
    expect(new Set(sealed.map((bytes) => bytes.subarray(1, 13).toString('hex'))).size).toBe(1_000);
    expect(sealed.filter((bytes) => bytes.includes('visible'))).toEqual([]);
  });

  test.each([
    ['another organization', { ...owner, organizationId: 'org_2' }],
    ['another secret', { ...owner, secretId: 'whs_2' }],
    ['the same letters, cut elsewhere', { organizationId: 'org_1wh', secretId: 's_1' }],
  ])('does not open for %s', (_name, other) => {
    expect(() => box.open(box.seal('x', owner), other)).toThrow(SealedSecretError);
  });

  test.each([
    ['another secret of the server', createSecretBox(randomBytes(32), 'webhook-secret')],
    ['another purpose', createSecretBox(secret, 'emr-credential')],
  ])('does not open with %s', (_name, other) => {
    expect(() => other.open(box.seal('x', owner), owner)).toThrow(SealedSecretError);
  });

  test('does not open when any bit was flipped or any byte is missing', () => {
    const sealed = box.seal('whsec_abc', owner);
    for (let at = 0; at < sealed.length * 8; at += 1) {
      const altered = Buffer.from(sealed);
      altered[at >> 3] = (altered[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(() => box.open(altered, owner)).toThrow(SealedSecretError);
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => box.open(sealed.subarray(0, length), owner)).toThrow(SealedSecretError);
    }
  });
});
