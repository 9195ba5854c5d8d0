-- What /readyz writes to learn whether anything can be written: a row that is gone again when the transaction ends.
create schema platform;
create table platform.probe (at timestamptz not null);
comment on table platform.probe is 'no-tenant: always empty; whether the store takes a write is asked of no practice';
grant usage on schema platform to portico_app;
grant select, insert, delete on platform.probe to portico_app;
