import type { CompiledItem, CompiledQuestionnaire } from '../questionnaire/compiled-questionnaire.ts';
import type { DefinitionProblem } from '../questionnaire/types.ts';
import { type ContextRule, compileContextRules } from './context-rule.ts';
import { compileDocumentRules, type DocumentRule, describeGuidance } from './document-rule.ts';
import type { SupportingDocumentGuidance } from './evaluation.ts';
import { compileGroups, type GroupRule } from './group-rule.ts';
import type { RuleCompiler } from './rule-compiler.ts';
import type { ContextRequirement, RequirementGroup, SupportingDocumentRule } from './rules.ts';

/** The parts of a template that requirements are made of. */
export interface RequirementsSource {
  readonly form: {
    readonly id: string;
    readonly title: string;
    /** `questionnaire.` keys the payer's form has a field for; undefined when the server lays out its own form. */
    readonly mappedKeys?: readonly string[];
  };
  readonly questionnaire: CompiledQuestionnaire;
  readonly contextRequirements?: readonly ContextRequirement[];
  readonly requirementGroups?: readonly RequirementGroup[];
  readonly supportingDocuments?: readonly SupportingDocumentRule[];
  /** False for rules that were checked before; see `RuleCompiler`. */
  readonly lint?: boolean;
}

export interface CompiledRequirements {
  readonly formId: string;
  readonly formTitle: string;
  /** `questionnaire.` keys by linkId, so that no evaluation builds them. */
  readonly questionKeys: ReadonlyMap<string, string>;
  readonly context: readonly ContextRule[];
  readonly groups: readonly GroupRule[];
  readonly documents: readonly DocumentRule[];
  /** Questions in groups that ask for every member: their unanswered occurrences have to be found. */
  readonly groupLinkIds: ReadonlySet<string>;
  readonly guidance: readonly SupportingDocumentGuidance[];
  readonly mappedFieldCount: number;
  readonly unmappedFieldKeys: readonly string[];
}

export type RequirementsOutcome =
  | { readonly kind: 'compiled'; readonly requirements: CompiledRequirements }
  | { readonly kind: 'invalid'; readonly problems: readonly DefinitionProblem[] };

/** Compiles all rules once, or lists every problem. Problem paths are JSON paths into `template.json`. */
export function compileRequirements(source: RequirementsSource): RequirementsOutcome {
  const compiler: RuleCompiler = {
    items: source.questionnaire.itemByLinkId,
    problems: [],
    lint: source.lint !== false,
  };
  const context = compileContextRules(compiler, source.contextRequirements ?? []);
  const groups = compileGroups(compiler, source.requirementGroups ?? []);
  const documents = compileDocumentRules(compiler, source.supportingDocuments ?? []);
  if (compiler.problems.length > 0) return { kind: 'invalid', problems: compiler.problems };
  const requirements: CompiledRequirements = {
    formId: source.form.id,
    formTitle: source.form.title,
    questionKeys: new Map(source.questionnaire.questionsInOrder.map((item) => [item.linkId, keyOf(item)])),
    context,
    groups,
    documents,
    groupLinkIds: listGroupLinkIds(groups),
    guidance: documents.map(describeGuidance),
    ...describeMapping(source.questionnaire, source.form.mappedKeys),
  };
  return { kind: 'compiled', requirements };
}

/** The static list of documents a template may ask for (contract 1.2). */
export function supportingDocumentationGuidance(template: {
  readonly requirements: CompiledRequirements;
}): readonly SupportingDocumentGuidance[] {
  return template.requirements.guidance;
}

function listGroupLinkIds(groups: readonly GroupRule[]): ReadonlySet<string> {
  const questions = groups
    .filter(({ needsAll }) => needsAll)
    .flatMap(({ members }) =>
      members.flatMap((member) => (member.kind === 'question' ? [member.item.linkId] : [])),
    );
  return new Set(questions);
}

/** Questions, not fields of the PDF, are counted: a form may print one answer twice. */
function describeMapping(
  { questionsInOrder }: CompiledQuestionnaire,
  mappedKeys: readonly string[] | undefined,
): Pick<CompiledRequirements, 'mappedFieldCount' | 'unmappedFieldKeys'> {
  const keys = questionsInOrder.map(keyOf);
  if (mappedKeys === undefined) return { mappedFieldCount: keys.length, unmappedFieldKeys: [] };
  const mapped = new Set(mappedKeys);
  const unmappedFieldKeys = keys.filter((key) => !mapped.has(key));
  return { mappedFieldCount: keys.length - unmappedFieldKeys.length, unmappedFieldKeys };
}

function keyOf({ linkId }: CompiledItem): string {
  return `questionnaire.${linkId}`;
}
