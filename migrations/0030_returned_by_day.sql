-- What went back of payments on a day, for the office's numbers: few entries among all, found by their day.
create index entry_returned on ledger.entry (practice_id, occurred_on)
  where kind in ('refund-done', 'refund-failed', 'refund-outside', 'dispute-opened', 'dispute-won');
