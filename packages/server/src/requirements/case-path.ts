import type { CaseData } from './case-data.ts';
import { caseShape, isList, type ListShape, type ObjectShape, type Shape } from './case-shape.ts';

/**
 * The path mini-language of the contract (prior-auth.md, 1.6), read against `CaseData`:
 *
 *     coverage.planType                                dotted fields
 *     providers[role=prescribing].lastName             elements selected by an attribute
 *     providers.prescribing.lastName                   the same, as `context.` keys spell it
 *     providers[role=prescribing].identifiers[npi]     the value of the identifier of that type
 *     diagnoses                                        every diagnosis code
 *
 * A path over a list has as many values as elements match. It may end at an object, which is then its value.
 */
export interface CasePath {
  readonly text: string;
  /** `text` when the values are strings, `object` when the path ends at an object. */
  readonly valueKind: 'text' | 'object';
  /** True when any value passes the test; absent values are never tested. */
  some(data: CaseData, test: (value: unknown) => boolean): boolean;
}

export type CasePathOutcome =
  | { readonly kind: 'path'; readonly path: CasePath }
  | { readonly kind: 'problem'; readonly message: string; readonly mend: string };

type Test = (value: unknown) => boolean;
type Step = (node: unknown, test: Test) => boolean;

interface Segment {
  readonly name: string;
  readonly attribute?: string;
  readonly selected?: string;
}

interface Built {
  readonly step: Step;
  readonly valueKind: 'text' | 'object';
}

class PathProblem extends Error {
  readonly mend: string;

  constructor(message: string, mend: string) {
    super(message);
    this.mend = mend;
  }
}

/** Parses once into closures, so that reading a case allocates nothing. A malformed or unknown path is a problem. */
export function parseCasePath(text: string): CasePathOutcome {
  try {
    const built = buildObject(caseShape, text.split('.').map(parseSegment));
    return { kind: 'path', path: { text, valueKind: built.valueKind, some: built.step } };
  } catch (error) {
    if (!(error instanceof PathProblem)) throw error;
    return { kind: 'problem', message: `The path "${text}" ${error.message}.`, mend: error.mend };
  }
}

const segmentPattern = /^([A-Za-z][A-Za-z0-9_]*)(?:\[(?:([A-Za-z]+)=)?([A-Za-z0-9_]+)\])?$/;

function parseSegment(text: string): Segment {
  const match = segmentPattern.exec(text);
  const [, name, attribute, selected] = match ?? [];
  if (name === undefined) {
    throw new PathProblem(
      `is malformed at "${text}"`,
      'Write dotted names, each with at most one [selector].',
    );
  }
  return {
    name,
    ...(attribute === undefined ? {} : { attribute }),
    ...(selected === undefined ? {} : { selected }),
  };
}

function build(shape: Shape, rest: readonly Segment[]): Built {
  if (shape === 'text') {
    const [extra] = rest;
    if (extra !== undefined)
      throw new PathProblem(`goes below a text value with "${extra.name}"`, 'End the path there.');
    return { step: (node, test) => test(node), valueKind: 'text' };
  }
  if (isList(shape)) return buildList(shape, rest, undefined);
  return rest.length === 0
    ? { step: (node, test) => test(node), valueKind: 'object' }
    : buildObject(shape, rest);
}

function buildObject(shape: ObjectShape, segments: readonly Segment[]): Built {
  const [segment, ...rest] = segments;
  const child =
    segment !== undefined && Object.hasOwn(shape.fields, segment.name) && shape.fields[segment.name];
  if (segment === undefined || !child) {
    throw new PathProblem(
      `names an unknown field "${segment?.name ?? ''}"`,
      `Use one of: ${Object.keys(shape.fields).join(', ')}.`,
    );
  }
  const built = isList(child) ? buildList(child, rest, segment) : build(child, rest);
  if (segment.selected !== undefined && !isList(child)) {
    throw new PathProblem(`selects inside "${segment.name}", which is no list`, 'Leave out the [selector].');
  }
  return { step: fieldStep(segment.name, built.step), valueKind: built.valueKind };
}

function buildList(list: ListShape, rest: readonly Segment[], segment: Segment | undefined): Built {
  const { attribute, values, dotted } = list.selector;
  const [next, ...afterNext] = rest;
  const isDotted =
    dotted && segment?.selected === undefined && next !== undefined && values.includes(next.name);
  const selected = isDotted ? next.name : segment?.selected;
  if ((segment?.attribute ?? attribute) !== attribute) {
    throw new PathProblem(`selects by "${segment?.attribute}"`, `Select by "${attribute}".`);
  }
  if (selected !== undefined && !values.includes(selected)) {
    throw new PathProblem(
      `selects an unknown ${attribute} "${selected}"`,
      `Use one of: ${values.join(', ')}.`,
    );
  }
  const built = buildElement(list, isDotted ? afterNext : rest);
  return { step: listStep(attribute, selected, built.step), valueKind: built.valueKind };
}

function buildElement(list: ListShape, rest: readonly Segment[]): Built {
  if (rest.length > 0) return buildObject(list.element, rest);
  if (list.scalar === undefined) return { step: (node, test) => test(node), valueKind: 'object' };
  return { step: fieldStep(list.scalar, (node, test) => test(node)), valueKind: 'text' };
}

function fieldStep(name: string, next: Step): Step {
  return (node, test) => {
    const value = readField(node, name);
    return value !== undefined && value !== null && next(value, test);
  };
}

function listStep(attribute: string, selected: string | undefined, next: Step): Step {
  return (node, test) => {
    if (!Array.isArray(node)) return false;
    for (const element of node) {
      if (selected !== undefined && readField(element, attribute) !== selected) continue;
      if (next(element, test)) return true;
    }
    return false;
  };
}

function readField(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  // Any object may be read by key; `name` was checked against the shape, so no inherited name can be asked for.
  return (node as Readonly<Record<string, unknown>>)[name];
}

/** Blank text counts as absent: a form with an empty box is not a filled form. */
export function isPresent(value: unknown): boolean {
  return typeof value === 'string' ? value.trim() !== '' : value !== undefined && value !== null;
}
