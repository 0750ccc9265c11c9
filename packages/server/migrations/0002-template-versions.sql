-- A case pins template id, version and content, so what a case was created with must outlive edits of the catalog
-- on disk. Rows are only ever added: two servers whose catalogs disagree each read what they wrote.
-- Templates are the operator's, not a tenant's: no organization here.
create table template_version (
  template_id text not null,
  version text not null,
  content_hash text not null,
  definition jsonb not null,
  questionnaire jsonb not null,
  value_sets jsonb not null,
  form bytea,
  created_at timestamptz not null,
  primary key (template_id, version, content_hash)
);
