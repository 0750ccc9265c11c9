-- What has been used of each rate limit in its current window, shared by all processes. A subject is a credential, an
-- organization, or the keyed hash of an address or key that failed logins came with. Processes draw small amounts in
-- advance, so a row changes a hundred times a minute at most. Not logged: after a crash everybody begins anew.
create unlogged table rate_limit_window (
  subject text primary key,
  started_at timestamptz not null,
  taken bigint not null
) with (fillfactor = 50);
grant select, insert, update, delete on rate_limit_window to precert_system;
