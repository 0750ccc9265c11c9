import { compileCondition } from './condition.ts';
import type { RequirementGroupKind, Severity } from './evaluation.ts';
import { compileKey, type KeySource } from './key-source.ts';
import { type Predicate, type RuleCompiler, reportLint } from './rule-compiler.ts';
import type { RequirementGroup } from './rules.ts';

export interface GroupRule {
  readonly id: string;
  readonly kind: RequirementGroupKind;
  readonly label: string;
  readonly message: string;
  readonly members: readonly KeySource[];
  readonly fieldKeys: readonly string[];
  readonly when: Predicate | undefined;
  readonly severity: Severity;
  readonly blocking: boolean;
  /** `required` and `conditional` groups ask for every enabled member. */
  readonly needsAll: boolean;
}

export function compileGroups(
  compiler: RuleCompiler,
  groups: readonly RequirementGroup[],
): readonly GroupRule[] {
  const seen = new Set<string>();
  return groups.map((group, index) => {
    const path = `requirementGroups[${index}]`;
    if (seen.has(group.id)) {
      reportLint(
        compiler,
        `${path}.id`,
        `A second group has the id "${group.id}".`,
        'Give each group its own id.',
      );
    }
    seen.add(group.id);
    checkGroup(compiler, group, path);
    return compileGroup(compiler, group, path);
  });
}

function compileGroup(compiler: RuleCompiler, group: RequirementGroup, path: string): GroupRule {
  const members = group.fieldKeys.flatMap((key, index) => {
    const source = compileKey(compiler, key, `${path}.fieldKeys[${index}]`);
    return source === undefined ? [] : [source];
  });
  const severity = group.severity ?? 'error';
  return {
    id: group.id,
    kind: group.kind,
    label: group.label,
    message: group.message,
    members,
    fieldKeys: group.fieldKeys,
    when: group.when === undefined ? undefined : compileCondition(compiler, group.when, `${path}.when`),
    severity,
    blocking: group.blocking ?? severity === 'error',
    needsAll: needsAll(group.kind),
  };
}

function needsAll(kind: RequirementGroupKind): boolean {
  return kind === 'required' || kind === 'conditional';
}

function checkGroup(compiler: RuleCompiler, group: RequirementGroup, path: string): void {
  if (group.kind === 'conditional' && group.when === undefined) {
    reportLint(
      compiler,
      `${path}.when`,
      `The conditional group "${group.id}" has no condition.`,
      'Add "when", or make the kind "required".',
    );
  }
  if (new Set(group.fieldKeys).size !== group.fieldKeys.length) {
    reportLint(compiler, `${path}.fieldKeys`, 'A member is listed twice.', 'Name each key once.');
  }
  const least = needsAll(group.kind) ? 1 : 2;
  if (group.fieldKeys.length < least) {
    const message = `A group of kind ${group.kind} needs ${least} or more members.`;
    reportLint(compiler, `${path}.fieldKeys`, message, 'Add members, or choose another kind.');
  }
}
