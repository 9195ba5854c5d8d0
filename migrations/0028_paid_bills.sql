-- An account's bills of which nothing is open, newest first: listed and counted without passing over thousands that are.
create index invoice_closed on billing.invoice (practice_id, account_id, issued_on desc, id desc) where open_cents = 0;
