import { sql } from 'kysely'
import type { AccountId, InvoiceId, PatientId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, parseDollars } from '../kernel/money.ts'
import { list } from '../platform/database.ts'
import { contains } from '../platform/like.ts'
import { type Payment, paymentColumns, UNDER_WAY } from './payments.ts'

/** One of the practice's payments as the office lists it, with the person who is responsible for its household. */
export type TransactionRow = Payment & {
  readonly guarantor: string
  readonly patient: PatientId | null
  readonly refunded: Cents
  /** A dispute is open, or was lost. */
  readonly disputed: boolean
  readonly lost: boolean
  /** Money went back without Portico, and nobody has said what becomes of the bills. */
  readonly toDecide: boolean
  /** What somebody must post by hand: what was received and has not left again. */
  readonly unposted: Cents
}

export const TRANSACTION_STATUSES = [
  'to-post',
  'to-decide',
  'posted',
  'declined',
  'under-way',
  'refunded',
  'disputed',
  'canceled',
] as const
export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number]

export type TransactionFilter = {
  readonly q?: string | undefined
  /** One household's alone. */
  readonly account?: AccountId | undefined
  readonly since?: Temporal.Instant | undefined
  readonly status?: TransactionStatus | undefined
  readonly after?: PaymentId | undefined
  readonly limit?: number
}

/** Received and not posted; of it what the books still hold as unposted. */
const received = sql`p.status = 'succeeded' and p.posted_at is null`
const unpostedSum = sql`coalesce((select sum(l.cents) from ledger.line l where l.practice_id = p.practice_id and l.payment_id = p.id and l.ledger_account = 'unposted-payments'), 0)`

const lostUndecided = sql`d.status = 'lost' and d.booked_at is null`
const refundUndecided = sql`r.outside and r.booked_at is null and r.status <> 'failed'`
const isToDecide = sql`(exists (select from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id and ${lostUndecided})
  or exists (select from payments.refund r where r.practice_id = p.practice_id and r.payment_id = p.id and ${refundUndecided}))`

/**
 * One page of the practice's payments, newest first, keyset paged; those that were canceled only where they are asked for. `q` is the name of anyone in the
 * household, a bill's or a receipt's number, a card's last four, an amount or a reference.
 */
export function selectTransactions(practice: PracticeId, filter: TransactionFilter) {
  const since = filter.since ? sql`and p.created_at >= ${filter.since}` : sql``
  const after = filter.after
    ? sql`and (p.created_at, p.id) < (select created_at, id from payments.payment where practice_id = ${practice} and id = ${filter.after})`
    : sql``
  const account = filter.account ? sql`and p.account_id = ${filter.account}` : sql``
  return sql<TransactionRow>`select ${paymentColumns}, guarantor, patient_id as patient, refunded, disputed, lost, "toDecide", unposted from (
      select p.*, coalesce(g.full_name, '') as guarantor, g.id as patient_id,
        coalesce((select sum(amount_cents) from payments.refund r where r.practice_id = p.practice_id and r.payment_id = p.id and r.status <> 'failed'), 0)::bigint as refunded,
        exists (select from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id and d.status = 'open') as disputed,
        exists (select from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id and d.status = 'lost') as lost,
        ${isToDecide} as "toDecide",
        case when ${received} then -${unpostedSum} else 0 end::bigint as unposted
      from (select * from payments.payment p
        where p.practice_id = ${practice} ${withStatus(practice, filter.status)} ${withWords(filter.q)} ${account} ${since} ${after}
        order by created_at desc, id desc limit ${filter.limit ?? 50}) p
      left join identity.guarantor gu on gu.practice_id = p.practice_id and gu.account_id = p.account_id
      left join identity.patient g on g.practice_id = p.practice_id and g.id = gu.patient_id) t
    order by created_at desc, id desc`
}

