-- One row per hand-over to a payer. The row is the truth: `pending` until the channel's answer is recorded.
-- `lease_number` fences: a worker that was paused cannot write over its successor's result.
create table submission_attempt (
  organization_id text not null,
  id text not null,
  authorization_id text not null,
  attempt_number integer not null,
  authorization_version integer not null,
  channel text not null,
  status text not null check (status in ('pending', 'outcome_unknown', 'completed', 'failed')),
  lease_number integer not null,
  leased_until timestamptz,
  -- When an unknown outcome is asked about again; null while only a person can tell.
  next_inquiry_at timestamptz,
  -- Failed tries that provably sent nothing; the hand-over is given up after a few.
  unsent_tries integer not null,
  packet_artifact_id text,
  handed_over_at timestamptz,
  accepted_at timestamptz,
  delivered_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  failure jsonb,
  correlations jsonb not null,
  evidence jsonb not null,
  created_at timestamptz not null,
  primary key (organization_id, id),
  unique (organization_id, authorization_id, attempt_number),
  foreign key (organization_id, authorization_id) references prior_authorization (organization_id, id)
);
create index submission_attempt_unfinished on submission_attempt (created_at)
  where status in ('pending', 'outcome_unknown');

-- Contract README, prior auth 2: keys live 30 days, scoped to organization and operation.
create table idempotency_key (
  organization_id text not null references organization (id),
  operation text not null,
  key text not null,
  fingerprint text not null,
  resource_id text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (organization_id, operation, key)
);
create index idempotency_key_expiry on idempotency_key (expires_at);
