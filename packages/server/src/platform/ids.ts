import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** The prefixes of the contract (prior-auth.md, 1.0) and ours. */
export type IdPrefix =
  | 'auth'
  | 'att'
  | 'act'
  | 'evt'
  | 'art'
  | 'file'
  | 'sa'
  | 'org'
  | 'key'
  | 'req'
  | 'acc'
  | 'whe'
  | 'whd'
  | 'whs'
  | 'aud';

export interface IdGenerator {
  /**
   * A new opaque id such as `auth_01j9…`: 48 bits of time, so that new rows sit together in an index, and 80 random
   * bits. Of one generator they rise within a millisecond too, so that rows written at once keep their order.
   */
  next(prefix: IdPrefix): string;
  /** 32 lower-case hex digits, the claims API's form of an id (contract README, claims 2): 48 bits of time, 80 random ones. */
  nextHex(): string;
}

const base32 = '0123456789abcdefghjkmnpqrstvwxyz';

export function createIdGenerator(
  clock: Clock,
  random: (size: number) => Uint8Array = pooledRandomBytes,
): IdGenerator {
  let lastTime = '';
  let lastTail = '';
  return {
    next(prefix) {
      const time = encodeTime(clock.now().getTime());
      lastTail = time === lastTime ? successorOf(lastTail) : encodeRandom(random(16));
      lastTime = time;
      return `${prefix}_${time}${lastTail}`;
    },
    nextHex() {
      const time = clock.now().getTime().toString(16).padStart(12, '0');
      return `${time}${Buffer.from(random(10)).toString('hex')}`;
    },
  };
}

/** The next number in the same digits; after the last one comes the first. */
function successorOf(digits: string): string {
  const kept = digits.replace(/(?<!z)z+$/, '');
  const raised = kept === '' ? '' : kept.slice(0, -1) + base32.charAt(base32.indexOf(kept.slice(-1)) + 1);
  return raised.padEnd(digits.length, '0');
}

function encodeTime(milliseconds: number): string {
  let rest = milliseconds;
  let text = '';
  for (let digit = 0; digit < 10; digit += 1) {
    text = base32.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Sixteen characters of five random bits each. */
function encodeRandom(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += base32.charAt(byte % 32);
  return text;
}

let pool: Uint8Array = new Uint8Array(0);
let used = 0;

/** Fetched 4 KB at a time: every request makes an id, and the call costs more than the bytes. Each byte is given once. */
function pooledRandomBytes(size: number): Uint8Array {
  if (used + size > pool.length) {
    pool = randomBytes(4_096);
    used = 0;
  }
  used += size;
  return pool.subarray(used - size, used);
}
