-- Events of a claim are kept, so that a job can be looked up at any later time (contract claims.md, 4.5); of the others
-- the oldest are looked for by every housekeeping.
drop index webhook_event_by_age;
create index webhook_event_by_age on webhook_event (occurred_at) where job_id is null;
