import type { QuestionState } from '../questionnaire/types.ts';
import type { RequirementGroupState } from './evaluation.ts';
import type { GroupRule } from './group-rule.ts';
import { hasValue, type KeySource } from './key-source.ts';
import type { Facts } from './rule-compiler.ts';

/** A group whose guard holds and of which at least one member is enabled (contract 5.5). */
export interface GroupOutcome {
  readonly rule: GroupRule;
  /** Undefined when the group is satisfied. */
  readonly violation: GroupViolation | undefined;
}

export interface GroupViolation {
  /**
   * Contract 3.3 calls what is missing "absence" and a rule broken by data that is present "conflict". A group whose
   * enabled members are all unanswered, or that asks for each of them, lacks something; two of an exclusive pair, or
   * a half-filled all-or-none, contradict each other.
   */
  readonly kind: 'absence' | 'conflict';
  /** The members a person has to look at: the unmet ones, or the present ones that exclude each other. */
  readonly members: readonly KeySource[];
  /** The one to point at: the first unmet member, or the second of those that exclude each other. */
  readonly subject: KeySource | undefined;
}

/** Enabled occurrences without an answer, by linkId: the path of the first one. */
export type UnansweredPaths = ReadonlyMap<string, string>;

/** Only questions that some rule asks for are collected. */
export function findUnanswered(
  states: readonly QuestionState[],
  wanted: ReadonlySet<string>,
): UnansweredPaths {
  const paths = new Map<string, string>();
  if (wanted.size === 0) return paths;
  for (const { linkId, path, enabled, answered } of states) {
    if (enabled && !answered && wanted.has(linkId) && !paths.has(linkId)) paths.set(linkId, path);
  }
  return paths;
}

export function evaluateGroups(
  rules: readonly GroupRule[],
  facts: Facts,
  unanswered: UnansweredPaths,
): readonly GroupOutcome[] {
  const outcomes: GroupOutcome[] = [];
  for (const rule of rules) {
    if (rule.when !== undefined && !rule.when(facts)) continue;
    const members = rule.members.filter((member) => isEnabled(member, facts));
    if (members.length === 0) continue;
    outcomes.push({ rule, violation: judge(rule, members, facts, unanswered) });
  }
  return outcomes;
}

export function describeGroup({ rule, violation }: GroupOutcome): RequirementGroupState {
  return {
    id: rule.id,
    kind: rule.kind,
    label: rule.label,
    message: rule.message,
    fieldKeys: rule.fieldKeys,
    status: violation === undefined ? 'satisfied' : 'violated',
    severity: rule.severity,
    blocking: rule.blocking,
  };
}

function isEnabled(member: KeySource, facts: Facts): boolean {
  return member.kind === 'context' || facts.answers.isEnabled(member.item.linkId);
}

function judge(
  rule: GroupRule,
  members: readonly KeySource[],
  facts: Facts,
  unanswered: UnansweredPaths,
): GroupViolation | undefined {
  if (rule.needsAll) {
    const unmet = members.filter((member) => !isMet(member, facts, unanswered));
    return unmet.length === 0 ? undefined : { kind: 'absence', members: unmet, subject: unmet[0] };
  }
  const present = members.filter((member) => hasValue(member, facts));
  return judgeCount(rule, members, present);
}

function judgeCount(
  { kind }: GroupRule,
  members: readonly KeySource[],
  present: readonly KeySource[],
): GroupViolation | undefined {
  if (kind === 'all_or_none') {
    if (present.length === 0 || present.length === members.length) return undefined;
    const unmet = members.filter((member) => !present.includes(member));
    return { kind: 'conflict', members: unmet, subject: unmet[0] };
  }
  if (present.length === 0) {
    return kind === 'mutually_exclusive' ? undefined : { kind: 'absence', members, subject: members[0] };
  }
  if (present.length === 1 || kind === 'at_least_one') return undefined;
  return { kind: 'conflict', members: present, subject: present[1] };
}

/** Inside a repeating group every enabled instance must be answered, as FHIR reads `required`. */
function isMet(member: KeySource, facts: Facts, unanswered: UnansweredPaths): boolean {
  return member.kind === 'context' ? hasValue(member, facts) : !unanswered.has(member.item.linkId);
}
