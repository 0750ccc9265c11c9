import { type CodePoints, invertRanges, joinRanges, namedSets } from './code-points.ts';

/** A regular expression as a tree. The empty sequence matches the empty text. */
export type PatternNode =
  | { readonly kind: 'set'; readonly ranges: CodePoints }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly minimum: number;
      readonly maximum: number;
    }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' };

/** Why a pattern is not taken, and what to write instead. */
export class PatternProblem extends Error {
  readonly mend: string;

  constructor(message: string, mend: string) {
    super(message);
    this.mend = mend;
  }
}

const maximumLength = 1_000;
const maximumNesting = 50;
export const maximumRepeat = 1_000;

/**
 * Parses the regular part of ECMAScript's syntax: literals, classes, `\d \w \s` and their opposites, `.`, groups,
 * alternatives, `* + ? {n,m}` (lazy or not: for a match of the whole text that is the same), `^` and `$`. What needs
 * backtracking or a locale is refused: back-references, look-around, word boundaries, flags, Unicode properties.
 *
 * @throws PatternProblem
 */
export function parsePattern(pattern: string): PatternNode {
  if (pattern.length > maximumLength) {
    throw new PatternProblem(`The regex is longer than ${maximumLength} characters.`, 'Write a shorter one.');
  }
  const parser = new PatternParser(pattern);
  const node = parser.parseChoice(0);
  parser.expectEnd();
  return node;
}

