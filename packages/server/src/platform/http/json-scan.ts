import { numberSurvives } from './json-number.ts';

export interface JsonLimits {
  /** Nesting of objects and lists; a flat object has depth 1. */
  readonly depth: number;
  /** Members of all objects together. */
  readonly keys: number;
  /** Members of objects and items of lists together: bounds the work and memory that validation can cost. */
  readonly values: number;
}

export type JsonScan =
  | { readonly ok: true; readonly keys: number }
  | { readonly ok: false; readonly code: string; readonly message: string };

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const plainDigits = 15;

/**
 * One pass over the UTF-8 bytes of JSON before JSON.parse: counts nesting, members and items outside strings, and looks at numbers
 * while their digits are still there. It does not check the grammar; on bytes that are not JSON its answer means
 * nothing more than that the text is within the limits.
 */
export function scanJson(bytes: Buffer, limits: JsonLimits): JsonScan {
  let depth = 0;
  let keys = 0;
  let commas = 0;
  const end = bytes.length;
  for (let at = 0; at < end; at += 1) {
    const character = bytes[at] ?? 0;
    if (character === quote) {
      at = endOfString(bytes, at);
    } else if (character === colon) {
      keys += 1;
      if (keys > limits.keys) return tooBig(`Expected at most ${limits.keys} fields in the whole body.`);
    } else if (character === comma) {
      commas += 1;
      if (commas >= limits.values)
        return tooBig(`Expected at most ${limits.values} values in the whole body.`);
    } else if (character === openBrace || character === openBracket) {
      depth += 1;
      if (depth > limits.depth) return tooBig(`Expected at most ${limits.depth} levels of nesting.`);
    } else if (character === closeBrace || character === closeBracket) {
      depth -= 1;
    } else if (character === minus || (character >= zero && character <= nine)) {
      const next = endOfNumber(bytes, at);
      if (!isHarmlessNumber(bytes, at, next)) return unsafeNumber;
      at = next - 1;
    }
  }
  return { ok: true, keys };
}

const unsafeNumber: JsonScan = {
  ok: false,
  code: 'invalid_format',
  message:
    'A number cannot be kept exactly: it is -0, beyond 2^53 - 1, or has too many digits or too large an exponent.',
};

function tooBig(message: string): JsonScan {
  return { ok: false, code: 'too_big', message };
}

/** Index of the closing quote, or past the end when the string is not closed. */
function endOfString(bytes: Buffer, start: number): number {
  const end = bytes.length;
  let at = start + 1;
  while (at < end) {
    const character = bytes[at];
    if (character === quote) return at;
    at += character === backslash ? 2 : 1;
  }
  return end;
}

function endOfNumber(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (isNumberCharacter(bytes[at] ?? 0)) at += 1;
  return at;
}

/** Digits, point, exponent, sign. */
function isNumberCharacter(character: number): boolean {
  return (
    (character >= zero && character <= nine) ||
    character === point ||
    character === 0x65 ||
    character === 0x45 ||
    character === 0x2b ||
    character === minus
  );
}

function isHarmlessNumber(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= plainDigits && isPlainDecimal(bytes, start, end)) return true;
  const token = bytes.toString('latin1', start, end);
  // A token that is no JSON number at all is for JSON.parse to refuse.
  return !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(token) || numberSurvives(token);
}

/** Digits and points, and a minus in front of anything but zero: up to 15 digits a double gives back as they were. */
function isPlainDecimal(bytes: Buffer, start: number, end: number): boolean {
  let mayBeZero = bytes[start] === minus;
  for (let at = mayBeZero ? start + 1 : start; at < end; at += 1) {
    const character = bytes[at] ?? 0;
    if (character > zero && character <= nine) mayBeZero = false;
    else if (character !== zero && character !== point) return false;
  }
  return !mayBeZero;
}
