-- Customers of the claims API. A client is a credential of an organization: `client_id` names it, the secret is kept
-- as a keyed hash only.
create table claims_client (
  id text primary key,
  organization_id text not null references organization (id),
  environment text not null check (environment in ('sandbox', 'production')),
  name text not null,
  secret_hash text not null,
  secret_last_four text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index claims_client_organization on claims_client (organization_id);

-- One set of EMR credentials of an organization's. `settings` holds no secret, only references to secrets.
create table linked_account (
  organization_id text not null references organization (id),
  id text not null,
  access_token_hash text not null unique,
  access_token_last_four text not null,
  -- The customer's own name for the linked user; stands in every event.
  access_token_reference_id text not null,
  connector text not null check (connector in ('simulator', 'fhir')),
  settings jsonb not null,
  -- Who named the addresses in the settings: the operator may name any, an organization those that are open to it.
  linked_by text not null default 'operator' check (linked_by in ('operator', 'organization')),
  emr_instance_domain text not null,
  timezone text not null,
  state text not null check (state in ('active', 'login_required')),
  appointment_cursor text,
  patient_cursor text,
  next_sync_at timestamptz not null,
  -- Null until the first sync has come to its end; what it brings in is no news, so no events tell of it.
  last_synced_at timestamptz,
  lease_number integer not null default 0,
  leased_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  revoked_at timestamptz,
  primary key (organization_id, id)
);
create index linked_account_due on linked_account (next_sync_at) where revoked_at is null and state = 'active';

-- Calls made to an account's EMR in the current window, shared by all processes.
create table emr_call_window (
  organization_id text not null,
  account_id text not null,
  started_at timestamptz not null,
  calls integer not null,
  paused_until timestamptz,
  primary key (organization_id, account_id),
  foreign key (organization_id, account_id) references linked_account (organization_id, id)
);

-- The mirror of the EMR that claims lean on. What the EMR told stands in `sealed`, less the columns beside it; the indexes
-- are blind, for looking up what is sealed (`platform/encryption/`).
create table emr_patient (
  organization_id text not null,
  account_id text not null,
  emr_patient_id text not null,
  -- Ours: 32 lower-case hex digits, as text.
  id text not null,
  -- Null for a patient without one.
  mrn_index bytea,
  phone_index bytea,
  sealed bytea not null,
  updated_at timestamptz not null,
  primary key (organization_id, account_id, emr_patient_id),
  foreign key (organization_id, account_id) references linked_account (organization_id, id)
);
create index emr_patient_by_mrn on emr_patient (organization_id, account_id, mrn_index);
create index emr_patient_by_phone on emr_patient (organization_id, account_id, phone_index);

create table appointment (
  organization_id text not null,
  account_id text not null,
  -- Ours: 32 lower-case hex digits, as text.
  id text not null,
  -- Null until the EMR has it.
  emr_appointment_id text,
  emr_patient_id text,
  status text not null,
  starts_at timestamptz not null,
  mode text,
  -- Null for an appointment without a type; tells types apart, so that each need be opened once only.
  type_index bytea,
  sealed bytea not null,
  source text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (organization_id, account_id, id),
  unique (organization_id, account_id, emr_appointment_id),
  foreign key (organization_id, account_id) references linked_account (organization_id, id)
);
create index appointment_by_time on appointment (organization_id, account_id, starts_at, id);
create index appointment_by_patient on appointment (organization_id, account_id, emr_patient_id);

-- Ours, not a queue's id: a number in the answer and text in events.
create sequence claim_job_id as bigint start with 10001;

-- The row is the outbox: `pending_create` means that the EMR is still to be asked, whatever the queue remembers.
-- `intent_at` is written before the EMR is called: from then on the EMR may have the claim.
create table claim (
  organization_id text not null,
  account_id text not null,
  id text not null,
  appointment_id text not null,
  job_id bigint not null unique,
  state text not null check (state in ('pending_create', 'created', 'failed', 'outcome_unknown')),
  emr_appointment_id text not null,
  emr_patient_id text not null,
  -- When somebody has to look at it next; null once it is settled, or while only a person can tell.
  due_at timestamptz,
  lease_number integer not null default 0,
  leased_until timestamptz,
  -- Calls that provably wrote nothing; given up after a few.
  unavailable_tries integer not null default 0,
  -- Since when the EMR has done nothing but put it off; null while it does not.
  first_postponed_at timestamptz,
  intent_at timestamptz,
  -- Times the EMR was asked to create it, without those that provably wrote nothing; given up after a few whose outcome
  -- was unknown and proved to be nothing.
  create_calls integer not null default 0,
  emr_claim_id text,
  -- Of the patient, and of what the EMR said; null until something is told of the claim.
  sealed bytea,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (organization_id, account_id, id),
  foreign key (organization_id, account_id, appointment_id)
    references appointment (organization_id, account_id, id)
);
-- The duplicates rule (contract claims.md, 1.4): a failed claim frees its appointment, every other state holds it.
create unique index claim_live_of_appointment on claim (organization_id, account_id, appointment_id)
  where state <> 'failed';
create index claim_of_appointment on claim (organization_id, account_id, appointment_id);
create index claim_due on claim (organization_id, account_id, due_at) where due_at is not null;
create index claim_page on claim (organization_id, account_id, created_at desc, id desc);
