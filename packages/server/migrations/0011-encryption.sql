-- Patient data is sealed before it comes here: AES-256-GCM under a data key of the organization, which is itself kept
-- wrapped by a master key that is never in the database. What a table keeps sealed stands in its column `sealed`.
create table data_key (
  organization_id text not null references organization (id),
  -- `data` seals; `index` makes the blind indexes by which sealed values are found.
  purpose text not null check (purpose in ('data', 'index')),
  version integer not null,
  -- Name of the master key that wrapped it.
  master_key text not null,
  wrapped bytea not null,
  -- Values sealed so far, about: processes report theirs now and then.
  uses bigint not null default 0,
  created_at timestamptz not null,
  -- Another version seals since then; this one opens until nothing needs it any more.
  retired_at timestamptz,
  -- No row takes what it sealed any more. It is deleted a while later: what was under way then has ended by that time.
  closed_at timestamptz,
  primary key (organization_id, purpose, version)
);
select protect_tenant_table('data_key');
create index data_key_retired on data_key (organization_id) where retired_at is not null;
create index data_key_by_master_key on data_key (master_key, organization_id);

-- Since when an organization's keys are destroyed, for ever.
alter table organization add column shredded_at timestamptz;

-- The key version in the head of a sealed value (`platform/encryption/sealed-value.ts`).
create function sealed_key_version(sealed bytea) returns integer language sql immutable strict as $$
  select (get_byte(sealed, 1) << 24) | (get_byte(sealed, 2) << 16) | (get_byte(sealed, 3) << 8) | get_byte(sealed, 4)
$$;

-- A process that was paused for long may still hold a key that has been deleted. What it seals with it could never be
-- opened again, so it is not taken.
create function require_data_key() returns trigger language plpgsql as $$
begin
  if new.sealed is not null and not exists (
    select from data_key k
     where k.organization_id = new.organization_id and k.purpose = 'data' and k.closed_at is null
       and k.version = sealed_key_version(new.sealed)) then
    raise exception 'sealed with a data key that is not there any more' using errcode = 'foreign_key_violation';
  end if;
  return new;
end
$$;

-- Every table with a column `sealed` is handed to this function once, by the migration that makes the column. Sealed
-- bytes do not compress, so nobody need try.
create function protect_sealed_column(table_name text) returns void language plpgsql as $$
begin
  execute format('alter table %I alter column sealed set storage external', table_name);
  execute format(
    'create trigger require_data_key before insert or update of sealed on %I '
    'for each row execute function require_data_key()', table_name);
end
$$;

-- The columns; `0012` takes away those they stand for, once what these hold is sealed (`upgrade/`).
alter table prior_authorization add column sealed bytea, add column member_index bytea;
alter table prior_authorization_attachment add column sealed bytea;
alter table prior_authorization_action add column sealed bytea;
alter table submission_attempt add column sealed bytea;
alter table file add column sealed bytea;
-- A keyed hash of the client's key, which may name anything.
alter table idempotency_key add column hashed_key text;

select protect_sealed_column('prior_authorization');
select protect_sealed_column('prior_authorization_attachment');
select protect_sealed_column('prior_authorization_action');
select protect_sealed_column('submission_attempt');
select protect_sealed_column('file');

-- Tables that had such a column from the beginning.
select protect_sealed_column('emr_patient');
select protect_sealed_column('appointment');
select protect_sealed_column('claim');
select protect_sealed_column('webhook_secret');
select protect_sealed_column('webhook_event');
select protect_sealed_column('webhook_attempt');
