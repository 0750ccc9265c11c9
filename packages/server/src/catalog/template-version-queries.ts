import type { Queryable } from '../platform/database/database.ts';
import type { Questionnaire, ValueSet } from '../questionnaire/types.ts';
import type { CompiledTemplate } from './compile-template.ts';
import type { TemplateDefinition, TemplateFiles } from './template.ts';

/** What a case names its template by. A case itself is one. */
export interface TemplatePin {
  readonly templateId: string;
  readonly templateVersion: string;
  /** `contentHash` of the template it was created with. */
  readonly templateHash: string;
}

/**
 * Keeps a copy of this content beside those of the same version that were kept before: another server may run with
 * one of them, and an author may edit a version freely until a case pins it.
 */
export async function keepTemplateVersion(
  database: Queryable,
  { definition, files, contentHash }: CompiledTemplate,
  now: Date,
): Promise<void> {
  await database.execute(
    `insert into template_version
       (template_id, version, content_hash, definition, questionnaire, value_sets, form, created_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, decode($7, 'base64'), $8)
     on conflict (template_id, version, content_hash) do nothing`,
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
}

/** Every kept content that some case pins. */
export async function listPins(database: Queryable): Promise<readonly TemplatePin[]> {
  return database.query<TemplatePin>(
    `select v.template_id as "templateId", v.version as "templateVersion", v.content_hash as "templateHash"
       from template_version v
      where exists (
        select from prior_authorization p
         where p.template_id = v.template_id and p.template_version = v.version and p.template_hash = v.content_hash)
      order by v.template_id, v.created_at`,
    [],
  );
}

export async function findTemplateVersion(
  database: Queryable,
  { templateId, templateVersion, templateHash }: TemplatePin,
): Promise<TemplateFiles | undefined> {
  const rows = await database.query<{
    definition: TemplateDefinition;
    questionnaire: Questionnaire;
    value_sets: readonly ValueSet[];
    form: string | null;
  }>(
    `select definition, questionnaire, value_sets, encode(form, 'base64') as form
       from template_version where template_id = $1 and version = $2 and content_hash = $3`,
    [templateId, templateVersion, templateHash],
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
