import { type RuleCompiler, reportLint } from './rule-compiler.ts';
import type { RequiredMode } from './rules.ts';

/** `conditional` says what `required` under a condition is; the two must agree, or the form promises the wrong thing. */
export function checkMode(
  compiler: RuleCompiler,
  rule: { readonly requiredMode: RequiredMode; readonly when?: unknown },
  path: string,
): void {
  if (rule.requiredMode === 'conditional' && rule.when === undefined) {
    reportLint(
      compiler,
      `${path}.when`,
      'The mode is conditional, and there is no condition.',
      'Add "when", or make requiredMode "required".',
    );
  }
  if (rule.requiredMode === 'required' && rule.when !== undefined) {
    reportLint(
      compiler,
      `${path}.requiredMode`,
      'The mode is required, and there is a condition.',
      'Make requiredMode "conditional", or remove "when".',
    );
  }
}
