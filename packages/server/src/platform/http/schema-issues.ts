import type { ErrorObject } from 'ajv';
import type { ErrorIssue } from '../errors.ts';

export type RequestPart = 'body' | 'querystring' | 'params' | 'headers';

/** More would help nobody, and a hostile body can cause tens of thousands. */
export const maximumIssues = 50;
const maximumFieldLength = 200;
const listedValues = 40;

/**
 * Issues for Ajv's errors: `field` is the path as a client would write it, `code` one of prior-auth.md section 2, and
 * the message says what was expected. The value that was sent is never repeated: it may be PHI.
 */
export function schemaIssues(errors: readonly ErrorObject[], part: RequestPart): ErrorIssue[] {
  const seen = new Set<string>();
  const issues: ErrorIssue[] = [];
  for (const error of withFormatChoices(withoutUnionNoise(errors))) {
    const issue = toIssue(error, part);
    const key = `${issue.field} ${issue.code}`;
    if (seen.has(key)) continue;
    seen.add(key);
    issues.push(issue);
    if (issues.length === maximumIssues) break;
  }
  return issues;
}

/**
 * A value that fits no branch of a union is reported once per branch and once for the union. The null branch and the
 * union itself say nothing as long as another error at or below the same place remains.
 */
function withoutUnionNoise(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter(isUnionError);
  if (unions.length === 0) return errors;
  const kept = errors.filter((error) => !isUnionError(error) && !isNullBranch(error));
  const unexplained = unions.filter(
    (union) => !kept.some((error) => error.instancePath.startsWith(union.instancePath)),
  );
  return [...kept, ...unexplained];
}

/** A text that has none of the formats it may have is reported once per format: put together, they are one fault. */
function withFormatChoices(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const formats = new Map<string, string[]>();
  for (const error of errors) {
    const choice = formatChoice(error);
    if (choice !== undefined) formats.set(choice, [...(formats.get(choice) ?? []), error.params.format]);
  }
  return errors.map((error) => {
    const format = formats
      .get(formatChoice(error) ?? '')
      ?.toSorted()
      .join(' or ');
    return format === undefined ? error : { ...error, params: { format } };
  });
}

/** Where the choice stands that this error is one branch of. */
function formatChoice(error: ErrorObject): string | undefined {
  const [, union] = /^(.*\/anyOf)\/\d+\/format$/.exec(error.schemaPath) ?? [];
  return union === undefined ? undefined : `${error.instancePath} ${union}`;
}

function isUnionError(error: ErrorObject): boolean {
  return error.keyword === 'anyOf' || error.keyword === 'oneOf' || error.keyword === 'if';
}

function isNullBranch(error: ErrorObject): boolean {
  return (
    error.keyword === 'type' &&
    error.params.type === 'null' &&
    /\/(anyOf|oneOf)\/\d+\/type$/.test(error.schemaPath)
  );
}

function toIssue(error: ErrorObject, part: RequestPart): ErrorIssue {
  const { code, message, property } = explain(error);
  return { field: fieldOf(error.instancePath, property, part), code, message };
}

/** The dotted path: `/patient/identifiers/0` and `type` give `patient.identifiers[0].type`. */
function fieldOf(instancePath: string, property: string | undefined, part: RequestPart): string {
  const segments = instancePath.split('/').slice(1).map(unescapePointer);
  // A repeated query parameter is an array here, and the parameter's name to the client.
  if (part === 'querystring' && segments.length > 1) segments.length = 1;
  if (property !== undefined) segments.push(property);
  const path = joinPath(segments);
  return path === '' ? (part === 'querystring' ? 'query' : part) : path.slice(0, maximumFieldLength);
}

