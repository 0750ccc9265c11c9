-- Where an organization wants to be told. `cobalt` endpoints share the organization's secret, `standard` ones have their own.
create table webhook_endpoint (
  organization_id text not null references organization (id),
  id text not null,
  url text not null,
  profile text not null check (profile in ('standard', 'cobalt')),
  -- `standard`: ten attempts over 75.6 hours; `vendor`: two, a second apart.
  schedule text not null check (schedule in ('standard', 'vendor')),
  -- Null: every type.
  event_types text[],
  description text,
  status text not null check (status in ('enabled', 'disabled')),
  disabled_reason text,
  -- The first failure since the last success; five days of it disable the endpoint. A failure long after the last one
  -- counts anew, so that an endpoint with little to hear is not judged by two bad moments.
  failing_since timestamptz,
  last_failed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  primary key (organization_id, id)
);
create index webhook_endpoint_live on webhook_endpoint (organization_id, created_at, id) where deleted_at is null;

-- Sealed, not hashed: they sign. Several may be valid at once while one is rotated.
create table webhook_secret (
  organization_id text not null references organization (id),
  id text not null,
  -- Null: the organization's own, shared by its `cobalt` endpoints.
  endpoint_id text,
  sealed bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, endpoint_id) references webhook_endpoint (organization_id, id)
);
create index webhook_secret_of_endpoint on webhook_secret (organization_id, endpoint_id);

-- What happened, exactly as it is told: sealed is the text that is sent and signed.
create table webhook_event (
  organization_id text not null references organization (id),
  id text not null,
  -- The linked account of the claims API it belongs to; null for events of prior authorizations.
  account_id text,
  type text not null,
  job_id bigint,
  sealed bytea not null,
  occurred_at timestamptz not null,
  primary key (organization_id, id)
);
create index webhook_event_of_account on webhook_event (organization_id, account_id, occurred_at desc, id desc);
create index webhook_event_of_job on webhook_event (organization_id, account_id, job_id);
create index webhook_event_by_time on webhook_event (organization_id, occurred_at, id);
create index webhook_event_by_age on webhook_event (occurred_at);

-- One event on its way to one endpoint. The row is the truth, the job only a wake-up.
create table webhook_delivery (
  organization_id text not null,
  id text not null,
  event_id text not null,
  endpoint_id text not null,
  status text not null check (status in ('pending', 'succeeded', 'failed', 'cancelled')),
  attempt_count integer not null default 0,
  -- When the next attempt is due; null once it is over.
  due_at timestamptz,
  lease_number integer not null default 0,
  leased_until timestamptz,
  cause text not null check (cause in ('event', 'resend', 'replay')),
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, event_id) references webhook_event (organization_id, id),
  foreign key (organization_id, endpoint_id) references webhook_endpoint (organization_id, id)
);
create index webhook_delivery_due on webhook_delivery (due_at) where due_at is not null;
-- With the id: a replay makes thousands that are due in the same moment.
create index webhook_delivery_due_of_endpoint on webhook_delivery (organization_id, endpoint_id, due_at, id)
  where due_at is not null;
create index webhook_delivery_of_endpoint on webhook_delivery (organization_id, endpoint_id, created_at desc, id desc);
create index webhook_delivery_of_event on webhook_delivery (organization_id, event_id);
create index webhook_delivery_by_age on webhook_delivery (finished_at) where finished_at is not null;

create table webhook_attempt (
  organization_id text not null,
  delivery_id text not null,
  number integer not null,
  attempted_at timestamptz not null,
  duration_ms integer not null,
  status_code integer,
  -- `timeout`, `connection_refused`, `address_refused`, ...; null when an HTTP answer came.
  error text,
  -- The first 1 KB of the answer; null when there was none.
  sealed bytea,
  primary key (organization_id, delivery_id, number),
  foreign key (organization_id, delivery_id) references webhook_delivery (organization_id, id) on delete cascade
);
