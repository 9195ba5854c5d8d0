import { sql } from 'kysely'
import type { DisputeId, InvoiceId, PatientId, PaymentId, RefundId } from '../../src/kernel/ids.ts'
import { sumCents } from '../../src/kernel/money.ts'
import type { PaymentStatus } from '../../src/payments/payments.ts'
import { batch } from '../../src/platform/database.ts'
import { refundableFrom, selectRefundable } from '../../src/returns/refundable.ts'
import type { Scene } from './scene.ts'

/** A payment as its own row and the sums of the ledger show it, in cents. */
export type SeenPayment = {
  readonly id: PaymentId
  readonly status: PaymentStatus
  readonly isCard: boolean
  /** What the card was charged or the desk received. */
  readonly tendered: bigint
  /** What went back of it for good: refunds that did not fail, those made outside and disputes once staff decided. */
  readonly gone: bigint
  readonly isPosted: boolean
  /** Whether the machine looks at it again. */
  readonly isWatched: boolean
  readonly unposted: bigint
  readonly credit: bigint
  readonly creditReserved: bigint
  readonly held: bigint
  readonly payable: bigint
  readonly disputed: bigint
  /** The most that the office offers to refund. */
  readonly refundable: bigint
}

export type SeenBill = {
  readonly id: InvoiceId
  readonly total: bigint
  readonly open: bigint
  readonly reserved: bigint
  /** The part that the practice bears. */
  readonly writtenOff: bigint
  /** The part that a later payer bears, or that is gone with the bill. */
  readonly elsewhere: bigint
}

/** Money that goes back, and who is to see to it. */
export type SeenReturn = {
  readonly id: RefundId | DisputeId
  readonly payment: PaymentId
  readonly amount: bigint
  readonly kind: 'refund' | 'dispute'
  readonly state: 'asked' | 'open' | 'to decide' | 'ended' | 'failed' | 'won'
  readonly reopens: boolean | null
  readonly isWatched: boolean
  /** Its id at the processor. */
  readonly there: string | null
}

/** A household's money at one instant. */
export type Seen = {
  readonly payments: readonly SeenPayment[]
  readonly bills: readonly SeenBill[]
  readonly returns: readonly SeenReturn[]
  readonly receivables: readonly { patient: PatientId; kept: bigint; open: bigint }[]
  /** What the practice bears of what went back. */
  readonly borne: bigint
  /** The worst of what may never be below zero. */
  readonly least: bigint
}

/** Reads it all in two round trips; what was seen last is kept in the scene. */
export async function see(scene: Scene): Promise<Seen> {
  const { bank, account } = scene
  const { practice } = bank
  scene.seen = await bank.read(async tx => {
    const [payments, bills, returns, receivables, [sums]] = await batch(tx, [
      selectPayments(practice, account),
      selectBills(practice, account),
      selectReturns(practice, account),
      selectReceivables(practice, account),
      selectSums(practice, account),
    ])
    const behind = await Promise.all(payments.map(({ id }) => batch(tx, selectRefundable(practice, { id, account }))))
    const offered = payments.map((payment, n) => {
      const asRow = { ...payment, amount: payment.tendered, creditUsed: 0n }
      return { ...payment, refundable: refundableFrom(asRow, behind[n] ?? [[], [], []]) }
    })
    return { payments: offered, bills, returns, receivables, borne: sums?.borne ?? 0n, least: sums?.least ?? 0n }
  })
  return scene.seen
}

type Of = Scene['account']

function selectPayments(practice: string, account: Of) {
  const sum = (names: string[], sign = 1) =>
    sql`(select coalesce(sum(cents), 0) * ${sql.lit(sign)} from ledger.line l where l.practice_id = p.practice_id and l.payment_id = p.id and ledger_account in (${sql.join(names.map(name => sql.lit(name)))}))::bigint`
  return sql<Omit<SeenPayment, 'refundable'>>`select id, status, method_kind = 'card' as "isCard",
      case when status = 'succeeded' then amount_cents - credit_cents else 0 end as tendered,
      (select coalesce(sum(amount_cents), 0) from (
        select amount_cents from payments.refund r where r.practice_id = p.practice_id and r.payment_id = p.id and status <> 'failed' and (not outside or booked_at is not null)
        union all select amount_cents from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id and booked_at is not null) gone)::bigint as gone,
      posted_at is not null as "isPosted", check_at is not null as "isWatched",
      ${sum(['unposted-payments'], -1)} as unposted, ${sum(['unapplied-credit'], -1)} as credit, ${sum(['processor-clearing', 'cash-and-cheque'])} as held,
      ${sum(['refunds-payable'], -1)} as payable, ${sum(['disputed'])} as disputed,
      (select coalesce(sum(cents), 0) from payments.credit_reservation c where c.practice_id = p.practice_id and c.credit_of = p.id)::bigint as "creditReserved"
    from payments.payment p where practice_id = ${practice} and account_id = ${account} order by id`
}

