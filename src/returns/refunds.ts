import { sql } from 'kysely'
import type { AccountId, InvoiceId, PaymentId, PracticeId, RefundId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { list, maybe, rows, type Tx } from '../platform/database.ts'
import { processorNow } from '../processor/clocks.ts'

/** Money sent back of a payment. */
export type Refund = {
  readonly id: RefundId
  readonly payment: PaymentId
  readonly account: AccountId
  readonly amount: Cents
  /** Whether what it paid is owed again; null where staff have yet to say so. */
  readonly reopens: boolean | null
  readonly reason: string
  readonly status: 'created' | 'submitted' | 'succeeded' | 'failed'
  readonly attempt: number
  readonly processorRefund: string | null
  readonly createdAt: Temporal.Instant
  readonly submittedAt: Temporal.Instant | null
  /** The same by the processor's clock, where it was known. */
  readonly processorSubmittedAt: Temporal.Instant | null
  readonly finishedAt: Temporal.Instant | null
  /** Made at the processor past Portico: staff say afterwards what becomes of the bills. */
  readonly outside: boolean
  /** When staff did, of one that was made outside. */
  readonly bookedAt: Temporal.Instant | null
}

const columns = sql`id, payment_id as payment, account_id as account, amount_cents as amount, reopens, reason, status, attempt, processor_refund as "processorRefund",
  created_at as "createdAt", submitted_at as "submittedAt", processor_submitted_at as "processorSubmittedAt", finished_at as "finishedAt",
  outside, booked_at as "bookedAt"`

export async function findRefund(tx: Tx, practice: PracticeId, id: RefundId): Promise<Refund | undefined> {
  return maybe(tx, sql<Refund>`select ${columns} from payments.refund where practice_id = ${practice} and id = ${id}`)
}

export async function lockRefund(tx: Tx, practice: PracticeId, id: RefundId): Promise<Refund | undefined> {
  return maybe(
    tx,
    sql<Refund>`select ${columns} from payments.refund where practice_id = ${practice} and id = ${id} for update`,
  )
}

/** A payment's refunds in the order they were asked; the query for batches. */
export function selectRefunds(practice: PracticeId, payment: PaymentId) {
  return sql<Refund>`select ${columns} from payments.refund where practice_id = ${practice} and payment_id = ${payment} order by created_at, id`
}

/** Locks the refund that the processor calls by this name, where it is known. */
export async function lockRefundThere(tx: Tx, practice: PracticeId, there: string): Promise<Refund | undefined> {
  return maybe(
    tx,
    sql<Refund>`select ${columns} from payments.refund where practice_id = ${practice} and processor_refund = ${there} for update`,
  )
}

/** Whether staff have yet to say what becomes of the bills that it had paid. */
export function isToDecide({ outside, bookedAt, status }: Pick<Refund, 'outside' | 'bookedAt' | 'status'>): boolean {
  return outside && bookedAt === null && status !== 'failed'
}

/** Whether a refund's outcome is still open. */
export function isOnItsWay(refund: Pick<Refund, 'status'>): boolean {
  return refund.status === 'created' || refund.status === 'submitted'
}

/** Whether a refund is on its way of a payment that gave to one of these bills: should it fail, its money comes back to them. */
export async function hasRefundOnItsWay(
  tx: Tx,
  practice: PracticeId,
  invoices: readonly InvoiceId[],
): Promise<boolean> {
  const found = await rows(
    tx,
    sql`select from payments.refund r where r.practice_id = ${practice} and r.status in ('created', 'submitted')
      and r.payment_id in (select a.payment_id from billing.allocation a where a.practice_id = ${practice} and a.invoice_id = any (${list(invoices)})) limit 1`,
  )
  return found.length > 0
}

export async function insertRefund(
  tx: Tx,
  practice: PracticeId,
  refund: Pick<Refund, 'id' | 'payment' | 'account' | 'amount' | 'reopens' | 'reason'> & { actor: string },
): Promise<void> {
  await sql`insert into payments.refund (practice_id, id, payment_id, account_id, amount_cents, reopens, reason, status, actor, check_at)
    values (${practice}, ${refund.id}, ${refund.payment}, ${refund.account}, ${refund.amount}, ${refund.reopens}, ${refund.reason}, 'created', ${refund.actor}, now() + interval '5 seconds')`.execute(
    tx,
  )
}

/** Keeps a refund that was made outside: done, as far as the books are concerned, and looked at again while its bank may refuse it. */
export async function insertOutsideRefund(
  tx: Tx,
  practice: PracticeId,
  refund: Pick<Refund, 'id' | 'payment' | 'account' | 'amount'> & {
    processorRefund: string
    madeAt: Temporal.Instant
    actor: string
    checkIn: number | null
  },
): Promise<void> {
  await sql`insert into payments.refund (practice_id, id, payment_id, account_id, amount_cents, outside, status, actor, processor_refund, finished_at, check_at)
    values (${practice}, ${refund.id}, ${refund.payment}, ${refund.account}, ${refund.amount}, true, 'succeeded', ${refund.actor}, ${refund.processorRefund},
      ${refund.madeAt}, clock_timestamp() + make_interval(secs => ${refund.checkIn}))`.execute(tx)
}

/** When an outside refund is looked at again. */
export async function checkRefundIn(tx: Tx, practice: PracticeId, id: RefundId, seconds: number | null): Promise<void> {
  await sql`update payments.refund set check_at = clock_timestamp() + make_interval(secs => ${seconds}) where practice_id = ${practice} and id = ${id}`.execute(
    tx,
  )
}

export async function markRefundBooked(tx: Tx, practice: PracticeId, id: RefundId, reopens: boolean): Promise<void> {
  await sql`update payments.refund set reopens = ${reopens}, booked_at = now() where practice_id = ${practice} and id = ${id}`.execute(
    tx,
  )
}

/** Changes a refund's own columns; the caller holds the household's lock. A new attempt's key is as old as the attempt. */
export async function updateRefund(
  tx: Tx,
  practice: PracticeId,
  id: RefundId,
  change: { status: Refund['status']; processorRefund?: string | null; attempt?: number; checkIn: number | null },
): Promise<void> {
  await sql`update payments.refund set status = ${change.status}, processor_refund = coalesce(${change.processorRefund ?? null}, processor_refund),
    attempt = coalesce(${change.attempt ?? null}::integer, attempt),
    submitted_at = case when ${change.attempt ?? null}::integer is not null or (${change.status} = 'submitted' and submitted_at is null)
      then clock_timestamp() else submitted_at end,
    processor_submitted_at = case when ${change.attempt ?? null}::integer is not null or (${change.status} = 'submitted' and submitted_at is null)
      then ${processorNow(practice, sql`(select connection_id from payments.payment p where p.practice_id = ${practice} and p.id = refund.payment_id)`)} else processor_submitted_at end,
    finished_at = case when ${change.status} in ('succeeded', 'failed') then clock_timestamp() end,
    check_at = clock_timestamp() + make_interval(secs => ${change.checkIn})
    where practice_id = ${practice} and id = ${id}`.execute(tx)
}
