import { addressedEndpoints, hasEndpoint, publicationClauses } from '../webhooks/publish-events.ts';

/** The two statements that write a case. Arrays come as JSON, so that one prepared text serves every change. */

const rootColumnList = [
  'workflow_state text',
  'decision_state text',
  'urgency text',
  'payer_id text',
  'member_index bytea',
  'template_id text',
  'template_version text',
  'template_hash text',
  'sealed bytea',
  'submission_channel text',
  'submission_count integer',
  'submit_refused boolean',
  'version integer',
  'event_sequence integer',
  'submitted_at timestamptz',
  'completed_at timestamptz',
  'cancelled_at timestamptz',
  'created_at timestamptz',
  'updated_at timestamptz',
] as const;
const rootNames = rootColumnList.map((column) => column.split(' ')[0]);
const rootRecord = rootColumnList.join(', ');

const eventRecord =
  'sequence integer, id text, type text, payload jsonb, sealed bytea, occurred_at timestamptz';

/** The events of `source`, written by the statement, for webhooks; none where nobody has an endpoint. */
const toldEvents = (source: string) => `
told as (
  select e.id, null::text as account_id, e.type, null::bigint as job_id, e.sealed, e.occurred_at
    from root, jsonb_to_recordset(${source}::jsonb) as e(${eventRecord})
   where ${hasEndpoint})`;
const keyRecord =
  'operation text, key text, fingerprint text, resource_id text, created_at timestamptz, expires_at timestamptz';
const actionNames =
  'id, type, status, field, code, related_keys, artifact_id, sealed, created_at, resolved_at';
const actionRecord = `id text, type text, status text, field text, code text, related_keys jsonb, artifact_id text,
  sealed bytea, created_at timestamptz, resolved_at timestamptz`;

export const insertCaseStatement = {
  name: 'insert_prior_authorization',
  text: `
with claimed as (
  insert into idempotency_key (organization_id, operation, key, fingerprint, resource_id, created_at, expires_at)
  select $1, k.operation, k.key, k.fingerprint, k.resource_id, k.created_at, k.expires_at
    from jsonb_to_recordset($5::jsonb) as k(${keyRecord})
  on conflict (organization_id, operation, key) do update
    set fingerprint = excluded.fingerprint, resource_id = excluded.resource_id,
        created_at = excluded.created_at, expires_at = excluded.expires_at
    where idempotency_key.expires_at <= $6
  returning 1),
root as (
  insert into prior_authorization (organization_id, id, ${rootNames.join(', ')})
  select $1, $7, ${rootNames.map((name) => `r.${name}`).join(', ')}
    from jsonb_to_record($2::jsonb) as r(${rootRecord})
   where $5::jsonb = '[]'::jsonb or exists (select from claimed)
  returning id),
opened as (
  insert into prior_authorization_action (organization_id, authorization_id, ${actionNames})
  select $1, root.id, c.* from root, jsonb_to_recordset($4::jsonb) as c(${actionRecord})),
events as (
  insert into prior_authorization_event (organization_id, authorization_id, sequence, id, type, payload, occurred_at)
  select $1, root.id, e.sequence, e.id, e.type, e.payload, e.occurred_at
    from root, jsonb_to_recordset($3::jsonb) as e(${eventRecord})),
${toldEvents('$3')},
${publicationClauses('told', '$8')}
select exists (select from root) as written, ${addressedEndpoints} as "endpointIds"`,
};