function withWords(q: string | undefined) {
  if (!q) return sql``
  const like = contains(q)
  const cents = parseDollars(q) ?? null
  const named = sql`select i.practice_id, i.id from billing.invoice i where i.number ilike ${like}`
  const receipt = /^R-[0-9a-z]{10}$/i.test(q) ? `%${q.slice(2).toLowerCase()}` : null
  return sql`and (p.card_last4 = ${q} or p.id like ${receipt} or p.intent_id = ${q} or p.amount_cents = ${cents}::bigint or p.reference ilike ${like}
    or exists (select from (${named}) i where i.practice_id = p.practice_id and i.id = any (p.bill_ids))
    or exists (select from identity.patient h where h.practice_id = p.practice_id and h.account_id = p.account_id and h.full_name ilike ${like})
    or exists (select from payments.reservation r join (${named}) i on i.practice_id = r.practice_id and i.id = r.invoice_id where r.practice_id = p.practice_id and r.payment_id = p.id)
    or exists (select from billing.allocation a join (${named}) i on i.practice_id = a.practice_id and i.id = a.invoice_id where a.practice_id = p.practice_id and a.payment_id = p.id))`
}

function withStatus(practice: PracticeId, status: TransactionStatus | undefined) {
  switch (status) {
    case 'to-post':
      return sql`and ${received} and ${unpostedSum} < 0`
    case 'to-decide':
      // They are few among all payments: found first, by their own indexes.
      return sql`and p.id = any (array(select payment_id from (${undecided(practice)}) undecided))`
    case 'posted':
      return sql`and p.posted_at is not null`
    case 'declined':
      return sql`and p.status = 'failed'`
    case 'under-way':
      return sql`and p.status in ${UNDER_WAY}`
    case 'refunded':
      return sql`and exists (select from payments.refund r where r.practice_id = p.practice_id and r.payment_id = p.id and r.status <> 'failed')`
    case 'disputed':
      return sql`and exists (select from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id)`
    case 'canceled':
      return sql`and p.status = 'canceled'`
    case undefined:
      return sql`and p.status <> 'canceled'`
  }
}

export type BillOfPayment = {
  readonly payment: PaymentId
  readonly bill: InvoiceId
  readonly number: string
}

/** The bills of each of these payments: what it went to, what it has reserved, or, where neither, what the payer picked. */
export function selectBillsOf(practice: PracticeId, payments: readonly PaymentId[]) {
  return sql<BillOfPayment>`with given as (
      select payment_id, invoice_id from payments.reservation where practice_id = ${practice} and payment_id = any (${list(payments)})
      union select payment_id, invoice_id from billing.allocation where practice_id = ${practice} and payment_id = any (${list(payments)})
    ), picked as (
      select id as payment_id, unnest(bill_ids) as invoice_id from payments.payment p where practice_id = ${practice} and id = any (${list(payments)})
        and not exists (select from given where given.payment_id = p.id)
    )
    select b.payment_id as payment, i.id as bill, i.number from (select * from given union select * from picked) b
    join billing.invoice i on i.practice_id = ${practice} and i.id = b.invoice_id order by b.payment_id, i.due_on, i.id`
}

export type PaymentSum = { readonly cents: Cents; readonly payments: bigint }

/** What waits to be posted by hand: a partial index finds just those, the books say how much is left of each. */
export function selectToPost(practice: PracticeId) {
  return sql<PaymentSum>`select coalesce(-sum(held), 0)::bigint as cents, count(*) as payments
    from (select ${unpostedSum} as held from payments.payment p where p.practice_id = ${practice} and ${received}) unposted where held < 0`
}

/** What went back without Portico and waits for staff to say what becomes of the bills; partial indexes find just those. */
export function selectToDecide(practice: PracticeId) {
  return sql<PaymentSum>`select coalesce(sum(cents), 0)::bigint as cents, count(distinct payment_id) as payments from (${undecided(practice)}) undecided`
}

function undecided(practice: PracticeId) {
  return sql`select d.payment_id, d.amount_cents as cents from payments.dispute d where d.practice_id = ${practice} and ${lostUndecided}
    union all select r.payment_id, r.amount_cents from payments.refund r where r.practice_id = ${practice} and ${refundUndecided}`
}

/** What was declined of payments started since an instant. */
export function selectDeclined(practice: PracticeId, since: Temporal.Instant) {
  return sql<PaymentSum>`select coalesce(sum(amount_cents - credit_cents), 0)::bigint as cents, count(*) as payments
    from payments.payment where practice_id = ${practice} and created_at >= ${since}::timestamptz and status = 'failed'`
}
