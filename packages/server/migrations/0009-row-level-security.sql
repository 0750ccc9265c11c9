-- Row-level security behind every query: the organization stands in each statement, and PostgreSQL holds each statement
-- to the organization its request or job began with. Statements run under one of two roles that own nothing and cannot
-- bypass it: `precert_tenant` sees the rows of the organization in `precert.organization_id` (none when it is not set),
-- `precert_system` those of all, for looking for due work and for finding out who is calling.
--
-- Roles belong to the whole server, not to a database: they may be there already, or be made by somebody else in this
-- very moment. Who may not make roles lets a superuser make both, and grant them to the user of DATABASE_URL.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['precert_tenant', 'precert_system'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin nosuperuser nobypassrls nocreatedb nocreaterole', wanted);
      exception when duplicate_object or unique_violation then
        null;
      end;
    end if;
    if not pg_has_role(current_user, wanted, 'member') then
      execute format('grant %I to %I', wanted, current_user);
    end if;
    execute format('grant usage on schema %I to %I', current_schema(), wanted);
    execute format('grant usage on all sequences in schema %I to %I', current_schema(), wanted);
  end loop;
end
$$;

-- Every table with an organization's rows is handed to this function once, by the migration that makes it.
create function protect_tenant_table(table_name text, organization_column text default 'organization_id') returns void
language plpgsql as $$
begin
  execute format('alter table %I enable row level security', table_name);
  execute format('alter table %I force row level security', table_name);
  execute format(
    'create policy tenant on %I to precert_tenant using (%I = current_setting(''precert.organization_id'', true)) '
    'with check (%I = current_setting(''precert.organization_id'', true))',
    table_name, organization_column, organization_column);
  execute format('create policy system on %I to precert_system using (true) with check (true)', table_name);
  execute format('grant select, insert, update, delete on %I to precert_tenant, precert_system', table_name);
end
$$;

select protect_tenant_table('organization', 'id');
select protect_tenant_table('credential');
select protect_tenant_table('file');
select protect_tenant_table('prior_authorization');
select protect_tenant_table('prior_authorization_attachment');
select protect_tenant_table('prior_authorization_action');
select protect_tenant_table('prior_authorization_event');
select protect_tenant_table('prior_authorization_artifact');
select protect_tenant_table('prior_authorization_preview');
select protect_tenant_table('submission_attempt');
select protect_tenant_table('idempotency_key');
select protect_tenant_table('claims_client');
select protect_tenant_table('linked_account');
select protect_tenant_table('emr_call_window');
select protect_tenant_table('emr_patient');
select protect_tenant_table('appointment');
select protect_tenant_table('claim');
select protect_tenant_table('webhook_endpoint');
select protect_tenant_table('webhook_secret');
select protect_tenant_table('webhook_event');
select protect_tenant_table('webhook_delivery');
select protect_tenant_table('webhook_attempt');

-- Tables of no organization.
grant select on template_version to precert_tenant;
grant select, insert on template_version, storage_identity to precert_system;
