import { isValueFault, readValue } from './answer-values.ts';
import type { DefinitionReport } from './definition-problems.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { Coding } from './types.ts';

/** More codes than a person can choose from; an import of a whole terminology ends here. */
const maximumCodes = 20_000;

/** Codes by `codeKey`. */
type CodeTable = Map<string, Coding>;

/** Finds value sets and lists their codes. One per questionnaire: what was listed once is not listed again. */
export class ValueSetResolver {
  readonly #contained: readonly JsonObject[];
  readonly #packaged: readonly JsonObject[];
  readonly #listed = new Map<string, readonly Coding[] | string>();

  constructor(contained: unknown, packaged: readonly unknown[]) {
    this.#contained = (Array.isArray(contained) ? contained : []).filter(isValueSet);
    this.#packaged = packaged.filter(isValueSet);
  }

  /**
   * The codes of a contained (`#id`) or packaged (`url`, `url|version`) value set, or undefined after reporting
   * why there are none.
   */
  resolve(canonical: string, path: string, report: DefinitionReport): readonly Coding[] | undefined {
    const codes = this.#list(canonical, []);
    if (typeof codes !== 'string') return codes;
    report.addProblem(
      path,
      `The value set "${canonical}" ${codes}.`,
      'Pack the value set with the questionnaire, with an expansion or a compose that lists its concepts.',
    );
    return undefined;
  }

  #list(canonical: string, asking: readonly string[]): readonly Coding[] | string {
    const known = this.#listed.get(canonical);
    if (known !== undefined) return known;
    if (asking.includes(canonical)) return 'includes itself';
    const found = this.#find(canonical);
    const codes = typeof found === 'string' ? found : this.#listCodes(found, [...asking, canonical]);
    this.#listed.set(canonical, codes);
    return codes;
  }

  #find(canonical: string): JsonObject | string {
    if (canonical.startsWith('#')) {
      return (
        this.#contained.find((set) => set.id === canonical.slice(1)) ??
        'is not contained in the questionnaire'
      );
    }
    const [url, version] = canonical.split('|', 2);
    const matches = (set: JsonObject): boolean =>
      set.url === url && (version === undefined || set.version === version);
    const sets = [...this.#contained.filter(matches), ...this.#packaged.filter(matches)];
    const [first, second] = sets;
    if (first === undefined) return 'is not packed with the questionnaire';
    if (second !== undefined) return 'is packed more than once; name one with url|version';
    return first;
  }

  #listCodes(set: JsonObject, asking: readonly string[]): readonly Coding[] | string {
    const codes: CodeTable = new Map();
    const expansion = set.expansion;
    const fault =
      isJsonObject(expansion) && Array.isArray(expansion.contains)
        ? addContained(expansion.contains, codes)
        : this.#addComposed(set.compose, codes, asking);
    if (fault !== undefined) return fault;
    if (codes.size > maximumCodes) return `has more than ${maximumCodes} codes`;
    return codes.size === 0 ? 'has no codes' : [...codes.values()];
  }

  #addComposed(compose: unknown, codes: CodeTable, asking: readonly string[]): string | undefined {
    if (!isJsonObject(compose) || !Array.isArray(compose.include)) return 'has neither expansion nor compose';
    for (const include of compose.include) {
      const included = this.#listInclude(include, asking);
      if (typeof included === 'string') return included;
      for (const coding of included) addCode(codes, coding);
    }
    for (const exclude of Array.isArray(compose.exclude) ? compose.exclude : []) {
      const excluded = this.#listInclude(exclude, asking);
      if (typeof excluded === 'string') return excluded;
      for (const coding of excluded) codes.delete(codeKey(coding));
    }
    return undefined;
  }

  /** FHIR R4 ValueSet.compose.include: concepts and value sets together mean what is in all of them. */
  #listInclude(include: unknown, asking: readonly string[]): readonly Coding[] | string {
    if (!isJsonObject(include)) return 'has a malformed compose';
    if (include.filter !== undefined)
      return 'is composed by a filter, which only a terminology server can expand';
    const lists: (readonly Coding[])[] = [];
    if (Array.isArray(include.concept)) {
      const concepts = listConcepts(include, include.concept);
      if (concepts === undefined) return 'has a concept without a code';
      lists.push(concepts);
    } else if (include.system !== undefined) {
      return 'includes a whole code system, which only a terminology server can expand';
    }
    for (const canonical of Array.isArray(include.valueSet) ? include.valueSet : []) {
      const codes = this.#list(String(canonical), asking);
      if (typeof codes === 'string') return `includes "${String(canonical)}", which ${codes}`;
      lists.push(codes);
    }
    const [first = [], ...others] = lists;
    const keysOfOthers = others.map((list) => new Set(list.map(codeKey)));
    return first.filter((coding) => keysOfOthers.every((keys) => keys.has(codeKey(coding))));
  }
}

function isValueSet(resource: unknown): resource is JsonObject {
  return isJsonObject(resource) && resource.resourceType === 'ValueSet';
}

/** Abstract entries head a branch and cannot be chosen; inactive ones are withdrawn. */
function addContained(contains: readonly unknown[], codes: CodeTable): string | undefined {
  for (const entry of contains) {
    if (!isJsonObject(entry)) return 'has a malformed expansion';
    if (entry.abstract !== true && entry.inactive !== true) {
      const coding = readCode(entry);
      if (coding === undefined) return 'has an expansion entry without a code';
      addCode(codes, coding);
    }
    const nested = entry.contains;
    const fault = Array.isArray(nested) ? addContained(nested, codes) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function listConcepts(
  { system, version }: JsonObject,
  concepts: readonly unknown[],
): readonly Coding[] | undefined {
  const codes: Coding[] = [];
  for (const concept of concepts) {
    const coding = isJsonObject(concept)
      ? readCode({ system, version, code: concept.code, display: concept.display })
      : undefined;
    if (coding === undefined) return undefined;
    codes.push(coding);
  }
  return codes;
}

function readCode(raw: JsonObject): Coding | undefined {
  const value = readValue('valueCoding', raw);
  return isValueFault(value) ? undefined : value.valueCoding;
}

function codeKey({ system, code }: Coding): string {
  return JSON.stringify([system, code]);
}

/** The first of two equal codes wins. */
function addCode(codes: CodeTable, coding: Coding): void {
  const key = codeKey(coding);
  if (!codes.has(key)) codes.set(key, coding);
}
