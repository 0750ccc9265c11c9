import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 30;
const checksumLength = 6;

/** Base62 characters, about six random bits each. */
export function randomBase62(length: number): string {
  return Array.from({ length }, () => base62.charAt(randomInt(62))).join('');
}

/** 30 random base62 characters, about 178 bits, and the six base62 digits of their CRC-32. */
export function mintCheckedText(): string {
  const random = randomBase62(randomLength);
  return random + checksumOf(random);
}

/** Whether the text is of `mintCheckedText`'s form: a mistyped or made-up one is refused without asking a database. */
export function isCheckedText(text: string): boolean {
  if (!/^[0-9A-Za-z]{36}$/.test(text)) return false;
  return checksumOf(text.slice(0, randomLength)) === text.slice(randomLength);
}

function checksumOf(random: string): string {
  let rest = crc32(random);
  let text = '';
  for (let digit = 0; digit < checksumLength; digit += 1) {
    text = base62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
