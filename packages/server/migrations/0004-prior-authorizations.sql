-- The case. One row is the aggregate's root and the outbox of its work: `submitting` with a pending attempt
-- means a packet is still to be handed over, whatever the queue remembers.
-- `event_sequence` rises with every change, so `where event_sequence = $read` serializes writers without a lock.
create table prior_authorization (
  organization_id text not null references organization (id),
  id text not null,
  workflow_state text not null check (workflow_state in
    ('needs_input', 'ready_to_submit', 'submitting', 'pending_payer', 'action_required', 'completed', 'cancelled')),
  decision_state text not null check (decision_state in ('unknown', 'pending', 'approved', 'denied')),
  urgency text not null,
  payer_id text not null,
  member_id text not null,
  template_id text not null,
  template_version text not null,
  -- Hash of the very content the case was created with.
  template_hash text not null,
  case_data jsonb not null,
  answers jsonb not null,
  metadata jsonb,
  submission_channel text,
  submission_count integer not null,
  -- Remembers a refused submit until no blocker is left (contract prior-auth.md, 3.3).
  submit_refused boolean not null,
  decision_details jsonb,
  cancellation_reason text,
  version integer not null,
  event_sequence integer not null,
  submitted_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (organization_id, id),
  foreign key (template_id, template_version, template_hash)
    references template_version (template_id, version, content_hash)
);

-- Keyset paging: newest first, the id breaks ties. One index per filter that narrows.
create index prior_authorization_page on prior_authorization (organization_id, created_at desc, id desc);
create index prior_authorization_by_state
  on prior_authorization (organization_id, workflow_state, created_at desc, id desc);
create index prior_authorization_by_decision
  on prior_authorization (organization_id, decision_state, created_at desc, id desc);
create index prior_authorization_by_payer
  on prior_authorization (organization_id, payer_id, created_at desc, id desc);
-- Nearly every case is standard: the page index finds those as fast.
create index prior_authorization_expedited
  on prior_authorization (organization_id, created_at desc, id desc) where urgency = 'expedited';
create index prior_authorization_by_member
  on prior_authorization (organization_id, member_id, created_at desc, id desc);
create index prior_authorization_by_template
  on prior_authorization (template_id, template_version, template_hash);

create table prior_authorization_attachment (
  organization_id text not null,
  id text not null,
  authorization_id text not null,
  file_id text not null,
  label text not null,
  document_types jsonb not null,
  metadata jsonb,
  created_at timestamptz not null,
  primary key (organization_id, id),
  foreign key (organization_id, authorization_id) references prior_authorization (organization_id, id),
  foreign key (organization_id, file_id) references file (organization_id, id)
);
create index prior_authorization_attachment_of_case
  on prior_authorization_attachment (organization_id, authorization_id, created_at, id);
create index prior_authorization_attachment_of_file on prior_authorization_attachment (organization_id, file_id);

create table prior_authorization_action (
  organization_id text not null,
  id text not null,
  authorization_id text not null,
  type text not null check (type in ('validation_issue', 'more_info_request')),
  status text not null check (status in ('open', 'resolved', 'dismissed')),
  message text not null,
  field text,
  code text,
  related_keys jsonb not null,
  requested_documents jsonb not null,
  resolution_hint text,
  artifact_id text,
  resolution jsonb,
  created_at timestamptz not null,
  resolved_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, authorization_id) references prior_authorization (organization_id, id)
);
create index prior_authorization_action_of_case
  on prior_authorization_action (organization_id, authorization_id, created_at, id);

-- Gapless per case: the sequence is the root row's counter, raised in the same statement.
create table prior_authorization_event (
  organization_id text not null,
  authorization_id text not null,
  sequence integer not null,
  id text not null,
  type text not null,
  payload jsonb not null,
  occurred_at timestamptz not null,
  primary key (organization_id, authorization_id, sequence),
  foreign key (organization_id, authorization_id) references prior_authorization (organization_id, id)
);

create table prior_authorization_artifact (
  organization_id text not null,
  id text not null,
  authorization_id text not null,
  file_id text not null,
  kind text not null check (kind in ('submission_packet', 'filled_form', 'submission_confirmation',
    'payer_approval', 'payer_denial', 'payer_information_request')),
  label text not null,
  metadata jsonb not null,
  created_at timestamptz not null,
  primary key (organization_id, id),
  foreign key (organization_id, authorization_id) references prior_authorization (organization_id, id),
  foreign key (organization_id, file_id) references file (organization_id, id)
);
create index prior_authorization_artifact_of_case
  on prior_authorization_artifact (organization_id, authorization_id, created_at desc, id desc);
create index prior_authorization_artifact_of_file on prior_authorization_artifact (organization_id, file_id);

-- The last documents rendered for a preview, kept so that an unchanged case is not rendered again.
create table prior_authorization_preview (
  organization_id text not null,
  authorization_id text not null,
  content_hash text not null,
  filled_form jsonb not null,
  draft_packet jsonb not null,
  problems jsonb not null,
  generated_at timestamptz not null,
  primary key (organization_id, authorization_id),
  foreign key (organization_id, authorization_id) references prior_authorization (organization_id, id)
);
