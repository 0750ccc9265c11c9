-- What `0011` has a place for is sealed by now: the server seals it before it applies this (`upgrade/`). A row that is
-- not, because a server of an earlier version wrote it meanwhile, makes this fail and the next start seal it.
alter table prior_authorization
  alter column sealed set not null,
  alter column member_index set not null,
  drop column case_data,
  drop column answers,
  drop column metadata,
  drop column decision_details,
  drop column cancellation_reason,
  -- With the index of it.
  drop column member_id;
create index prior_authorization_by_member
  on prior_authorization (organization_id, member_index, created_at desc, id desc);

alter table prior_authorization_attachment
  alter column sealed set not null,
  drop column label,
  drop column document_types,
  drop column metadata;

alter table prior_authorization_action
  alter column sealed set not null,
  drop column message,
  drop column requested_documents,
  drop column resolution_hint,
  drop column resolution;

-- Null until an attempt fails.
alter table submission_attempt drop column failure;

alter table file
  alter column sealed set not null,
  drop column file_name;

alter table idempotency_key
  drop constraint idempotency_key_pkey,
  drop column key;
alter table idempotency_key rename column hashed_key to key;
alter table idempotency_key add primary key (organization_id, operation, key);

-- Previews are rendered again when somebody asks.
drop table prior_authorization_preview;
create table prior_authorization_preview (
  organization_id text not null,
  authorization_id text not null,
  form_file_id text not null,
  packet_file_id text not null,
  sealed bytea not null,
  generated_at timestamptz not null,
  primary key (organization_id, authorization_id),
  foreign key (organization_id, authorization_id) references prior_authorization (organization_id, id)
);
select protect_tenant_table('prior_authorization_preview');
select protect_sealed_column('prior_authorization_preview');

-- A dropped column stays in the rows on the disk until they are written anew; so they are, now.
cluster prior_authorization using prior_authorization_pkey;
cluster prior_authorization_attachment using prior_authorization_attachment_pkey;
cluster prior_authorization_action using prior_authorization_action_pkey;
cluster submission_attempt using submission_attempt_pkey;
cluster file using file_pkey;
cluster idempotency_key using idempotency_key_pkey;
