import pg from 'pg'
import type { AccountId, PatientId } from '../../src/kernel/ids.ts'
import type { Practice } from '../../src/practice/practices.ts'

export type Crowd = {
  readonly households: number
  /** Of each household; nine in ten are paid, in cash. */
  readonly bills?: number
}

/**
 * Fills a practice with households as years leave them, by SQL in seconds: whole histories whose books agree, over the last
 * thousand days. Their ids sort before those of anybody else.
 */
export async function makeCrowd(superuserUrl: string, practice: Practice, crowd: Crowd): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    // Row by row, triggers and foreign keys would take minutes; `ledger check` on a crowd is a test of its own.
    await client.query(`set session_replication_role = replica; set synchronous_commit = off; set work_mem = '256MB'`)
    for (const statement of statementsOf(practice, crowd)) await client.query(statement)
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

/** Gives one household many open bills, a cent dearer each; the books agree. */
export async function makeOpenBills(
  superuserUrl: string,
  practice: Practice,
  { account, patient, bills }: { account: AccountId; patient: PatientId; bills: number },
): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    await client.query(`set session_replication_role = replica; set synchronous_commit = off`)
    for (const statement of openBills(practice, { account, patient, bills })) await client.query(statement)
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

function openBills(
  practice: Practice,
  { account, patient, bills }: { account: string; patient: string; bills: number },
) {
  const p = pg.escapeLiteral(practice.id)
  const whose = `'${account}', '${patient}'`
  const made = (prefix: string) => `'${prefix}_' || substr(md5('${account}'), 1, 20) || lpad(n::text, 6, '0')`
  const each = `from (select n, (1000 + n)::bigint as cents, current_date - n % 700 as day from generate_series(1, ${bills}) n) bill`
  const before = `(select balance_cents from ledger.receivable where practice_id = ${p} and account_id = '${account}' and patient_id = '${patient}')`
  const version = before.replace('balance_cents', 'version')
  return [
    `insert into billing.charge (practice_id, id, account_id, patient_id, source, sequence, title, description, units, serviced_on, charged_cents, share_cents, state)
      select ${p}, ${made('chg')}, ${whose}, ${made('src')}, 1, 'Visit', 'Check-up', 1, day - 10, cents, cents, 'answered' ${each}`,
    `insert into billing.invoice (practice_id, id, number, account_id, patient_id, source, title, serviced_on, issued_on, due_on, currency, charged_cents, insurance_paid_cents,
        discount_cents, total_cents, open_cents)
      select ${p}, ${made('inv')}, 'INV-' || substr(md5('${account}'), 1, 6) || n, ${whose}, ${made('src')}, 'Visit', day - 10, day, day + 30, 'usd', cents, 0, 0, cents, cents ${each}`,
    `insert into billing.invoice_line (practice_id, id, invoice_id, n, account_id, patient_id, charge_id, share_cents, open_cents)
      select ${p}, ${made('lin')}, ${made('inv')}, 1, ${whose}, ${made('chg')}, cents, cents ${each}`,
    `insert into ledger.entry (practice_id, id, kind, source, occurred_on, actor) select ${p}, ${made('ent')}, 'issue', ${made('inv')}, day, 'crowd' ${each}`,
    `insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, patient_id, currency, cents, balance_after_cents, version)
      select ${p}, ${made('ent')}, 1, 'receivable', ${whose}, 'usd', cents, coalesce(${before}, 0) + sum(cents) over (order by n), coalesce(${version}, 0) + n ${each}`,
    `insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, patient_id, currency, cents)
      select ${p}, ${made('ent')}, 2, 'revenue', ${whose}, 'usd', -cents ${each}`,
    `insert into ledger.receivable as r (practice_id, account_id, patient_id, currency, balance_cents, version) select ${p}, ${whose}, 'usd', sum(cents), count(*) ${each}
      on conflict (practice_id, account_id, patient_id) do update set balance_cents = r.balance_cents + excluded.balance_cents, version = r.version + excluded.version`,
  ]
}

const id = (prefix: string, n: string) => `'${prefix}_' || lpad((${n})::text, 26, '0')`

