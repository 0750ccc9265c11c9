import { describe, expect, it } from 'vitest';
import { json } from '../../src/platform/database/parameter-values.ts';
import { useTestDatabase } from '../support/databases/use-test-database.ts';

const database = useTestDatabase({ migrations: 'none' });

async function evaluate(expression: string, values: readonly unknown[] = []): Promise<unknown> {
  const [row] = await database().query<{ value: unknown }>(`select ${expression} as value`, values);
  return row?.value;
}

describe('column values', () => {
  it.each<[string, unknown]>([
    ['true', true],
    ['null::boolean', null],
    ['42::smallint', 42],
    ['42::integer', 42],
    ['42::bigint', 42],
    ['9007199254740991::bigint', 9007199254740991],
    ['9007199254740993::bigint', 9007199254740993n],
    ['1.5::real', 1.5],
    ['1.5::double precision', 1.5],
    ['12.340::numeric', '12.340'],
    [`'text'::text`, 'text'],
    [`'text'::varchar(10)`, 'text'],
    [`'2024-02-29'::date`, '2024-02-29'],
    [`'2024-02-29 10:11:12'::timestamp`, '2024-02-29 10:11:12'],
    [`'2024-02-29T10:11:12.345+02'::timestamptz`, new Date('2024-02-29T08:11:12.345Z')],
    [`'2024-02-29T10:11:12Z'::timestamptz`, new Date('2024-02-29T10:11:12.000Z')],
    [`'2024-07-01T10:11:12.123987Z'::timestamptz`, new Date('2024-07-01T10:11:12.123Z')],
    [`'2024-07-01'::timestamptz`, new Date('2024-07-01T00:00:00Z')],
    [`'2024-07-01T23:59:59Z'::timestamptz::date`, '2024-07-01'],
    [`'infinity'::timestamptz`, Number.POSITIVE_INFINITY],
    [`'1 day'::interval`, '1 day'],
    [`'b3f0c2de-0000-4000-8000-000000000001'::uuid`, 'b3f0c2de-0000-4000-8000-000000000001'],
    [`'{"a": [1, null]}'::jsonb`, { a: [1, null] }],
    [`'[1]'::json`, [1]],
    [`'"text"'::jsonb`, 'text'],
    [`'null'::jsonb`, null],
    [`'\\x00ff'::bytea`, Buffer.from([0, 255])],
    [`array['a', null, 'b "c" \\d,']`, ['a', null, 'b "c" \\d,']],
    [`array[]::text[]`, []],
    [`array[1, 2]::bigint[]`, [1, 2]],
    [
      `array[[1, 2], [3, 4]]::integer[]`,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [`array['2024-02-29T10:11:12Z']::timestamptz[]`, [new Date('2024-02-29T10:11:12Z')]],
    [`array['{"a":1}']::jsonb[]`, [{ a: 1 }]],
    [`array['2024-02-29']::date[]`, ['2024-02-29']],
    ['count(*)', 1],
    ['sum(2::bigint)', '2'],
  ])('reads %s', async (expression, expected) => {
    expect(await evaluate(expression)).toStrictEqual(expected);
  });
});

describe('bound values', () => {
  const instant = new Date('2024-02-29T10:11:12.345Z');
  it.each<[string, unknown, unknown]>([
    ['text', 'ünï "quoted" \\ \n 𝄞', 'ünï "quoted" \\ \n 𝄞'],
    ['text', '', ''],
    ['text', undefined, null],
    ['text', 5, '5'],
    ['integer', 5, 5],
    ['bigint', 9007199254740993n, 9007199254740993n],
    ['numeric', 1.25, '1.25'],
    ['boolean', false, false],
    ['timestamptz', instant, instant],
    ['timestamptz', '2024-02-29T10:11:12.345Z', instant],
    ['date', '2024-02-29', '2024-02-29'],
    ['bytea', new Uint8Array([0, 1, 255]).subarray(1), Buffer.from([1, 255])],
    ['jsonb', { a: { b: [1, 'x'] }, c: undefined }, { a: { b: [1, 'x'] } }],
    ['jsonb', json([1, { a: 'x' }]), [1, { a: 'x' }]],
    ['jsonb', json([]), []],
    ['jsonb', json('text'), 'text'],
    ['jsonb', json(undefined), null],
    ['text[]', ['a', '', 'NULL', null, 'b "c" \\d, {e}'], ['a', '', 'NULL', null, 'b "c" \\d, {e}']],
    ['text[]', [], []],
    ['integer[]', [1, 2], [1, 2]],
    ['uuid[]', ['b3f0c2de-0000-4000-8000-000000000001'], ['b3f0c2de-0000-4000-8000-000000000001']],
    ['timestamptz[]', [instant], [instant]],
    ['integer[]', [[1], [2]], [[1], [2]]],
  ])('carries a %s: %o', async (type, value, expected) => {
    expect(await evaluate(`$1::${type}`, [value])).toStrictEqual(expected);
  });

  it('refuses an array of objects, which could mean two things', async () => {
    await expect(evaluate('$1::jsonb', [[{ a: 1 }]])).rejects.toThrow('bind JSON with json(...)');
  });

  it('refuses a function', async () => {
    await expect(evaluate('$1::text', [() => 1])).rejects.toThrow(TypeError);
  });

  it('reports the character PostgreSQL cannot store', async () => {
    await expect(evaluate('$1::text', ['a\u0000b'])).rejects.toMatchObject({ code: '22021' });
  });
});
