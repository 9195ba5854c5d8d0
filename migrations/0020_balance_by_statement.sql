-- An entry's lines are written by one statement, so each statement's lines balance entry by entry: looked at once for the
-- statement, not once for each line at commit. Who adds a line to an entry of old adds lines that balance, or none.
drop trigger entry_balances on ledger.line;
create or replace function ledger.check_balanced() returns trigger language plpgsql as $$
declare entry text;
begin
  select entry_id into entry from added group by practice_id, entry_id, currency having sum(cents) <> 0 limit 1;
  if found then
    raise exception 'ledger entry % does not balance', entry using errcode = '23514', constraint = 'entry_balances';
  end if;
  return null;
end $$;
create trigger entry_balances after insert on ledger.line referencing new table as added
  for each statement execute function ledger.check_balanced();
