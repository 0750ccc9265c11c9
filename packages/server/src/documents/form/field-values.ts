import { answersIn } from '../../questionnaire/answer-tree.ts';
import type { CompiledItem } from '../../questionnaire/compiled-questionnaire.ts';
import type { AnswerValue } from '../../questionnaire/types.ts';
import type { CaseData } from '../../requirements/case-data.ts';
import { parseCasePath } from '../../requirements/case-path.ts';
import { comparableValue } from '../../requirements/key-source.ts';
import type { ReadAnswers } from './build-form-view.ts';
import { printAnswer, printDate, printSlashDate } from './print-values.ts';

/** One value for a field: what a rule compares, and what a person reads. */
export interface FieldValue {
  readonly comparable: string | number | boolean;
  readonly printed: string;
  /** A FHIR date or dateTime, for fields with a date format. */
  readonly date?: string;
}

/**
 * The values behind a mapping's `from`: answers of every enabled occurrence of a question, or what a case path finds.
 * Throws Error for a key the template's author misspelt; the catalog refuses such templates beforehand.
 */
export function listFieldValues(from: string, data: CaseData, answers: ReadAnswers): readonly FieldValue[] {
  if (from.startsWith('context.')) return caseValues(from.slice('context.'.length), data);
  const item = answers.questionnaire.itemByLinkId.get(from.replace(/^questionnaire\./, ''));
  if (item === undefined) throw new Error(`The form's field map names an unknown question: ${from}`);
  return listAnswers(item, answers).map((answer) => answerValue(answer, item));
}

/** The text of the question behind a key, for the continuation page. */
export function questionText(from: string, { questionnaire }: ReadAnswers): string | undefined {
  return questionnaire.itemByLinkId.get(from.replace(/^questionnaire\./, ''))?.text;
}

function listAnswers(item: CompiledItem, { tree }: ReadAnswers): readonly AnswerValue[] {
  const frames = tree.framesByScope[item.scope.index] ?? [];
  return frames
    .filter(({ enabled }) => enabled[item.position] === true)
    .flatMap((frame) => answersIn(frame, item));
}

function answerValue(answer: AnswerValue, item: CompiledItem): FieldValue {
  const comparable = comparableValue(answer);
  const date = answer.valueDate ?? answer.valueDateTime;
  return {
    comparable: isComparable(comparable) ? comparable : '',
    printed: printAnswer(answer, item),
    ...(date === undefined ? {} : { date }),
  };
}

function isComparable(value: unknown): value is FieldValue['comparable'] {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function caseValues(path: string, data: CaseData): readonly FieldValue[] {
  const parsed = parseCasePath(path);
  if (parsed.kind === 'problem') throw new Error(`The form's field map has a wrong path. ${parsed.message}`);
  const values: string[] = [];
  parsed.path.some(data, (value) => {
    if (typeof value === 'string' && value !== '') values.push(value);
    return false;
  });
  return values.map((value) => {
    const isDate = /^\d{4}-\d{2}-\d{2}$/.test(value);
    return {
      comparable: value,
      printed: isDate ? printDate(value) : value,
      ...(isDate ? { date: value } : {}),
    };
  });
}

export function formatText(values: readonly FieldValue[], format: 'date_us' | 'upper' | undefined): string {
  const texts = values.map(({ printed, date }) =>
    format === 'date_us' && date !== undefined ? printSlashDate(date) : printed,
  );
  const text = texts.join(', ');
  return format === 'upper' ? text.toUpperCase() : text;
}
