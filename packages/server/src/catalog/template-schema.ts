import { Type } from 'typebox';
import { planTypes } from '../requirements/case-shape.ts';
import { documentTypes } from '../requirements/rules.ts';
import { compileSchemaCheck } from './json-schema-check.ts';
import { channelSchema, kebabCase, listOf, oneOf, someText, strictObject, textLike } from './schema-parts.ts';

const requiredMode = oneOf(['required', 'conditional', 'recommended', 'optional']);

/** Conditions are checked by the rule compiler, which can say more than a union schema could. */
const condition = Type.Optional(Type.Unknown());

const match = strictObject({
  payerId: someText,
  planTypes: listOf(oneOf([...planTypes, '*']), { minItems: 1 }),
  states: listOf(textLike('^([A-Z]{2}|\\*)$', 'two capital letters, or *'), { minItems: 1 }),
  service: strictObject({
    codeSystem: oneOf(['hcpcs', 'cpt', 'ndc']),
    codes: listOf(someText, { minItems: 1 }),
  }),
});

const contextRequirement = strictObject({
  key: someText,
  label: someText,
  requiredMode,
  when: condition,
  paths: listOf(someText, { minItems: 1 }),
  message: someText,
});

const requirementGroup = strictObject({
  id: kebabCase,
  kind: oneOf([
    'required',
    'at_least_one',
    'exactly_one',
    'all_or_none',
    'mutually_exclusive',
    'conditional',
  ]),
  label: someText,
  message: someText,
  fieldKeys: Type.Array(someText, { minItems: 1 }),
  when: condition,
  severity: Type.Optional(oneOf(['error', 'warning', 'info'])),
  blocking: Type.Optional(Type.Boolean()),
});

const supportingDocument = strictObject({
  key: textLike(
    '^((questionnaire|context)\\..+|documents\\.[a-z0-9_]+)$',
    'questionnaire.<linkId>, context.<path> or documents.<snake_case>',
  ),
  label: someText,
  requiredMode,
  when: condition,
  appliesWhen: Type.Optional(someText),
  likelyDocTypes: listOf(oneOf(documentTypes), { minItems: 1 }),
  message: someText,
});

/** One flat shape: which keys belong to which kind is checked by `lint-field-map.ts`, in words. */
const fieldMapping = strictObject({
  field: someText,
  kind: oneOf(['text', 'dropdown', 'checkbox', 'radio']),
  from: Type.Optional(someText),
  constant: Type.Optional(Type.String()),
  format: Type.Optional(oneOf(['date_us', 'upper'])),
  equals: Type.Optional(Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'] })),
  options: Type.Optional(Type.Record(Type.String(), someText)),
});

export const templateSchema = strictObject({
  id: kebabCase,
  version: textLike('^\\d+(\\.\\d+)*$', 'digits joined by dots, such as 1.0'),
  title: someText,
  sample: Type.Optional(Type.Boolean()),
  match,
  contextRequirements: Type.Optional(Type.Array(contextRequirement)),
  requirementGroups: Type.Optional(Type.Array(requirementGroup)),
  supportingDocuments: Type.Optional(Type.Array(supportingDocument)),
  fieldMap: Type.Optional(Type.Array(fieldMapping, { minItems: 1 })),
  channel: Type.Optional(channelSchema),
  sources: Type.Array(
    strictObject({
      title: someText,
      url: Type.Optional(textLike('^https?://', 'an http or https address')),
      licence: Type.Optional(someText),
    }),
    { minItems: 1 },
  ),
});

export const checkTemplateFile = compileSchemaCheck(templateSchema);
