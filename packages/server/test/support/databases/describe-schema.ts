import type { Queryable } from '../../../src/platform/database/database.ts';

/**
 * Everything a migration can make in a schema, a line each: columns, constraints, indexes, policies, rights, triggers and
 * functions. Two schemas are alike when their lines are; the schema's own name is taken out of them.
 */
export async function describeSchema(database: Queryable, schema: string): Promise<readonly string[]> {
  const rows = await database.query<{ line: string }>(
    `with tables as (
       select c.oid, c.relname, c.relacl, c.relrowsecurity, c.relforcerowsecurity
         from pg_class c where c.relnamespace = $1::text::regnamespace and c.relkind in ('r', 'p', 'v', 'S'))
     select 'table ' || relname || ' rights ' || coalesce(relacl::text, '-')
            || ' secured ' || relrowsecurity || ' forced ' || relforcerowsecurity as line from tables
     union all
     select 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
            || ' not null ' || attnotnull || ' default ' || coalesce(pg_get_expr(adbin, adrelid), '-')
            || ' rights ' || coalesce(attacl::text, '-')
       from tables join pg_attribute a on a.attrelid = tables.oid and attnum > 0 and not attisdropped
       left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     union all
     select 'constraint ' || relname || '.' || conname || ' ' || pg_get_constraintdef(k.oid)
       from tables join pg_constraint k on k.conrelid = tables.oid
     union all
     select 'index ' || pg_get_indexdef(i.indexrelid) from tables join pg_index i on i.indrelid = tables.oid
     union all
     select 'policy ' || row_to_json(p)::text from pg_policies p where schemaname = $1::text
     union all
     select 'trigger ' || pg_get_triggerdef(t.oid) from tables join pg_trigger t on t.tgrelid = tables.oid
      where not tgisinternal
     union all
     select 'function ' || pg_get_functiondef(p.oid) || ' rights ' || coalesce(proacl::text, '-')
       from pg_proc p where pronamespace = $1::text::regnamespace`,
    [schema],
  );
  return rows.map(({ line }) => line.replaceAll(`${schema}.`, '').replaceAll(schema, 'SCHEMA')).sort();
}
