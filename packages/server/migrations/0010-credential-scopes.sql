-- What a credential may do, until when, and when it was last used. Credentials from before had no limits: `admin`.
alter table credential
  add column scope text not null default 'admin' check (scope in ('read', 'write', 'admin')),
  add column expires_at timestamptz,
  add column last_used_at timestamptz;
alter table credential alter column scope drop default;

-- The list of an organization's credentials, newest first; serves the foreign key too.
drop index credential_organization;
create index credential_list on credential (organization_id, created_at desc, id desc);

-- Organizations that an identity provider vouches for, and which of ours they are. `provider` is `workos`, or `oidc:`
-- and the issuer: two issuers may both know an `acme`.
create table external_organization (
  provider text not null,
  external_id text not null,
  organization_id text not null references organization (id),
  created_at timestamptz not null,
  primary key (provider, external_id)
);
create index external_organization_organization on external_organization (organization_id);
select protect_tenant_table('external_organization');
