import { sql } from 'kysely'
import { actorName } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import { type AccountId, type EntryId, newId, type PatientId, type PaymentId, type PracticeId } from '../kernel/ids.ts'
import { type Cents, type Currency, sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { maybe, rows, type Tx, unnested, write } from '../platform/database.ts'

/** The chart of accounts (docs/accounting.md tells what each means). */
export type LedgerAccount =
  | 'receivable'
  | 'processor-clearing'
  | 'processor-fees'
  | 'cash-and-cheque'
  | 'revenue'
  | 'insurance'
  | 'adjustments'
  | 'opening-balances'
  | 'unposted-payments'
  | 'unapplied-credit'
  | 'refunds-payable'
  | 'disputed'
  | 'membership-unearned'

export type EntryKind =
  | 'issue'
  | 'settled-history'
  | 'paid-at-visit'
  | 'credit-note'
  | 'next-answer'
  | 'success'
  | 'posting'
  | 'refund-asked'
  | 'refund-done'
  | 'refund-failed'
  | 'refund-outside'
  | 'refund-outside-booked'
  | 'dispute-opened'
  | 'dispute-won'
  | 'dispute-lost'
  | 'correction'

/** One line of an entry; a debit is positive, a credit negative. */
export type Line = {
  readonly ledgerAccount: LedgerAccount
  readonly cents: Cents
  readonly account?: AccountId
  readonly patient?: PatientId
  readonly payment?: PaymentId
}

export type Entry = {
  readonly kind: EntryKind
  /** What the entry tells of, unique per practice and kind: so nothing is entered twice. */
  readonly source: string
  readonly occurredOn: Temporal.PlainDate
  readonly currency: Currency
  readonly corrects?: EntryId
  readonly lines: readonly Line[]
}

export const debit = (
  ledgerAccount: LedgerAccount,
  cents: Cents,
  of: Omit<Line, 'ledgerAccount' | 'cents'> = {},
): Line => ({ ledgerAccount, cents, ...of })
export const credit = (
  ledgerAccount: LedgerAccount,
  cents: Cents,
  of: Omit<Line, 'ledgerAccount' | 'cents'> = {},
): Line => ({
  ledgerAccount,
  cents: -cents,
  ...of,
})

/**
 * Appends one entry with its lines in one statement; equal lines are summed and empty ones left out.
 * Patient receivables are updated in id order, under the household's lock that the verb holds; shared ledger accounts are
 * sums and never locked (reliability 7). An entry that does not balance is a broken promise here and is refused at commit.
 */
export async function recordEntry(tx: Tx, actor: Actor, entry: Entry): Promise<EntryId> {
  const id = newId('ent')
  const lines = merged(entry.lines)
  assert(lines.length >= 2 && sumCents(lines.map(line => line.cents)) === 0n, `ledger entry ${entry.kind} balances`)
  const given = unnested('given', lines, {
    ledger_account: ['text', line => line.ledgerAccount],
    account_id: ['text', line => line.account ?? null],
    patient_id: ['text', line => line.patient ?? null],
    payment_id: ['text', line => line.payment ?? null],
    cents: ['bigint', line => line.cents],
  })
  await write(
    tx,
    sql`
    with entry as (
      insert into ledger.entry (practice_id, id, kind, source, corrects, occurred_on, actor)
      values (${actor.practice}, ${id}, ${entry.kind}, ${entry.source}, ${entry.corrects ?? null}, ${entry.occurredOn}, ${actorName(actor)})
    ), given as (
      select * from ${given}
    ), kept as (
      insert into ledger.receivable (practice_id, account_id, patient_id, currency, balance_cents, version)
      select ${actor.practice}, account_id, patient_id, ${entry.currency}, cents, 1 from given where ledger_account = 'receivable' order by patient_id
      on conflict (practice_id, account_id, patient_id)
        do update set balance_cents = receivable.balance_cents + excluded.balance_cents, version = receivable.version + 1
      returning account_id, patient_id, balance_cents, version
    )
    insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, patient_id, payment_id, currency, cents, balance_after_cents, version)
    select ${actor.practice}, ${id}, given.n, given.ledger_account, given.account_id, given.patient_id, given.payment_id, ${entry.currency}, given.cents,
      kept.balance_cents, kept.version
    from given left join kept on given.ledger_account = 'receivable' and kept.account_id = given.account_id and kept.patient_id = given.patient_id`,
  )
  return id
}

/** Whether an entry of this kind tells of this source already. */
export async function findEntry(
  tx: Tx,
  practice: PracticeId,
  kind: EntryKind,
  source: string,
): Promise<{ id: EntryId } | undefined> {
  return maybe(
    tx,
    sql<{
      id: EntryId
    }>`select id from ledger.entry where practice_id = ${practice} and kind = ${kind} and source = ${source}`,
  )
}

/** An entry's lines, as they were entered. */
export async function listEntryLines(tx: Tx, practice: PracticeId, entry: EntryId): Promise<Line[]> {
  const found = await rows(
    tx,
    sql<{
      ledgerAccount: LedgerAccount
      cents: Cents
      account: AccountId | null
      patient: PatientId | null
      payment: PaymentId | null
    }>`select ledger_account as "ledgerAccount",
      cents, account_id as account, patient_id as patient, payment_id as payment from ledger.line where practice_id = ${practice} and entry_id = ${entry} order by n`,
  )
  return found.map(({ ledgerAccount, cents, account, patient, payment }) => ({
    ledgerAccount,
    cents,
    ...(account ? { account } : {}),
    ...(patient ? { patient } : {}),
    ...(payment ? { payment } : {}),
  }))
}

/** Equal lines as one, without those of nothing. */
export function merged(lines: readonly Line[]): Line[] {
  const byKey = new Map<string, Line>()
  for (const line of lines) {
    // A receivable has one line an entry, whatever it is for, because the line carries the balance after it.
    const of = line.ledgerAccount === 'receivable' ? '' : (line.payment ?? '')
    const key = [line.ledgerAccount, line.account, line.patient, of].join(' ')
    byKey.set(key, { ...line, cents: line.cents + (byKey.get(key)?.cents ?? 0n) })
  }
  return [...byKey.values()].filter(line => line.cents !== 0n)
}
