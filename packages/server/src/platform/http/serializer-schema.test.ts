import { expect, test } from 'vitest';
import { forSerializer } from './serializer-schema.ts';

test('null beside one type becomes nullable, at every depth', () => {
  expect(forSerializer({ type: ['null', 'string'], format: 'date-time' })).toEqual({
    type: 'string',
    format: 'date-time',
    nullable: true,
  });
  expect(forSerializer({ anyOf: [{ $ref: 'A#' }, { type: 'null' }], description: 'd' })).toEqual({
    $ref: 'A#',
    nullable: true,
    description: 'd',
  });
  expect(
    forSerializer({
      type: 'array',
      items: { properties: { a: { type: ['object', 'null'], additionalProperties: true } } },
    }),
  ).toEqual({
    type: 'array',
    items: { properties: { a: { type: 'object', additionalProperties: true, nullable: true } } },
  });
});

test('other unions stay, and fields that are called like keywords', () => {
  const union = { anyOf: [{ type: 'string' }, { type: 'integer' }, { type: 'null' }] };
  expect(forSerializer(union)).toEqual(union);
  expect(forSerializer({ type: ['string', 'integer'] })).toEqual({ type: ['string', 'integer'] });
  const named = {
    type: 'object',
    properties: { default: { type: 'string' }, anyOf: { type: 'string' }, type: { type: 'string' } },
  };
  expect(forSerializer(named)).toEqual(named);
});

test('defaults are not written into responses', () => {
  expect(forSerializer({ properties: { a: { type: 'integer', default: 25 } } })).toEqual({
    properties: { a: { type: 'integer' } },
  });
});