function statementsOf(practice: Practice, { households, bills = 1 }: Crowd): string[] {
  const p = pg.escapeLiteral(practice.id)
  const each = `from generate_series(1, ${households}) h`
  const account = id('acc', 'h')
  const patient = id('pat', 'h')
  const login = `'usr_' || substr(md5('${practice.slug}' || h), 1, 26)`
  const email = `'crowd' || h || '@${practice.slug}.example.org'`
  const entry = (k: number) => id('ent', `n * 4 + ${k}`)
  return [
    // One row a bill: whose, how much, of which day, and when it was paid.
    `create temp table bill as select n, (n - 1) / ${bills} + 1 as h, 500 + n::bigint * 7919 % 20000 as cents, current_date - (n * 31 % 1000)::int - 1 as day,
      case when n % 10 <> 0 then least(now() - interval '1 minute', current_date - (n * 31 % 1000)::int + (n % 20) * interval '1 day' + interval '9 hours') end as paid
      from generate_series(1, ${households * bills}) n`,
    `create temp table paid as select * from bill where paid is not null`,
    `insert into identity.account (practice_id, id) select ${p}, ${account} ${each}`,
    `insert into identity.patient (practice_id, id, account_id, given_name, family_name, born_on, gender, email, phone, record_number)
      select ${p}, ${patient}, ${account}, 'Given' || h % 997, 'Family' || h % 4999, date '1950-01-01' + h % 20000, 'unknown', ${email}, '+15550100000', 'MR' || h ${each}`,
    `insert into identity.patient_source (practice_id, source, patient_id) select ${p}, 'crowd ' || h, ${patient} ${each}`,
    `insert into identity.guarantor (practice_id, account_id, patient_id) select ${p}, ${account}, ${patient} ${each}`,
    `insert into identity.login (id, name, email) select ${login}, 'Given Family', ${email} ${each}`,
    `insert into identity.session (id, token, login_id, expires_at) select ${login}, ${login}, ${login}, now() + interval '1 day' ${each}`,
    `insert into identity.access_grant (practice_id, id, login_id, account_id, patient_id, kind, scope)
      select ${p}, ${id('grt', 'h')}, ${login}, ${account}, ${patient}, 'self', 'record' ${each}`,
    `insert into identity.link (practice_id, id, token_hash, purpose, login_id, expires_at)
      select ${p}, ${id('lnk', 'h')}, sha256(h::text::bytea), 'access', ${login}, now() ${each}`,
    `insert into identity.link_request (practice_id, id, email) select ${p}, ${id('req', 'h')}, ${email} ${each}`,
    `insert into insurance.coverage (practice_id, id, patient_id, source, payer) select ${p}, ${id('cov', 'h')}, ${patient}, 'crowd ' || h, 'Humana' ${each}`,
    `insert into exchange.import (practice_id, id, file, content_hash, report, actor) select ${p}, ${id('imp', 'h')}, 'crowd', h::text, '{}', 'crowd' ${each}`,
    `insert into exchange.resource (practice_id, source, type, patient_id, content_hash, body, import_id)
      select ${p}, 'crowd ' || h, 'Patient', ${patient}, h::text, '{}', ${id('imp', 'h')} ${each}`,
    `insert into payments.method (practice_id, id, account_id, connection_id, processor_method, brand, last4, exp_month, exp_year, is_default)
      select ${p}, ${id('mth', 'h')}, ${account}, c.id, 'pm_crowd' || h, 'visa', '4242', 12, 2030, true ${each}, payments.connection c where c.practice_id = ${p}`,
    `insert into audit.read (practice_id, id, what, account_id, actor, at)
      select ${p}, ${id('aud', 'h')}, 'home.see', ${account}, 'crowd', now() - h % 1000 * interval '1 day' ${each}`,
    `insert into billing.charge (practice_id, id, account_id, patient_id, source, sequence, title, description, units, serviced_on, charged_cents, share_cents, state)
      select ${p}, ${id('chg', 'n')}, ${account}, ${patient}, 'crowd ' || n, 1, 'Visit', 'Check-up', 1, day - 10, cents, cents, 'answered' from bill`,
    `insert into billing.charge (practice_id, id, account_id, patient_id, source, sequence, title, description, units, serviced_on, charged_cents, state)
      select ${p}, ${id('chg', '8e11::bigint + h')}, ${account}, ${patient}, 'crowd waiting ' || h, 1, 'Visit', 'Check-up', 1, current_date - 3, 5000, 'waiting' ${each}`,
    `insert into billing.invoice (practice_id, id, number, account_id, patient_id, source, title, serviced_on, issued_on, due_on, currency, charged_cents, insurance_paid_cents,
        discount_cents, total_cents, open_cents, closed_at)
      select ${p}, ${id('inv', 'n')}, 'INV-' || 9000000 + n, ${account}, ${patient}, 'crowd ' || n, 'Visit', day - 10, day, day + 30, 'usd', cents, 0, 0, cents,
        case when paid is null then cents else 0 end, paid from bill`,
    `insert into billing.invoice_line (practice_id, id, invoice_id, n, account_id, patient_id, charge_id, share_cents, open_cents)
      select ${p}, ${id('lin', 'n')}, ${id('inv', 'n')}, 1, ${account}, ${patient}, ${id('chg', 'n')}, cents, case when paid is null then cents else 0 end from bill`,
    `insert into notifications.message (practice_id, id, about, account_id, recipient, kind, state, sent_at)
      select ${p}, ${id('msg', 'n')}, ${id('inv', 'n')}, ${account}, ${email}, 'bill.mailed', 'sent', now() from bill`,
    `insert into payments.payment (practice_id, id, account_id, origin, method_kind, status, currency, ordered_cents, amount_cents, actor, created_at, received_at, finished_at, posted_at)
      select ${p}, ${id('pay', 'n')}, ${account}, 'desk', 'cash', 'succeeded', 'usd', cents, cents, 'crowd', paid, paid, paid, paid from paid`,
    `insert into payments.payment (practice_id, id, account_id, origin, method_kind, status, currency, ordered_cents, amount_cents, actor, created_at, finished_at)
      select ${p}, ${id('pay', '8e11::bigint + n')}, ${account}, 'desk', 'cash', 'failed', 'usd', cents, cents, 'crowd', day + interval '9 hours', day + interval '9 hours' from bill where n % 20 = 0`,
    `insert into audit.event (practice_id, id, type, subject, account_id, actor, at)
      select ${p}, ${id('evt', 'n')}, 'payment.succeeded', ${id('pay', 'n')}, ${account}, 'crowd', paid from paid`,
    `insert into ledger.entry (practice_id, id, kind, source, occurred_on, recorded_at, actor)
      select ${p}, ${entry(0)}, 'issue', ${id('inv', 'n')}, day, day + interval '8 hours', 'crowd' from bill`,
    ...(['success', 'posting'] as const).map(
      (kind, k) => `insert into ledger.entry (practice_id, id, kind, source, occurred_on, recorded_at, actor)
        select ${p}, ${entry(k + 1)}, '${kind}', ${id('pay', 'n')}, paid::date, paid, 'crowd' from paid`,
    ),
    `insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, patient_id, currency, cents)
      select ${p}, ${entry(0)}, 2, 'revenue', ${account}, ${patient}, 'usd', -cents from bill`,
    `insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, payment_id, currency, cents)
      select ${p}, ${entry(1)}, 1, 'cash-and-cheque', ${account}, ${id('pay', 'n')}, 'usd', cents from paid
      union all select ${p}, ${entry(1)}, 2, 'unposted-payments', ${account}, ${id('pay', 'n')}, 'usd', -cents from paid
      union all select ${p}, ${entry(2)}, 1, 'unposted-payments', ${account}, ${id('pay', 'n')}, 'usd', cents from paid`,
    `insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, patient_id, currency, cents, balance_after_cents, version)
      select ${p}, ${id('ent', 'e')}, line, 'receivable', ${account}, ${patient}, 'usd', cents, sum(cents) over moves, row_number() over moves
      from (select h, n * 4 as e, 1 as line, cents, day + interval '8 hours' as at from bill union all select h, n * 4 + 2, 2, -cents, paid from paid) moved
      window moves as (partition by h order by at, e)`,
    `insert into ledger.receivable (practice_id, account_id, patient_id, currency, balance_cents, version)
      select ${p}, ${account}, ${patient}, 'usd', sum(case when paid is null then cents else 0 end), count(*) + count(paid) from bill group by h`,
    `insert into billing.allocation (practice_id, id, entry_id, invoice_id, invoice_line_id, account_id, patient_id, payment_id, cents, recorded_at)
      select ${p}, ${id('alc', 'n')}, ${entry(2)}, ${id('inv', 'n')}, ${id('lin', 'n')}, ${account}, ${patient}, ${id('pay', 'n')}, cents, paid from paid`,
  ]
}
