import { Type } from 'typebox';
import { compileSchemaCheck } from './json-schema-check.ts';
import { channelSchema, kebabCase, listOf, oneOf, someText, strictObject, textLike } from './schema-parts.ts';

const state = textLike('^([A-Z]{2}|\\*)$', 'two capital letters, or *');

export const payersFileSchema = strictObject({
  payers: Type.Array(
    strictObject({
      id: textLike('^payer_[a-z0-9_]+$', '"payer_" and lower-case letters, digits or underscores'),
      slug: kebabCase,
      displayName: someText,
      aliases: listOf(someText),
      status: Type.Optional(oneOf(['active', 'inactive'])),
      supportedStates: Type.Optional(listOf(state, { minItems: 1 })),
      supportedServiceTypes: Type.Optional(listOf(oneOf(['inpatient', 'outpatient', 'drug']))),
      channel: Type.Optional(channelSchema),
      sample: Type.Optional(Type.Boolean()),
    }),
  ),
});

export const checkPayersFile = compileSchemaCheck(payersFileSchema);
