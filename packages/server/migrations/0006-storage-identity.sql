-- Which storage directory the rows of this database belong to; one row.
create table storage_identity (
  only_row boolean primary key default true check (only_row),
  storage_id text not null
);
