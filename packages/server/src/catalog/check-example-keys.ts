import type { DefinitionProblem } from '../questionnaire/types.ts';
import type { CompiledTemplate } from './compile-template.ts';
import type { Expectation } from './example-case.ts';

/**
 * Names in `expect` that the template does not have. Without this check a misspelt `disabled` linkId or an `inactive`
 * group would pass for ever.
 */
export function checkExampleKeys(
  template: CompiledTemplate,
  expect: Expectation,
): readonly DefinitionProblem[] {
  const { itemByLinkId } = template.questionnaire;
  const { groups, documents, context } = template.requirements;
  const questions = ['enabled', 'disabled', 'required', 'notRequired'] as const;
  const isQuestion = (linkId: string): boolean => itemByLinkId.get(linkId)?.kind === 'question';
  return [
    ...questions.flatMap((name) => listUnknown(name, expect[name] ?? [], isQuestion, 'question')),
    ...listUnknown('cleared', expect.cleared ?? [], (linkId) => itemByLinkId.has(linkId), 'item'),
    ...listUnknown('groups', keysOf(expect.groups), (id) => groups.some((group) => group.id === id), 'group'),
    ...listUnknown(
      'documents',
      keysOf(expect.documents),
      (key) => documents.some(({ source }) => source.key === key),
      'document',
    ),
    ...listUnknown(
      'context',
      keysOf(expect.context),
      (key) => context.some((rule) => rule.key === key),
      'context requirement',
    ),
  ];
}

function keysOf(record: Readonly<Record<string, string>> | undefined): readonly string[] {
  return Object.keys(record ?? {});
}

function listUnknown(
  name: string,
  keys: readonly string[],
  isKnown: (key: string) => boolean,
  noun: string,
): readonly DefinitionProblem[] {
  return keys
    .filter((key) => !isKnown(key))
    .map((key) => ({
      path: `expect.${name}`,
      message: `The template has no ${noun} "${key}".`,
      mend: 'Correct the name.',
    }));
}
