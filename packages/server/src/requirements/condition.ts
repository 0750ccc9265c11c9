import {
  canBeOrdered,
  compileComparison,
  compileEquality,
  compilePrefix,
  type Literal,
  literalProblem,
  prefixProblem,
} from './comparison.ts';
import { compileKey, hasValue, type KeySource, someValue } from './key-source.ts';
import { type Predicate, type RuleCompiler, reportLint, reportProblem } from './rule-compiler.ts';
import type { ComparisonOperator } from './rules.ts';

const never: Predicate = () => false;

/**
 * Compiles a `Condition` (rules.ts) as it came out of JSON. Whatever is wrong is reported on the compiler and the
 * faulty part never holds; a template with problems is not served, so that answer is never used.
 */
export function compileCondition(compiler: RuleCompiler, source: unknown, path: string): Predicate {
  if (!isRecord(source)) return refuse(compiler, path);
  switch (Object.keys(source).sort().join(' ')) {
    case 'all':
      return compileList(compiler, source.all, `${path}.all`, 'every');
    case 'any':
      return compileList(compiler, source.any, `${path}.any`, 'some');
    case 'not': {
      const inner = compileCondition(compiler, source.not, `${path}.not`);
      return (facts) => !inner(facts);
    }
    case 'exists key':
    case 'key operator value':
    case 'key oneOf':
    case 'key startsWith':
      return compileKeyCondition(compiler, source, path);
    default:
      return refuse(compiler, path);
  }
}

function refuse(compiler: RuleCompiler, path: string): Predicate {
  const mend =
    'Write {all}, {any}, {not}, {key, exists}, {key, operator, value}, {key, oneOf} or {key, startsWith}.';
  reportProblem(compiler, path, 'This is not a condition.', mend);
  return never;
}

function compileList(
  compiler: RuleCompiler,
  source: unknown,
  path: string,
  method: 'every' | 'some',
): Predicate {
  if (!Array.isArray(source) || source.length === 0) {
    reportProblem(
      compiler,
      path,
      'A list of conditions is empty or no list.',
      'Give at least one condition.',
    );
    return never;
  }
  const parts = source.map((part: unknown, index) => compileCondition(compiler, part, `${path}[${index}]`));
  return method === 'every'
    ? (facts) => parts.every((part) => part(facts))
    : (facts) => parts.some((part) => part(facts));
}

function compileKeyCondition(
  compiler: RuleCompiler,
  condition: Record<string, unknown>,
  path: string,
): Predicate {
  const { key } = condition;
  if (typeof key !== 'string') {
    reportProblem(
      compiler,
      `${path}.key`,
      'The key is no text.',
      'Write "questionnaire.<linkId>" or "context.<path>".',
    );
    return never;
  }
  const source = compileKey(compiler, key, `${path}.key`);
  if (source === undefined) return never;
  if ('exists' in condition) return compileExists(compiler, source, condition.exists, path);
  if (source.kind === 'context' && source.path.valueKind === 'object') {
    reportProblem(
      compiler,
      `${path}.key`,
      `"${key}" is an object, not a value.`,
      'Go on to one of its fields, or ask {exists}.',
    );
    return never;
  }
  if ('oneOf' in condition) return compileOneOf(compiler, source, condition.oneOf, `${path}.oneOf`);
  if ('startsWith' in condition)
    return compileStartsWith(compiler, source, condition.startsWith, `${path}.startsWith`);
  return compileOperator(compiler, source, condition.operator, condition.value, path);
}

function compileExists(
  compiler: RuleCompiler,
  source: KeySource,
  expected: unknown,
  path: string,
): Predicate {
  if (typeof expected !== 'boolean') {
    reportProblem(compiler, `${path}.exists`, '"exists" is neither true nor false.', 'Write true or false.');
  }
  return (facts) => hasValue(source, facts) === expected;
}

function compileOneOf(compiler: RuleCompiler, source: KeySource, list: unknown, path: string): Predicate {
  if (!Array.isArray(list) || list.length === 0) {
    reportProblem(compiler, path, '"oneOf" is empty or no list.', 'List at least one value.');
    return never;
  }
  const literals = list.map((value: unknown, index) =>
    checkLiteral(compiler, source, value, `${path}[${index}]`),
  );
  const tests = literals.flatMap((literal) =>
    literal === undefined ? [] : [compileEquality(source, literal)],
  );
  const isOneOf = (value: unknown): boolean => tests.some((test) => test(value));
  return (facts) => someValue(source, facts, isOneOf);
}

function compileStartsWith(
  compiler: RuleCompiler,
  source: KeySource,
  list: unknown,
  path: string,
): Predicate {
  const isListOfText =
    Array.isArray(list) && list.every((prefix) => typeof prefix === 'string' && prefix !== '');
  if (!isListOfText || list.length === 0) {
    reportProblem(
      compiler,
      path,
      '"startsWith" is no list of texts.',
      'List at least one beginning, such as ["D57."].',
    );
    return never;
  }
  list.forEach((prefix, index) => {
    const problem = prefixProblem(source, prefix);
    if (problem === undefined) return;
    const message = `This can never hold: ${problem}.`;
    reportLint(compiler, `${path}[${index}]`, message, 'Give the beginning of one of its options.');
  });
  const startsSo = compilePrefix(source, list);
  return (facts) => someValue(source, facts, startsSo);
}

function compileOperator(
  compiler: RuleCompiler,
  source: KeySource,
  operator: unknown,
  value: unknown,
  path: string,
): Predicate {
  if (!isOperator(operator)) {
    reportProblem(
      compiler,
      `${path}.operator`,
      'The operator is unknown.',
      `Use one of: ${operators.join(' ')}.`,
    );
    return never;
  }
  const literal = checkLiteral(compiler, source, value, `${path}.value`);
  if (literal === undefined) return never;
  if (operator !== '=' && operator !== '!=' && !canBeOrdered(source)) {
    const message = `"${source.key}" has no order, so ${operator} never means anything.`;
    reportProblem(
      compiler,
      `${path}.operator`,
      message,
      'Use = or !=, or a key that holds a number or a date.',
    );
  }
  const test = compileComparison(source, operator, literal);
  if (operator === '!=') return (facts) => !hasValue(source, facts) || someValue(source, facts, test);
  return (facts) => someValue(source, facts, test);
}

function checkLiteral(
  compiler: RuleCompiler,
  source: KeySource,
  value: unknown,
  path: string,
): Literal | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    reportProblem(
      compiler,
      path,
      'The value is no text, number, true or false.',
      'Compare with a single value.',
    );
    return undefined;
  }
  const problem = literalProblem(source, value);
  if (problem === undefined) return value;
  reportProblem(
    compiler,
    path,
    `This can never be equal: ${problem}.`,
    'Give a value that an answer can have.',
  );
  return undefined;
}

const operators: readonly ComparisonOperator[] = ['=', '!=', '>', '<', '>=', '<='];

function isOperator(value: unknown): value is ComparisonOperator {
  return operators.some((operator) => operator === value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
