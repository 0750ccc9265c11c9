-- Who may call. Tokens are stored only as a keyed hash; the environment stands in the token itself.
create table organization (
  id text primary key,
  name text not null,
  created_at timestamptz not null
);

create table credential (
  id text primary key,
  organization_id text not null references organization (id),
  environment text not null check (environment in ('sandbox', 'production')),
  name text not null,
  token_hash text not null unique,
  token_last_four text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);

create index credential_organization on credential (organization_id);
