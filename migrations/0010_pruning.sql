-- What is useless and grows is removed by a timed job; facts never are.
create index inbox_processed on payments.inbox (processed_at) where processed_at is not null;

grant delete on identity.link, payments.inbox to portico_app;
grant update (at) on identity.link_request to portico_app; -- FOR UPDATE asks for it; no verb changes a row
