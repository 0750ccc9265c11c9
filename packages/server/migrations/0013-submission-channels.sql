-- One row per kind of channel. Whoever takes an attempt locks its channel's row first, so that no two workers count
-- the attempts held and both find room for one more. A table and not an advisory lock: distributed engines have none.
create table submission_channel (
  kind text primary key
);
insert into submission_channel (kind) values ('fax'), ('portal'), ('phone');

create index submission_attempt_held on submission_attempt (channel, leased_until)
  where status in ('pending', 'outcome_unknown');
grant select, update on submission_channel to precert_system;
