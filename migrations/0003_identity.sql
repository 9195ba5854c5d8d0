-- Who signs in (logins), who receives care (patients), who is responsible (household accounts), and who may see whom.
create schema identity;

create table identity.login (
  id text primary key,
  name text not null,
  email text not null unique check (email = lower(email)),
  email_verified boolean not null default false,
  image text,
  locale text check (locale in ('en', 'es')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table identity.login is 'no-tenant: one login per email per installation, linked to practices by grants';

create table identity.session (
  id text primary key,
  token text not null unique,
  login_id text not null references identity.login (id) on delete cascade,
  via text not null default 'link' check (via in ('link', 'password')),
  stepped_up_at timestamptz,
  ip_address text,
  user_agent text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index session_login on identity.session (login_id);
comment on table identity.session is 'no-tenant: one session holds the person''s grants at all practices';

create table identity.credential (
  id text primary key,
  account_id text not null,
  provider_id text not null,
  login_id text not null references identity.login (id) on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index credential_login on identity.credential (login_id);
comment on table identity.credential is 'no-tenant: the password of a login, hashed';

create table identity.verification (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verification_identifier on identity.verification (identifier);
comment on table identity.verification is 'no-tenant: what a sign-in still has to prove';

-- Guesses at a password, by login and by address: counted per key, forgotten after the window.
create table identity.attempt (
  key text not null,
  at timestamptz not null default clock_timestamp(),
  position bigint generated always as identity primary key
);
create index attempt_key on identity.attempt (key, at);
comment on table identity.attempt is 'no-tenant: guesses at a sign-in, counted before the practice is known to be involved';

create table identity.account (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  created_at timestamptz not null default now(),
  primary key (practice_id, id)
);
alter table identity.account add column account_id text not null generated always as (id) stored;
call practice.guard('identity.account', 'account');

create table identity.patient (
  practice_id text not null,
  id text not null,
  account_id text not null,
  source text not null,
  given_name text not null,
  family_name text not null,
  born_on date not null,
  gender text not null check (gender in ('female', 'male', 'other', 'unknown')),
  deceased_on date,
  email text,
  phone text,
  address jsonb not null default '{}',
  record_number text,
  created_at timestamptz not null default now(),
  patient_id text not null generated always as (id) stored,
  primary key (practice_id, id),
  unique (practice_id, source),
  foreign key (practice_id, account_id) references identity.account (practice_id, id)
);
create index patient_account on identity.patient (practice_id, account_id);
create index patient_name on identity.patient (practice_id, family_name, given_name, id);
call practice.guard('identity.patient', 'patient');

create table identity.guarantor (
  practice_id text not null,
  account_id text not null,
  patient_id text not null,
  primary key (practice_id, account_id),
  foreign key (practice_id, account_id) references identity.account (practice_id, id),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);
call practice.guard('identity.guarantor', 'account');

create table identity.access_grant (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  login_id text not null references identity.login (id),
  account_id text not null,
  patient_id text not null,
  kind text not null check (kind in ('self', 'guardian', 'proxy', 'billing-only')),
  scope text not null check (scope in ('billing', 'record')),
  granted_at timestamptz not null default now(),
  ends_at timestamptz,
  primary key (practice_id, id),
  unique (practice_id, login_id, patient_id),
  foreign key (practice_id, account_id) references identity.account (practice_id, id),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);
-- By practice alone: the gate reads a login's grants to learn what the rest of the transaction may see.
call practice.guard('identity.access_grant', 'practice');

create table identity.staff (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  login_id text not null references identity.login (id),
  name text not null,
  role text not null check (role in ('owner', 'biller')),
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (practice_id, id),
  unique (practice_id, login_id)
);
call practice.guard('identity.staff', 'practice');

-- Each asking for a link, for known and unknown addresses alike: the hourly limit counts these.
create table identity.link_request (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  email text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (practice_id, id)
);
create index link_request_email on identity.link_request (practice_id, email, at);
call practice.guard('identity.link_request', 'practice');

-- A token rests here only as its hash, with its purpose; it is spent by one UPDATE … RETURNING.
create table identity.link (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  token_hash bytea not null,
  purpose text not null check (purpose in ('access', 'invitation', 'step')),
  login_id text not null references identity.login (id),
  session_id text,
  destination text,
  minted_at timestamptz not null default now(),
  expires_at timestamptz not null,
  attempts integer not null default 0,
  spent_at timestamptz,
  primary key (practice_id, id),
  unique (practice_id, purpose, token_hash)
);
create index link_login on identity.link (practice_id, login_id, purpose, minted_at);
call practice.guard('identity.link', 'practice');

grant usage on schema identity to portico_app;
grant select, insert, update, delete on identity.login, identity.session, identity.credential, identity.verification, identity.attempt to portico_app;
grant select, insert on identity.account to portico_app;
grant update (created_at) on identity.account to portico_app; -- FOR UPDATE asks for it; no verb changes a row
grant select, insert, update on identity.patient, identity.guarantor, identity.access_grant, identity.staff, identity.link to portico_app;
grant select, insert, delete on identity.link_request to portico_app;
