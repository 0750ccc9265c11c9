-- What has been used of each rate limit in its current window, shared by all processes. A subject is a credential, an
-- organization, or the keyed hash of an address or key that failed logins came with. Processes draw small amounts in
-- advance, so a row changes a hundred times a minute at most. Not logged: after a crash everybody begins anew.
create unlogged table rate_limit_window (
  subject text primary key,
  started_at timestamptz not null,
  taken bigint not null
) with (fillfactor = 50);
grant select, insert, update, delete on rate_limit_window to precert_system;

-- Upload sessions and stored uploads of each organization; changed in one transaction with the rows of `file` it counts.
create table upload_usage (
  organization_id text primary key references organization (id),
  file_count bigint not null check (file_count >= 0),
  stored_bytes bigint not null check (stored_bytes >= 0)
);
insert into upload_usage (organization_id, file_count, stored_bytes)
select organization_id, count(*), coalesce(sum(size_bytes), 0)
  from file where purpose in ('authorization_attachment', 'sandbox_payer_document') group by organization_id;
select protect_tenant_table('upload_usage');

-- Why an upload was refused once its bytes had been looked at: infected, not_scanned_whole, active_content. Its bytes are
-- gone; the row says so for a day.
alter table file add column refusal text check (refusal in ('infected', 'not_scanned_whole', 'active_content'));