export function joinPath(segments: readonly (string | number)[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number' || /^\d+$/.test(segment)) path += `[${segment}]`;
    else path += path === '' ? segment : `.${segment}`;
  }
  return path;
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

interface Explanation {
  readonly code: string;
  readonly message: string;
  /** The property the error is about when Ajv reports it on the object around it. */
  readonly property?: string;
}

function explain(error: ErrorObject): Explanation {
  const parameters: Record<string, unknown> = error.params;
  switch (error.keyword) {
    case 'required':
    case 'dependentRequired':
      return {
        code: 'required',
        message: 'This field is required.',
        property: String(parameters.missingProperty),
      };
    case 'additionalProperties':
      return unknownField(parameters.additionalProperty);
    case 'unevaluatedProperties':
      return unknownField(parameters.unevaluatedProperty);
    case 'propertyNames':
      return {
        code: 'invalid_format',
        message: 'The name of this field is not allowed.',
        property: String(parameters.propertyName),
      };
    case 'enum':
      return { code: 'invalid_enum', message: expectedOneOf(parameters.allowedValues) };
    case 'const':
      return { code: 'invalid_enum', message: expectedOneOf([parameters.allowedValue]) };
    case 'discriminator':
      return explainDiscriminator(parameters);
    case 'type':
      return { code: 'invalid_type', message: `Expected ${typeNames(parameters.type)}.` };
    default:
      return explainBound(error.keyword, parameters);
  }
}

function unknownField(name: unknown): Explanation {
  return { code: 'unrecognized_keys', message: 'This field is not known.', property: String(name) };
}

function explainDiscriminator(parameters: Record<string, unknown>): Explanation {
  const property = String(parameters.tag);
  if (parameters.tagValue === undefined)
    return { code: 'required', message: 'This field is required.', property };
  return typeof parameters.tagValue === 'string'
    ? { code: 'invalid_enum', message: 'Expected one of the documented values.', property }
    : { code: 'invalid_type', message: 'Expected a string.', property };
}

const boundMessages: Readonly<Record<string, readonly [code: string, text: (limit: unknown) => string]>> = {
  minLength: ['too_small', (limit) => `Expected at least ${counted(limit, 'character')}.`],
  maxLength: ['too_big', (limit) => `Expected at most ${counted(limit, 'character')}.`],
  minItems: ['too_small', (limit) => `Expected at least ${counted(limit, 'item')}.`],
  maxItems: ['too_big', (limit) => `Expected at most ${counted(limit, 'item')}.`],
  minProperties: ['too_small', (limit) => `Expected at least ${counted(limit, 'field')}.`],
  maxProperties: ['too_big', (limit) => `Expected at most ${counted(limit, 'field')}.`],
  minimum: ['too_small', (limit) => `Expected ${limit} or more.`],
  maximum: ['too_big', (limit) => `Expected ${limit} or less.`],
  exclusiveMinimum: ['too_small', (limit) => `Expected more than ${limit}.`],
  exclusiveMaximum: ['too_big', (limit) => `Expected less than ${limit}.`],
  multipleOf: ['invalid_format', () => 'Expected another step between values.'],
  uniqueItems: ['invalid_format', () => 'Expected each item once.'],
  pattern: ['invalid_format', () => 'The value does not have the expected form.'],
};

const formatMessages: Readonly<Record<string, string>> = {
  date: 'Expected a calendar date that exists, as YYYY-MM-DD.',
  'date-time': 'Expected an RFC 3339 timestamp with a time zone, such as 2026-03-13T17:00:00.000Z.',
  'date or date-time': 'Expected a calendar date (YYYY-MM-DD) or an RFC 3339 timestamp with a time zone.',
  email: 'Expected an e-mail address.',
  uri: 'Expected an absolute URL.',
};

function explainBound(keyword: string, parameters: Record<string, unknown>): Explanation {
  if (keyword === 'format') {
    const message = formatMessages[String(parameters.format)] ?? 'The value does not have the expected form.';
    return { code: 'invalid_format', message };
  }
  const [code, text] = boundMessages[keyword] ?? ['invalid_format', () => 'The value is not allowed here.'];
  return { code, message: text(parameters.limit) };
}

function counted(limit: unknown, noun: string): string {
  return limit === 1 ? `1 ${noun}` : `${limit} ${noun}s`;
}

function expectedOneOf(values: unknown): string {
  if (!Array.isArray(values) || values.length > listedValues) return 'Expected one of the documented values.';
  const names = values.map(String);
  return names.length === 1 ? `Expected ${names[0]}.` : `Expected one of: ${names.join(', ')}.`;
}

const typePhrases: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

function typeNames(types: unknown): string {
  const names = Array.isArray(types) ? types : String(types).split(',');
  return names.map((name) => typePhrases[String(name)] ?? String(name)).join(' or ');
}
