-- Who did what to which resource: one chain of entries per organization, each hashed together with the one before it.
-- No foreign key: the trail outlives what it tells of, and callers nobody could identify have a chain of their own
-- under the organization `unknown`.
create table audit_entry (
  organization_id text not null,
  -- From 1, without gaps.
  sequence bigint not null,
  id text not null,
  occurred_at timestamptz not null,
  actor_kind text not null,
  actor_id text,
  actor_subject text,
  impersonator text,
  operation text not null,
  resource_type text,
  resource_ids text[] not null,
  outcome text not null check (outcome in ('allowed', 'refused', 'failed', 'unknown')),
  status integer,
  error_code text,
  request_id text,
  -- HMAC of the hash before and this entry, base64url.
  hash text not null,
  primary key (organization_id, sequence),
  -- A journal that is moved twice adds nothing the second time.
  unique (organization_id, id)
);
create index audit_entry_page on audit_entry (organization_id, occurred_at desc, sequence desc);

-- The last entry of each chain; whoever appends locks it first.
create table audit_head (
  organization_id text primary key,
  sequence bigint not null,
  hash text not null
);

select protect_tenant_table('audit_entry');
select protect_tenant_table('audit_head');

-- Append-only for the roles of statements, and an organization's own statements do not even append.
revoke insert, update, delete on audit_entry, audit_head from precert_tenant;
revoke update, delete on audit_entry from precert_system;
revoke delete on audit_head from precert_system;
