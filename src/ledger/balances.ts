import { sql } from 'kysely'
import type { AccountId, EntryId, PaymentId, PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { one, rows, type Tx } from '../platform/database.ts'
import type { EntryKind, LedgerAccount } from './entries.ts'

/** What is held of one payment that no bill uses. */
export type CreditOf = { readonly payment: PaymentId; readonly cents: Cents }

/** The household's unapplied credit, by the payment it is left of, oldest first; the query for batches. */
export function selectCredit(practice: PracticeId, account: AccountId) {
  return sql<CreditOf>`select payment_id as payment, (-sum(cents))::bigint as cents from ledger.line
    where practice_id = ${practice} and account_id = ${account} and ledger_account = 'unapplied-credit'
    group by payment_id having sum(cents) < 0 order by payment_id`
}

/** What the ledger holds under one payment's name: liabilities as positive amounts, assets as they stand. */
export type PaymentBalances = {
  readonly unposted: Cents
  readonly credit: Cents
  readonly held: Cents
  readonly refundsPayable: Cents
  readonly disputed: Cents
}

export async function getPaymentBalances(tx: Tx, practice: PracticeId, payment: PaymentId): Promise<PaymentBalances> {
  return one(tx, selectPaymentBalances(practice, payment))
}

/** The query behind getPaymentBalances, for batches; always one row. */
export function selectPaymentBalances(practice: PracticeId, payment: PaymentId) {
  const sum = (account: LedgerAccount) =>
    sql`coalesce(sum(cents) filter (where ledger_account = ${account}), 0)::bigint`
  return sql<PaymentBalances>`select -(${sum('unposted-payments')}) as unposted, -(${sum('unapplied-credit')}) as credit,
    ${sum('processor-clearing')} + ${sum('cash-and-cheque')} as held, -(${sum('refunds-payable')}) as "refundsPayable", ${sum('disputed')} as disputed
    from ledger.line where practice_id = ${practice} and payment_id = ${payment}`
}

/** What a payment's posting kept as credit, whatever became of it since; the query for batches. */
export function selectKeptAsCredit(practice: PracticeId, payment: PaymentId) {
  return sql<{ cents: Cents }>`select coalesce(-sum(l.cents), 0)::bigint as cents from ledger.entry e
    join ledger.line l on l.practice_id = e.practice_id and l.entry_id = e.id
    where e.practice_id = ${practice} and e.kind = 'posting' and e.source = ${payment} and l.ledger_account = 'unapplied-credit'`
}

/** One line of a payment's story in the books. */
export type StoryLine = {
  readonly entry: EntryId
  readonly kind: EntryKind
  readonly occurredOn: Temporal.PlainDate
  readonly recordedAt: Temporal.Instant
  readonly actor: string
  readonly ledgerAccount: LedgerAccount
  readonly cents: Cents
}

/** Every ledger line of the entries that name this payment, in the order they were recorded. */
export async function listPaymentStory(tx: Tx, practice: PracticeId, payment: PaymentId): Promise<StoryLine[]> {
  return rows(
    tx,
    sql<StoryLine>`select e.id as entry, e.kind, e.occurred_on as "occurredOn", e.recorded_at as "recordedAt", e.actor, l.ledger_account as "ledgerAccount", l.cents
      from ledger.entry e join ledger.line l on l.practice_id = e.practice_id and l.entry_id = e.id
      where e.practice_id = ${practice} and e.id in (select entry_id from ledger.line where practice_id = ${practice} and payment_id = ${payment})
      order by e.recorded_at, e.id, l.n`,
  )
}

/** The payments whose unapplied credit was used by others, and by which: newest use first. */
export async function listCreditUses(
  tx: Tx,
  practice: PracticeId,
  payment: PaymentId,
): Promise<{ usedBy: PaymentId; cents: Cents }[]> {
  return rows(
    tx,
    sql<{ usedBy: PaymentId; cents: Cents }>`select e.source as "usedBy", l.cents from ledger.line l
      join ledger.entry e on e.practice_id = l.practice_id and e.id = l.entry_id
      where l.practice_id = ${practice} and l.payment_id = ${payment} and l.ledger_account = 'unapplied-credit' and l.cents > 0 and e.kind = 'success'
      order by e.recorded_at desc, e.id desc`,
  )
}
