import type { AttachmentFact } from './case-data.ts';
import { compileCondition } from './condition.ts';
import type { SupportingDocumentGuidance, SupportingDocumentRequest } from './evaluation.ts';
import { compilePath } from './key-source.ts';
import { checkMode } from './required-mode.ts';
import { type Facts, type Predicate, type RuleCompiler, reportLint, reportProblem } from './rule-compiler.ts';
import type { SupportingDocumentRule } from './rules.ts';

export interface DocumentRule {
  readonly source: SupportingDocumentRule;
  readonly when: Predicate | undefined;
  /** The item the rule hangs on: it is asked for only while that item is enabled. */
  readonly linkId: string | undefined;
}

export function compileDocumentRules(
  compiler: RuleCompiler,
  rules: readonly SupportingDocumentRule[],
): readonly DocumentRule[] {
  const seen = new Set<string>();
  return rules.map((rule, index) => {
    const path = `supportingDocuments[${index}]`;
    if (seen.has(rule.key)) {
      reportLint(
        compiler,
        `${path}.key`,
        `A second rule has the key "${rule.key}".`,
        'Use "documents.<name>" for one.',
      );
    }
    seen.add(rule.key);
    checkMode(compiler, rule, path);
    checkWords(compiler, rule, path);
    const when = rule.when === undefined ? undefined : compileCondition(compiler, rule.when, `${path}.when`);
    return { source: rule, when, linkId: anchorOf(compiler, rule.key, `${path}.key`) };
  });
}

function checkWords(compiler: RuleCompiler, rule: SupportingDocumentRule, path: string): void {
  if (rule.requiredMode === 'conditional' && rule.appliesWhen === undefined) {
    const message = 'A conditional document does not say in words when it is needed.';
    reportLint(
      compiler,
      `${path}.appliesWhen`,
      message,
      'Add "appliesWhen"; it is shown before any question is answered.',
    );
  }
}

function anchorOf(compiler: RuleCompiler, key: string, path: string): string | undefined {
  if (key.startsWith('context.')) compilePath(compiler, key.slice('context.'.length), path);
  if (!key.startsWith('questionnaire.')) return undefined;
  const linkId = key.slice('questionnaire.'.length);
  if (!compiler.items.has(linkId)) {
    const message = `The questionnaire has no item with linkId "${linkId}".`;
    reportProblem(compiler, path, message, 'Name an item of questionnaire.json, or use "documents.<name>".');
  }
  return linkId;
}

/** The rules that apply now, each with its status. */
export function evaluateDocuments(
  rules: readonly DocumentRule[],
  facts: Facts,
  attachments: readonly AttachmentFact[],
): readonly SupportingDocumentRequest[] {
  const requests: SupportingDocumentRequest[] = [];
  for (const { source, when, linkId } of rules) {
    if (when !== undefined && !when(facts)) continue;
    if (linkId !== undefined && !facts.answers.isEnabled(linkId)) continue;
    const { key, label, requiredMode, likelyDocTypes, message } = source;
    requests.push({
      key,
      label,
      requiredMode,
      status: statusOf(source, attachments),
      likelyDocTypes,
      message,
    });
  }
  return requests;
}

function statusOf(
  { requiredMode, likelyDocTypes }: SupportingDocumentRule,
  attachments: readonly AttachmentFact[],
): SupportingDocumentRequest['status'] {
  if (attachments.some((attachment) => matches(attachment, likelyDocTypes))) return 'satisfied';
  return requiredMode === 'required' || requiredMode === 'conditional' ? 'missing' : 'recommended';
}

/**
 * Contract 5.5: by `documentTypes`, else any attachment. A file that cannot be placed in a packet is no document.
 */
function matches({ documentTypes, problem }: AttachmentFact, likelyDocTypes: readonly string[]): boolean {
  if (problem !== undefined) return false;
  return documentTypes.length === 0 || documentTypes.some((type) => likelyDocTypes.includes(type));
}

/** The static list shown on every authorization, whether a rule applies now or not (contract 1.2). */
export function describeGuidance({ source }: DocumentRule): SupportingDocumentGuidance {
  const { key, label, requiredMode, likelyDocTypes, message, appliesWhen } = source;
  const guidance = { key, label, requiredMode, likelyDocTypes, message };
  return appliesWhen === undefined ? guidance : { ...guidance, appliesWhen };
}
