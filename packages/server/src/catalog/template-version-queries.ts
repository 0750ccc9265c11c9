import type { Queryable } from '../platform/database/database.ts';
import type { Questionnaire, ValueSet } from '../questionnaire/types.ts';
import type { CompiledTemplate } from './compile-template.ts';
import type { TemplateDefinition, TemplateFiles } from './template.ts';

/**
 * Keeps this version's content. A version no case pins yet is replaced, so that an author may edit it freely.
 * @returns the hash of the content that is kept now
 */
export async function keepTemplateVersion(
  database: Queryable,
  template: CompiledTemplate,
  now: Date,
): Promise<string | undefined> {
  const { definition, files, contentHash } = template;
  const rows = await database.query<{ content_hash: string }>(
    `insert into template_version as kept
       (template_id, version, content_hash, definition, questionnaire, value_sets, form, created_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, decode($7, 'base64'), $8)
     on conflict (template_id, version) do update
       set content_hash = excluded.content_hash, definition = excluded.definition,
           questionnaire = excluded.questionnaire, value_sets = excluded.value_sets, form = excluded.form
       where kept.content_hash <> excluded.content_hash and not exists (
         select from prior_authorization p where p.template_id = $1 and p.template_version = $2)
     returning content_hash`,
    [
      definition.id,
      definition.version,
      contentHash,
      JSON.stringify(definition),
      JSON.stringify(files.questionnaire),
      JSON.stringify(files.valueSets),
      files.form === undefined ? null : Buffer.from(files.form).toString('base64'),
      now,
    ],
  );
  if (rows[0] !== undefined) return rows[0].content_hash;
  const kept = await database.query<{ content_hash: string }>(
    'select content_hash from template_version where template_id = $1 and version = $2',
    [definition.id, definition.version],
  );
  return kept[0]?.content_hash;
}

export async function findTemplateVersion(
  database: Queryable,
  templateId: string,
  version: string,
): Promise<TemplateFiles | undefined> {
  const rows = await database.query<{
    definition: TemplateDefinition;
    questionnaire: Questionnaire;
    value_sets: readonly ValueSet[];
    form: string | null;
  }>(
    `select definition, questionnaire, value_sets, encode(form, 'base64') as form
       from template_version where template_id = $1 and version = $2`,
    [templateId, version],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { definition, questionnaire, value_sets: valueSets, form } = row;
  return {
    definition,
    questionnaire,
    valueSets,
    ...(form === null ? {} : { form: Buffer.from(form, 'base64') }),
  };
}
