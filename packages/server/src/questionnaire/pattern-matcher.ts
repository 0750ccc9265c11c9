import type { PatternProgram } from './pattern-program.ts';

/** A set of places the program can be in, as one state of a deterministic automaton. */
interface State {
  /** Instructions that consume a character. */
  readonly places: readonly number[];
  /** True when the text may end here. */
  readonly accepts: boolean;
  /** By character class; filled when first needed. */
  readonly next: (State | undefined)[];
}

/** States are made as texts need them and thrown away together when there are too many of them. */
const maximumStates = 1_000;
/** Instructions looked at for one text, some tens of milliseconds. Only a contrived pattern on a long text needs more. */
const maximumWork = 1_000_000;

/**
 * Runs a program over whole texts. Time is linear in the text whatever the pattern: states are cached, and without the
 * cache a character costs at most one walk over the program. Nothing backtracks, and the walks for one text are
 * bounded, so no pattern can stall the server.
 */
export class PatternMatcher {
  readonly #program: PatternProgram;
  readonly #start: State;
  #states = new Map<string, State>();
  #work = 0;

  constructor(program: PatternProgram) {
    this.#program = program;
    this.#start = this.#stateOf([0], true);
  }

  /** True when the pattern matches the text from beginning to end. A text that would take too long does not match. */
  matches(text: string): boolean {
    this.#work = 0;
    let state = this.#start;
    for (let at = 0; at < text.length; ) {
      // `at` lies within the text, so there is a code point.
      const codePoint = text.codePointAt(at) as number;
      at += codePoint > 0xffff ? 2 : 1;
      const characterClass = this.#program.classOf(codePoint);
      state = state.next[characterClass] ?? this.#advance(state, characterClass);
      if ((state.places.length === 0 && !state.accepts) || this.#work > maximumWork) return false;
    }
    return state.accepts;
  }

  #advance(state: State, characterClass: number): State {
    const reached: number[] = [];
    for (const place of state.places) {
      const instruction = this.#program.instructions[place];
      if (instruction?.kind !== 'set' || !this.#program.includes(instruction.set, characterClass)) continue;
      reached.push(instruction.next);
    }
    const next = this.#stateOf(reached, false);
    state.next[characterClass] = next;
    return next;
  }

  #stateOf(reached: readonly number[], atStart: boolean): State {
    const { places, matched } = this.#follow(reached, atStart, false);
    const accepts = matched || this.#follow(reached, atStart, true).matched;
    const key = `${accepts ? '+' : '-'}${places.join(',')}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state: State = { places, accepts, next: [] };
    if (this.#states.size >= maximumStates) this.#forget();
    this.#states.set(key, state);
    return state;
  }

  /** The start state stays; what it leads to is dropped with the rest, or it would keep all alive. */
  #forget(): void {
    for (const state of this.#states.values()) state.next.length = 0;
    this.#start.next.length = 0;
    this.#states = new Map();
  }

  /** Follows forks, and assertions where they hold, to the instructions that consume. */
  #follow(
    reached: readonly number[],
    atStart: boolean,
    atEnd: boolean,
  ): { readonly places: readonly number[]; readonly matched: boolean } {
    const seen = new Set<number>();
    const places: number[] = [];
    let matched = false;
    const pending = [...reached];
    for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
      const instruction = this.#program.instructions[place];
      if (instruction === undefined || seen.has(place)) continue;
      seen.add(place);
      this.#work += 1;
      if (instruction.kind === 'set') places.push(place);
      else if (instruction.kind === 'match') matched = true;
      else if (instruction.kind === 'fork') pending.push(instruction.first, instruction.second);
      else if (instruction.kind === 'start' ? atStart : atEnd) pending.push(instruction.next);
    }
    return { places: places.toSorted((left, right) => left - right), matched };
  }
}
