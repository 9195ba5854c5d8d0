-- A refund or lost dispute after which the debt stays settled takes the payment's share back and puts the practice's own in its
-- place: the bill stays as it is, and no later refund takes the same share again (docs/domain.md, "Refund asked").
alter table billing.allocation
  add column written_off boolean not null default false,
  add constraint allocation_written_off check (not written_off or payment_id is null);
