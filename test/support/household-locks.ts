import pg from 'pg'
import type { FreshDatabase } from './database.ts'

/** What a household owes and owns. */
const GUARDED = [
  'billing.charge',
  'billing.invoice',
  'billing.invoice_line',
  'billing.allocation',
  'ledger.receivable',
  'ledger.line',
  'payments.reservation',
  'payments.credit_reservation',
] as const

/**
 * From now on a statement of the app that writes rows of a household fails in this database, unless its transaction has locked the
 * household's row, or made it. Looks at the row locks themselves, whoever took them.
 */
export async function watchHouseholdLocks({ superuserUrl }: Pick<FreshDatabase, 'superuserUrl'>): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    await client.query(`create schema watch; create extension pgrowlocks schema watch; ${HELD}; ${TRIGGERS}`)
  } finally {
    await client.end()
  }
}

const TRIGGERS = GUARDED.flatMap(table =>
  [
    ['insert', 'new'],
    ['update', 'new'],
    ['delete', 'old'],
  ].map(
    ([act, rows]) =>
      `create trigger watch_${act} after ${act} on ${table} referencing ${rows} table as written for each statement execute function watch.held()`,
  ),
).join(';')

const HELD = `create function watch.held() returns trigger language plpgsql security definer set search_path = '' as $$
  declare
    ours xid := pg_current_xact_id()::xid;
    unlocked text;
  begin
    if session_user <> 'portico_app' then return null; end if;
    select w.account_id into unlocked from (select distinct practice_id, account_id from written where account_id is not null) w
      join identity.account a on a.practice_id = w.practice_id and a.id = w.account_id
      where a.xmin <> ours and not exists (
        select from watch.pgrowlocks('identity.account') l, unnest(l.xids, l.modes) held(by, mode)
        where l.locked_row = a.ctid and held.by = ours and held.mode in ('For Update', 'Update'));
    if unlocked is not null then
      raise exception '% of % without the lock of household %', lower(tg_op), tg_table_schema || '.' || tg_table_name, unlocked;
    end if;
    return null;
  end $$;
  revoke all on function watch.held() from public;
  grant usage on schema watch to public; grant execute on function watch.held() to public;`
