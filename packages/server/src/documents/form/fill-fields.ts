import {
  PDFCheckBox,
  type PDFDict,
  PDFDropdown,
  type PDFField,
  type PDFForm,
  PDFOptionList,
  PDFRadioGroup,
  PDFTextField,
} from '@cantoo/pdf-lib';
import type { FieldMapping } from '../../catalog/template.ts';
import { fitFieldText } from '../pdf/field-appearance.ts';
import { readFieldBox, type WidgetText } from '../pdf/text-widgets.ts';
import type { Typesetter } from '../text/typesetter.ts';
import type { DocumentProblem } from '../types.ts';
import { type FieldValue, formatText } from './field-values.ts';

/** A value that stands on the continuation page because its field cannot hold it. */
export interface ContinuedValue {
  readonly key: string;
  readonly field: string;
  readonly text: string;
}

/** What filling came to. `texts` are still to be drawn. */
export interface FillResult {
  readonly texts: WidgetText[];
  readonly problems: DocumentProblem[];
  readonly continued: ContinuedValue[];
}

export interface FillTarget {
  readonly form: PDFForm;
  readonly typesetter: Typesetter;
  readonly defaultAppearance: string | undefined;
  readonly result: FillResult;
}

const references = ['See continuation page', 'See continuation', 'See cont.', '*'];

/** Fills one field. What it cannot take is reported and continued, never cut. */
export function fillField(target: FillTarget, mapping: FieldMapping, values: readonly FieldValue[]): void {
  if (values.length === 0) return;
  const field = target.form.getFieldMaybe(mapping.field);
  const text = formatText(values, 'format' in mapping ? mapping.format : undefined);
  if (field instanceof PDFTextField && mapping.kind === 'text') fillText(target, mapping, field, text);
  else if (field instanceof PDFCheckBox && mapping.kind === 'checkbox') fillCheckBox(mapping, field, values);
  else if (field instanceof PDFRadioGroup && mapping.kind === 'radio')
    fillRadio(target, mapping, field, values, text);
  else if ((field instanceof PDFDropdown || field instanceof PDFOptionList) && mapping.kind === 'dropdown') {
    fillDropdown(target, mapping, field, values, text);
  } else {
    continueValue(
      target,
      mapping,
      text,
      'value_not_an_option',
      `The form has no ${mapping.kind} field "${mapping.field}".`,
    );
  }
}

function fillText(target: FillTarget, mapping: FieldMapping, field: PDFTextField, text: string): void {
  const maxLength = field.getMaxLength();
  const isTooLong = maxLength !== undefined && [...text].length > maxLength;
  if (!isTooLong && fitsEveryWidget(target, field, text)) {
    showText(target, field, text);
    return;
  }
  const message =
    maxLength !== undefined && isTooLong
      ? `The value is longer than the ${maxLength} characters of its field; it is printed on a continuation page.`
      : 'The value does not fit its field; it is printed on a continuation page.';
  continueValue(target, mapping, text, 'value_too_long', message);
  showReference(target, field, maxLength);
}

/** Leads the reader to the continuation page, in as many words as the field has room for. */
function showReference(target: FillTarget, field: PDFField, maxLength: number | undefined): void {
  const reference = references.find(
    (short) => short.length <= (maxLength ?? short.length) && fitsEveryWidget(target, field, short),
  );
  if (reference !== undefined) showText(target, field, reference);
}

function fitsEveryWidget(
  { typesetter, defaultAppearance }: FillTarget,
  field: PDFField,
  text: string,
): boolean {
  return widgetsOf(field).every((widget) => {
    const box = readFieldBox(widget, defaultAppearance);
    return box === undefined || fitFieldText(text, box, typesetter).kind === 'fits';
  });
}

function showText({ result }: FillTarget, field: PDFField, text: string): void {
  for (const widget of widgetsOf(field)) result.texts.push({ widget, text });
}

function widgetsOf(field: PDFField): readonly PDFDict[] {
  return field.acroField.getWidgets().map(({ dict }) => dict);
}

/** Without `equals` the box is checked by any value but false. */
function fillCheckBox(
  mapping: Extract<FieldMapping, { kind: 'checkbox' }>,
  field: PDFCheckBox,
  values: readonly FieldValue[],
): void {
  const { equals } = mapping;
  const isChecked = values.some(({ comparable }) =>
    equals === undefined ? comparable !== false : comparable === equals,
  );
  if (isChecked) field.check();
  else field.uncheck();
  if (field.needsAppearancesUpdate()) field.defaultUpdateAppearances();
}

function fillRadio(
  target: FillTarget,
  mapping: Extract<FieldMapping, { kind: 'radio' }>,
  field: PDFRadioGroup,
  values: readonly FieldValue[],
  text: string,
): void {
  const offered = field.getOptions();
  const wanted = values.map(({ comparable }) => mapping.options?.[String(comparable)] ?? String(comparable));
  const option = wanted.find((name) => offered.includes(name));
  if (option === undefined || wanted.length > 1) {
    continueValue(
      target,
      mapping,
      text,
      'value_not_an_option',
      'The value is not among the options of its field.',
    );
  }
  if (option === undefined) return;
  field.select(option);
  if (field.needsAppearancesUpdate()) field.defaultUpdateAppearances();
}

/** An option is found by its text or by the code behind the answer. A combo box that can be typed into takes anything. */
function fillDropdown(
  target: FillTarget,
  mapping: FieldMapping,
  field: PDFDropdown | PDFOptionList,
  values: readonly FieldValue[],
  text: string,
): void {
  const offered = field.getOptions();
  const wanted = [text, ...values.map(({ comparable }) => String(comparable))].map(fold);
  const option = values.length > 1 ? undefined : offered.find((name) => wanted.includes(fold(name)));
  const isEditable = field instanceof PDFDropdown && field.isEditable();
  const shown = option ?? (isEditable ? text : undefined);
  if (shown === undefined) {
    continueValue(
      target,
      mapping,
      text,
      'value_not_an_option',
      'The value is not among the options of its field.',
    );
    showReference(target, field, undefined);
  } else if (fitsEveryWidget(target, field, shown)) {
    showText(target, field, shown);
  } else {
    const message = 'The value does not fit its field; it is printed on a continuation page.';
    continueValue(target, mapping, shown, 'value_too_long', message);
    showReference(target, field, undefined);
  }
}

function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

function continueValue(
  { result }: FillTarget,
  mapping: FieldMapping,
  text: string,
  code: DocumentProblem['code'],
  message: string,
): void {
  const key = 'from' in mapping ? mapping.from : mapping.field;
  result.problems.push({ subject: key, code, message });
  result.continued.push({ key, field: mapping.field, text });
}
