-- What people were told by mail: one row per thing told, so that no job tells it twice.
create schema notifications;

create table notifications.message (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  about text not null,
  account_id text,
  recipient text not null,
  kind text not null,
  sent_at timestamptz not null default now(),
  primary key (practice_id, id),
  unique (practice_id, about, kind, recipient)
);
call practice.guard('notifications.message', 'practice');

grant usage on schema notifications to portico_app;
grant select, insert on notifications.message to portico_app;