class PatternParser {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#characters = [...pattern];
  }

  expectEnd(): void {
    if (this.#peek() !== undefined)
      throw new PatternProblem('The regex closes a group it never opened.', 'Write \\).');
  }

  parseChoice(nesting: number): PatternNode {
    if (nesting > maximumNesting)
      throw new PatternProblem('The regex nests groups too deep.', 'Write a flatter one.');
    const branches = [this.#parseSequence(nesting)];
    while (this.#take('|')) branches.push(this.#parseSequence(nesting));
    const [only] = branches;
    return only !== undefined && branches.length === 1 ? only : { kind: 'choice', branches };
  }

  #parseSequence(nesting: number): PatternNode {
    const parts: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      parts.push(this.#parseRepeats(this.#parseAtom(nesting)));
    }
    return { kind: 'sequence', parts };
  }

  #parseAtom(nesting: number): PatternNode {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#parseGroup(nesting);
      case '[':
        return this.#parseClass();
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternProblem(
          `The regex has a "${character}" with nothing to repeat.`,
          `Write \\${character}.`,
        );
      case '.':
        return { kind: 'set', ranges: namedSets.get('.') ?? [] };
      case '\\':
        return { kind: 'set', ranges: this.#parseEscape() };
      default:
        return { kind: 'set', ranges: single(character) };
    }
  }

  #parseGroup(nesting: number): PatternNode {
    if (this.#take('?')) this.#parseGroupKind();
    const node = this.parseChoice(nesting + 1);
    if (!this.#take(')'))
      throw new PatternProblem('The regex opens a group it never closes.', 'Close it with ).');
    return node;
  }

  /** `(?:` and `(?<name>` group; everything else after `(?` looks around or sets flags. */
  #parseGroupKind(): void {
    if (this.#take(':')) return;
    const isName = this.#take('<') && /^[A-Za-z_$]$/.test(this.#peek() ?? '');
    if (!isName) {
      throw new PatternProblem(
        'The regex uses look-around or flags, which are not supported.',
        'Write it with plain groups; for either case write both letters, such as [Aa].',
      );
    }
    while (this.#next() !== '>') {
      if (this.#peek() === undefined)
        throw new PatternProblem('The regex has an unfinished group name.', 'Close it with >.');
    }
  }

  #parseRepeats(body: PatternNode): PatternNode {
    const repeat = this.#parseRepeat(body);
    if (repeat === undefined) return body;
    if (body.kind === 'start' || body.kind === 'end') {
      throw new PatternProblem('The regex repeats ^ or $.', 'Remove the repetition.');
    }
    this.#take('?');
    const again = this.#peek();
    if (again === '*' || again === '+' || again === '?' || again === '{') {
      throw new PatternProblem('The regex repeats a repetition.', 'Put the inner part in a group, (?:…).');
    }
    return repeat;
  }

  #parseRepeat(body: PatternNode): PatternNode | undefined {
    if (this.#take('*')) return { kind: 'repeat', body, minimum: 0, maximum: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { kind: 'repeat', body, minimum: 1, maximum: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { kind: 'repeat', body, minimum: 0, maximum: 1 };
    if (!this.#take('{')) return undefined;
    const minimum = this.#parseCount();
    let maximum = minimum;
    if (this.#take(',')) maximum = this.#peek() === '}' ? Number.POSITIVE_INFINITY : this.#parseCount();
    if (!this.#take('}') || minimum > maximum) {
      throw new PatternProblem(
        'The regex has a malformed {n,m}.',
        'Write {n}, {n,} or {n,m} with n not above m.',
      );
    }
    return { kind: 'repeat', body, minimum, maximum };
  }

  #parseCount(): number {
    let text = '';
    for (let next = this.#peek(); next !== undefined && /^\d$/.test(next); next = this.#peek())
      text += this.#next();
    if (text === '')
      throw new PatternProblem('The regex has a { that begins no {n,m}.', 'Write \\{ for the character.');
    const count = Number(text);
    if (count <= maximumRepeat) return count;
    throw new PatternProblem(
      `The regex repeats more than ${maximumRepeat} times.`,
      'Use maxLength or minLength instead.',
    );
  }

  #parseClass(): PatternNode {
    const negated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    for (;;) {
      if (this.#take(']')) break;
      const first = this.#parseClassMember();
      const isRange = this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== undefined;
      if (!isRange) {
        ranges.push(...first);
        continue;
      }
      this.#next();
      ranges.push(rangeBetween(first, this.#parseClassMember()));
    }
    const joined = joinRanges(ranges);
    return { kind: 'set', ranges: negated ? invertRanges(joined) : joined };
  }

  #parseClassMember(): CodePoints {
    const character = this.#next();
    if (character === undefined)
      throw new PatternProblem('The regex opens a class it never closes.', 'Close it with ].');
    if (character === '[' || (character === '&' && this.#peek() === '&')) {
      throw new PatternProblem(
        `The regex has a "${character}" in a class, which engines read differently.`,
        `Write \\${character}.`,
      );
    }
    if (character !== '\\') return single(character);
    return this.#take('b') ? single('\b') : this.#parseEscape();
  }

  #parseEscape(): CodePoints {
    const character = this.#next();
    const named = namedSets.get(character ?? '');
    if (named !== undefined && character !== '.') return named;
    if (character === 'x') return this.#parseHexadecimal(2);
    if (character === 'u')
      return this.#take('{') ? this.#parseBracedHexadecimal() : this.#parseHexadecimal(4);
    const control = controlEscapes.get(character ?? '');
    if (control !== undefined && !(character === '0' && /^\d$/.test(this.#peek() ?? '')))
      return single(control);
    if (character !== undefined && !/^[A-Za-z0-9]$/.test(character)) return single(character);
    throw new PatternProblem(
      character === undefined
        ? 'The regex ends in a backslash.'
        : `The regex uses \\${character}, which is not supported.`,
      'Use literals, classes, \\d, \\w, \\s and plain groups.',
    );
  }

  #parseHexadecimal(length: number): CodePoints {
    let text = '';
    for (let index = 0; index < length; index += 1) text += this.#next() ?? '';
    if (/^[0-9A-Fa-f]+$/.test(text) && text.length === length) return codePoint(Number.parseInt(text, 16));
    throw new PatternProblem('The regex has a malformed \\x or \\u.', `Write ${length} hexadecimal digits.`);
  }

  #parseBracedHexadecimal(): CodePoints {
    let text = '';
    for (let next = this.#next(); next !== '}'; next = this.#next()) {
      if (next === undefined || text.length > 6) break;
      text += next;
    }
    if (/^[0-9A-Fa-f]{1,6}$/.test(text)) return codePoint(Number.parseInt(text, 16));
    throw new PatternProblem('The regex has a malformed \\u{…}.', 'Write up to six hexadecimal digits.');
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead];
  }

  #next(): string | undefined {
    const character = this.#characters[this.#at];
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

const controlEscapes: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
]);

function single(character: string | undefined): CodePoints {
  return codePoint(character?.codePointAt(0) ?? 0);
}

function codePoint(value: number): CodePoints {
  if (value <= 0x10ffff) return [[value, value]];
  throw new PatternProblem('The regex names a character beyond Unicode.', 'Write at most \\u{10FFFF}.');
}

function rangeBetween(first: CodePoints, last: CodePoints): readonly [number, number] {
  const [from, to] = [first[0]?.[0], last[0]?.[0]];
  const isSingle = (set: CodePoints): boolean => set.length === 1 && set[0]?.[0] === set[0]?.[1];
  if (from !== undefined && to !== undefined && isSingle(first) && isSingle(last) && from <= to)
    return [from, to];
  throw new PatternProblem(
    'The regex has a malformed range in a class.',
    'Write it as low-high, or write \\-.',
  );
}
