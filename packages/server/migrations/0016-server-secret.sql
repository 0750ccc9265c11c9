-- A mark of the secret the database is used with; one row. It tells a start with another one apart and tells nothing of it.
create table server_secret (
  only_row boolean primary key default true check (only_row),
  mark text not null
);
grant select, insert, update on server_secret to precert_system;
