import { type CasePath, isPresent } from './case-path.ts';
import { compileCondition } from './condition.ts';
import type { ContextRequirementState } from './evaluation.ts';
import { compileKey, compilePath } from './key-source.ts';
import { checkMode } from './required-mode.ts';
import { type Facts, type Predicate, type RuleCompiler, reportLint } from './rule-compiler.ts';
import type { ContextRequirement, RequiredMode } from './rules.ts';

export interface ContextRule {
  readonly key: string;
  readonly label: string;
  readonly requiredMode: RequiredMode;
  readonly when: Predicate | undefined;
  readonly paths: readonly CasePath[];
  readonly pathTexts: readonly string[];
  readonly message: string;
}

export function compileContextRules(
  compiler: RuleCompiler,
  requirements: readonly ContextRequirement[],
): readonly ContextRule[] {
  const seen = new Set<string>();
  return requirements.map((requirement, index) => {
    const path = `contextRequirements[${index}]`;
    const { key, when } = requirement;
    if (seen.has(key)) {
      reportLint(
        compiler,
        `${path}.key`,
        `A second requirement has the key "${key}".`,
        'Join the two, or name a deeper path.',
      );
    }
    seen.add(key);
    checkMode(compiler, requirement, path);
    checkContextKey(compiler, key, `${path}.key`);
    return {
      key,
      label: requirement.label,
      requiredMode: requirement.requiredMode,
      when: when === undefined ? undefined : compileCondition(compiler, when, `${path}.when`),
      paths: compilePaths(compiler, requirement.paths, path),
      pathTexts: requirement.paths,
      message: requirement.message,
    };
  });
}

function checkContextKey(compiler: RuleCompiler, key: string, path: string): void {
  if (key.startsWith('questionnaire.')) {
    reportLint(
      compiler,
      path,
      'A context requirement is about case data.',
      'Use a key that begins with "context.".',
    );
  } else {
    compileKey(compiler, key, path);
  }
}

function compilePaths(compiler: RuleCompiler, paths: readonly string[], path: string): readonly CasePath[] {
  return paths.flatMap((text, index) => {
    const compiled = compilePath(compiler, text, `${path}.paths[${index}]`);
    return compiled === undefined ? [] : [compiled];
  });
}

export interface ContextOutcome {
  readonly rule: ContextRule;
  /** Whether the rule asks for its paths now: always, but for a condition that does not hold. */
  readonly active: boolean;
  readonly firstMissingPath: string | undefined;
}

export function evaluateContext(rules: readonly ContextRule[], facts: Facts): readonly ContextOutcome[] {
  return rules.map((rule) => ({
    rule,
    active: rule.when === undefined || rule.when(facts),
    firstMissingPath: rule.paths.find((path) => !path.some(facts.case, isPresent))?.text,
  }));
}

/** `blocking` says "would block if missing" (contract 5.5), so a condition that does not hold makes it false. */
export function describeContext({ rule, active, firstMissingPath }: ContextOutcome): ContextRequirementState {
  return {
    key: rule.key,
    label: rule.label,
    requiredMode: rule.requiredMode,
    status: firstMissingPath === undefined ? 'satisfied' : 'missing',
    blocking: active && canBlock(rule.requiredMode),
    paths: rule.pathTexts,
    message: rule.message,
  };
}

export function canBlock(mode: RequiredMode): boolean {
  return mode === 'required' || mode === 'conditional';
}
