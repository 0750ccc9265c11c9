import type { CodePoints } from './code-points.ts';
import { type PatternNode, PatternProblem } from './pattern-syntax.ts';

/** A non-deterministic automaton: instructions that consume a character, fork, or assert a position. */
export type Instruction =
  | { readonly kind: 'set'; readonly set: number; readonly next: number }
  | { readonly kind: 'fork'; first: number; second: number }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'match' };

/** The program with its alphabet: characters that no instruction tells apart share a class. */
export interface PatternProgram {
  readonly instructions: readonly Instruction[];
  readonly classCount: number;
  classOf(codePoint: number): number;
  /** Whether a class belongs to a set. */
  includes(set: number, characterClass: number): boolean;
}

/** Bounds time and memory: matching costs at most this much per character. */
const maximumInstructions = 4_000;
const maximumSteps = 50_000;

/** @throws PatternProblem when the pattern, its repetitions written out, is too large. */
export function compileProgram(pattern: PatternNode): PatternProgram {
  const emitter = new Emitter();
  emitter.emit(pattern);
  emitter.add({ kind: 'match' });
  return makeProgram(emitter.instructions, emitter.sets);
}

/** Thompson's construction, writing bounded repetitions out. Each emission falls through to the next instruction. */
class Emitter {
  readonly instructions: Instruction[] = [];
  readonly sets: CodePoints[] = [];
  readonly #setNumbers = new Map<CodePoints, number>();
  #steps = 0;

  add(instruction: Instruction): number {
    if (this.instructions.length >= maximumInstructions) throw tooLarge();
    return this.instructions.push(instruction) - 1;
  }

  emit(node: PatternNode): void {
    this.#steps += 1;
    if (this.#steps > maximumSteps) throw tooLarge();
    switch (node.kind) {
      case 'set':
        this.add({ kind: 'set', set: this.#numberOf(node.ranges), next: this.instructions.length + 1 });
        return;
      case 'start':
      case 'end':
        this.add({ kind: node.kind, next: this.instructions.length + 1 });
        return;
      case 'sequence':
        for (const part of node.parts) this.emit(part);
        return;
      case 'choice':
        this.#emitChoice(node.branches);
        return;
      case 'repeat':
        this.#emitRepeat(node.body, node.minimum, node.maximum);
    }
  }

  #emitChoice(branches: readonly PatternNode[]): void {
    const jumps: Extract<Instruction, { kind: 'fork' }>[] = [];
    for (const [index, branch] of branches.entries()) {
      const fork = index < branches.length - 1 ? this.#addFork() : undefined;
      this.emit(branch);
      if (fork === undefined) continue;
      jumps.push(this.#addFork());
      fork.second = this.instructions.length;
    }
    // A jump is a fork with both ways alike.
    for (const jump of jumps) {
      jump.first = this.instructions.length;
      jump.second = this.instructions.length;
    }
  }

  #emitRepeat(body: PatternNode, minimum: number, maximum: number): void {
    for (let count = 0; count < minimum; count += 1) this.emit(body);
    if (maximum === Number.POSITIVE_INFINITY) {
      const at = this.instructions.length;
      const fork = this.#addFork();
      this.emit(body);
      this.#addFork().first = at;
      const back = this.instructions.at(-1);
      if (back?.kind === 'fork') back.second = at;
      fork.second = this.instructions.length;
      return;
    }
    const forks: Extract<Instruction, { kind: 'fork' }>[] = [];
    for (let count = minimum; count < maximum; count += 1) {
      forks.push(this.#addFork());
      this.emit(body);
    }
    for (const fork of forks) fork.second = this.instructions.length;
  }

  #addFork(): Extract<Instruction, { kind: 'fork' }> {
    const next = this.instructions.length + 1;
    const fork: Extract<Instruction, { kind: 'fork' }> = { kind: 'fork', first: next, second: next };
    this.add(fork);
    return fork;
  }

  #numberOf(ranges: CodePoints): number {
    let number = this.#setNumbers.get(ranges);
    if (number === undefined) {
      number = this.sets.push(ranges) - 1;
      this.#setNumbers.set(ranges, number);
    }
    return number;
  }
}

function tooLarge(): PatternProblem {
  return new PatternProblem(
    'The regex is too large when its repetitions are written out.',
    'Repeat less, or use maxLength or minLength instead.',
  );
}

function makeProgram(instructions: readonly Instruction[], sets: readonly CodePoints[]): PatternProgram {
  const boundaries = [...new Set([0, ...sets.flat().flatMap(([first, last]) => [first, last + 1])])];
  boundaries.sort((left, right) => left - right);
  const ascii = Array.from({ length: 128 }, (_, codePoint) => findClass(boundaries, codePoint));
  const members = sets.map((ranges) =>
    boundaries.map((start) => ranges.some(([first, last]) => first <= start && start <= last)),
  );
  return {
    instructions,
    classCount: boundaries.length,
    classOf: (codePoint) => ascii[codePoint] ?? findClass(boundaries, codePoint),
    includes: (set, characterClass) => members[set]?.[characterClass] === true,
  };
}

/** The class whose range holds the code point: the last boundary not above it. */
function findClass(boundaries: readonly number[], codePoint: number): number {
  let low = 0;
  let high = boundaries.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((boundaries[middle] ?? 0) <= codePoint) low = middle;
    else high = middle - 1;
  }
  return low;
}
