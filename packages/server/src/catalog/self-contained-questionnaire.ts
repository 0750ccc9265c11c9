import type { Questionnaire, QuestionnaireItem, ValueSet } from '../questionnaire/types.ts';
import type { TemplateFiles } from './template.ts';

/**
 * The questionnaire as clients get it: value sets that the template brings in files of their own are contained in it
 * (FHIR R4, DomainResource.contained), so that a client can show every choice without asking anybody else.
 */
export function selfContainedQuestionnaire({ questionnaire, valueSets }: TemplateFiles): Questionnaire {
  const idByUrl = new Map(
    valueSets.flatMap((set, index) => (set.url === undefined ? [] : [[set.url, idOf(set, index)]])),
  );
  const used = new Set<string>();
  const item = questionnaire.item?.map((child) => containValueSet(child, idByUrl, used));
  if (item === undefined || used.size === 0) return questionnaire;
  const sets = valueSets
    .map((set, index) => ({ ...set, id: idOf(set, index) }))
    .filter(({ id }) => used.has(id));
  return { ...questionnaire, contained: [...(questionnaire.contained ?? []), ...sets], item };
}

/** Of our own making, so that it meets no id the author gave. */
function idOf({ id }: ValueSet, index: number): string {
  return `packaged-${index + 1}${id === undefined ? '' : `-${id}`}`.slice(0, 64);
}

function containValueSet(
  item: QuestionnaireItem,
  idByUrl: ReadonlyMap<string, string>,
  used: Set<string>,
): QuestionnaireItem {
  const id = idByUrl.get(item.answerValueSet?.split('|')[0] ?? '');
  if (id !== undefined) used.add(id);
  return {
    ...item,
    ...(id === undefined ? {} : { answerValueSet: `#${id}` }),
    ...(item.item === undefined
      ? {}
      : { item: item.item.map((child) => containValueSet(child, idByUrl, used)) }),
  };
}