function selectBills(practice: string, account: Of) {
  const sum = (table: string, which = sql`true`) =>
    sql`(select coalesce(sum(cents), 0) from ${sql.table(table)} x where x.practice_id = i.practice_id and x.invoice_id = i.id and ${which})::bigint`
  return sql<SeenBill>`select id, total_cents as total, open_cents as open, ${sum('payments.reservation')} as reserved,
      ${sum('billing.allocation', sql`written_off`)} as "writtenOff", ${sum('billing.allocation', sql`payment_id is null and not written_off`)} as elsewhere
    from billing.invoice i where practice_id = ${practice} and account_id = ${account} order by due_on, id`
}

function selectReturns(practice: string, account: Of) {
  return sql<SeenReturn>`select id, payment_id as payment, amount_cents as amount, 'refund' as kind, reopens, check_at is not null as "isWatched", processor_refund as there,
      case when status = 'failed' then 'failed' when outside and booked_at is null then 'to decide' when status = 'succeeded' then 'ended' else 'asked' end as state
    from payments.refund where practice_id = ${practice} and account_id = ${account}
    union all select id, payment_id, amount_cents, 'dispute', reopens, check_at is not null, processor_dispute,
      case when status = 'lost' and booked_at is null then 'to decide' when status = 'lost' then 'ended' else status end
    from payments.dispute where practice_id = ${practice} and account_id = ${account} order by id`
}

function selectReceivables(practice: string, account: Of) {
  return sql<Seen['receivables'][number]>`select p.id as patient,
      coalesce((select balance_cents from ledger.receivable r where r.practice_id = p.practice_id and r.account_id = p.account_id and r.patient_id = p.id), 0)::bigint as kept,
      (select coalesce(sum(open_cents), 0) from billing.invoice i where i.practice_id = p.practice_id and i.account_id = p.account_id and i.patient_id = p.id)::bigint as open
    from identity.patient p where practice_id = ${practice} and account_id = ${account}`
}

/** Adjustments that insurers made belong to the issue of a bill; all others of a payment are what the practice bears. */
function selectSums(practice: string, account: Of) {
  return sql<{ borne: bigint; least: bigint }>`select
      (select coalesce(sum(cents), 0) from ledger.line where practice_id = ${practice} and account_id = ${account} and ledger_account = 'adjustments' and payment_id is not null)::bigint as borne,
      (select coalesce(min(cents), 0) from (
        select open_cents as cents from billing.invoice_line where practice_id = ${practice} and account_id = ${account}
        union all select il.open_cents - sum(r.cents) from billing.invoice_line il join payments.reservation r on r.practice_id = il.practice_id and r.invoice_line_id = il.id
          where il.practice_id = ${practice} and il.account_id = ${account} group by il.id, il.open_cents
        union all select sum(cents) from billing.allocation where practice_id = ${practice} and account_id = ${account} group by invoice_line_id, payment_id, written_off) worst)::bigint as least`
}

export const received = (seen: Seen) => seen.payments.filter(each => each.status === 'succeeded')
export const unposted = (seen: Seen) => received(seen).filter(each => !each.isPosted)
export const openAttempts = (seen: Seen) => seen.payments.filter(each => each.status === 'requires_action')
/** What is owed now: open, less what is being paid. */
export const owedIn = (seen: Seen) => sumCents(seen.bills.map(bill => bill.open - bill.reserved))
export const creditIn = (seen: Seen) => sumCents(seen.payments.map(each => each.credit))
/** What is left of a payment's own money. */
export const ownOf = ({ tendered, gone }: Pick<SeenPayment, 'tendered' | 'gone'>) =>
  tendered > gone ? tendered - gone : 0n

export function paymentIn(seen: Seen, id: PaymentId): SeenPayment {
  const found = seen.payments.find(each => each.id === id)
  if (!found) throw new Error(`There is no payment ${id}.`)
  return found
}
