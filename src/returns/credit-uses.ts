import { sql } from 'kysely'
import type { AccountId, EntryId, PaymentId, PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { rows, type Tx, unnested, write } from '../platform/database.ts'

/** Credit left of one payment that another used, or a part of that. */
export type CreditUse = { readonly of: PaymentId; readonly usedBy: PaymentId; readonly cents: Cents }

/** Who used a payment's credit, the newest use first, with what of each use was not taken back yet. */
export async function listCreditUses(tx: Tx, practice: PracticeId, of: PaymentId): Promise<CreditUse[]> {
  return rows(
    tx,
    sql<CreditUse>`select l.payment_id as of, e.source as "usedBy", (l.cents - coalesce((select sum(t.cents) from payments.credit_taken_back t
        where t.practice_id = ${practice} and t.credit_of = ${of} and t.used_by = e.source), 0))::bigint as cents
      from ledger.line l join ledger.entry e on e.practice_id = l.practice_id and e.id = l.entry_id
      where l.practice_id = ${practice} and l.payment_id = ${of} and l.ledger_account = 'unapplied-credit' and l.cents > 0 and e.kind = 'success'
      order by e.recorded_at desc, e.id desc`,
  )
}

/** Notes what an entry took back of such uses. */
export async function recordTakenBack(
  tx: Tx,
  practice: PracticeId,
  { account, entry, uses }: { account: AccountId; entry: EntryId; uses: readonly CreditUse[] },
): Promise<void> {
  if (uses.length === 0) return
  const given = unnested('given', uses, {
    credit_of: ['text', each => each.of],
    used_by: ['text', each => each.usedBy],
    cents: ['bigint', each => each.cents],
  })
  await write(
    tx,
    sql`insert into payments.credit_taken_back (practice_id, entry_id, credit_of, used_by, account_id, cents)
      select ${practice}, ${entry}, credit_of, used_by, ${account}, cents from ${given}`,
  )
}

/** What an entry took back of such uses. */
export async function listTakenBack(tx: Tx, practice: PracticeId, entry: EntryId): Promise<CreditUse[]> {
  return rows(
    tx,
    sql<CreditUse>`select credit_of as of, used_by as "usedBy", cents from payments.credit_taken_back where practice_id = ${practice} and entry_id = ${entry} order by credit_of, used_by`,
  )
}
