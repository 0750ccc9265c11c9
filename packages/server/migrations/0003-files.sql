-- Upload sessions and every stored document. `storage_key` is random; names are data and never paths.
create table file (
  organization_id text not null references organization (id),
  id text not null,
  status text not null check (status in ('pending_upload', 'uploaded', 'ready', 'failed')),
  purpose text not null
    check (purpose in ('authorization_attachment', 'sandbox_payer_document', 'generated_artifact', 'preview_document')),
  file_name text not null,
  content_type text not null,
  declared_size_bytes bigint,
  size_bytes bigint,
  sha256 text,
  storage_key text,
  page_count integer,
  -- Why the file cannot be placed in a packet: encrypted, damaged, too_large. Null when it can, or is not yet known.
  problem text,
  created_at timestamptz not null,
  uploaded_at timestamptz,
  completed_at timestamptz,
  primary key (organization_id, id)
);

-- What the collector looks for: previews past their time, uploads nobody finished, documents made for nothing,
-- and whether stored bytes have a row at all.
create index file_previews_by_age on file (created_at, id) where purpose = 'preview_document';
create index file_unfinished_by_age on file (created_at, id) where status <> 'ready';
create index file_generated_by_age on file (created_at, id) where purpose = 'generated_artifact';
create index file_by_storage_key on file (storage_key);