/** The lease is not among what a write changes: only taking and keeping it do, in statements of their own. */
const leaseNames = ['lease_number', 'leased_until'];
const attemptNames = [
  'attempt_number',
  'authorization_version',
  'channel',
  'status',
  'next_inquiry_at',
  'unsent_tries',
  'packet_artifact_id',
  'handed_over_at',
  'accepted_at',
  'delivered_at',
  'completed_at',
  'failed_at',
  'sealed',
  'correlations',
  'evidence',
  'created_at',
];
const attemptRecord = `id text, expected_lease_number integer, attempt_number integer, authorization_version integer, channel text,
  status text, lease_number integer, leased_until timestamptz, next_inquiry_at timestamptz, unsent_tries integer, packet_artifact_id text,
  handed_over_at timestamptz, accepted_at timestamptz, delivered_at timestamptz, completed_at timestamptz,
  failed_at timestamptz, sealed bytea, correlations jsonb, evidence jsonb, created_at timestamptz`;

/**
 * `held` locks the attempt the write was decided on: when its lease has meanwhile passed to another worker it is
 * empty, and then nothing is written, the root row included. A key somebody else holds breaks the whole statement
 * with a unique violation.
 */
export const updateCaseStatement = {
  name: 'update_prior_authorization',
  text: `
with attempt as (
  select t.* from jsonb_to_recordset($11::jsonb) as t(${attemptRecord})),
held as (
  select s.id from attempt t
    join submission_attempt s on s.organization_id = $1 and s.id = t.id and s.lease_number = t.expected_lease_number
   where s.status in ('pending', 'outcome_unknown')
     for update of s),
root as (
  update prior_authorization p
     set ${rootNames.map((name) => `${name} = r.${name}`).join(', ')}
    from jsonb_to_record($5::jsonb) as r(${rootRecord})
   where p.organization_id = $1 and p.id = $2 and p.event_sequence = $3 and p.workflow_state = $4
     and (select count(*) from attempt where expected_lease_number is not null) = (select count(*) from held)
  returning p.id),
events as (
  insert into prior_authorization_event (organization_id, authorization_id, sequence, id, type, payload, occurred_at)
  select $1, root.id, e.sequence, e.id, e.type, e.payload, e.occurred_at
    from root, jsonb_to_recordset($6::jsonb) as e(${eventRecord})),
actions as (
  insert into prior_authorization_action (organization_id, authorization_id, ${actionNames})
  select $1, root.id, c.* from root, jsonb_to_recordset($7::jsonb) as c(${actionRecord})
  on conflict (organization_id, id) do update
    set status = excluded.status, sealed = excluded.sealed, resolved_at = excluded.resolved_at),
added as (
  insert into prior_authorization_attachment
    (organization_id, authorization_id, id, file_id, sealed, created_at)
  select $1, root.id, a.* from root, jsonb_to_recordset($8::jsonb)
    as a(id text, file_id text, sealed bytea, created_at timestamptz)),
removed as (
  delete from prior_authorization_attachment a using root
   where a.organization_id = $1 and a.authorization_id = root.id
     and a.id in (select jsonb_array_elements_text($9::jsonb))),
artifacts as (
  insert into prior_authorization_artifact (organization_id, authorization_id, id, file_id, kind, label, metadata, created_at)
  select $1, root.id, d.* from root, jsonb_to_recordset($10::jsonb)
    as d(id text, file_id text, kind text, label text, metadata jsonb, created_at timestamptz)),
attempts as (
  insert into submission_attempt (organization_id, authorization_id, id, ${[...leaseNames, ...attemptNames].join(', ')})
  select $1, root.id, t.id, ${[...leaseNames, ...attemptNames].map((name) => `t.${name}`).join(', ')} from root, attempt t
  on conflict (organization_id, id) do update
    set ${attemptNames.map((name) => `${name} = excluded.${name}`).join(', ')}),
claimed as (
  insert into idempotency_key (organization_id, operation, key, fingerprint, resource_id, created_at, expires_at)
  select $1, k.operation, k.key, k.fingerprint, k.resource_id, k.created_at, k.expires_at
    from root, jsonb_to_recordset($12::jsonb) as k(${keyRecord})),
${toldEvents('$6')},
${publicationClauses('told', '$13')}
select exists (select from root) as written, ${addressedEndpoints} as "endpointIds"`,
};
