import { type RawBuilder, sql } from 'kysely'
import type { Share } from '../billing/allocations.ts'
import {
  type AccountId,
  type ConnectionId,
  type InvoiceId,
  isId,
  type LoginId,
  type MethodId,
  type PaymentId,
  type PracticeId,
} from '../kernel/ids.ts'
import type { Cents, Currency } from '../kernel/money.ts'
import type { CreditOf } from '../ledger/balances.ts'
import { list, maybe, type Tx, write } from '../platform/database.ts'
import { processorNow } from '../processor/clocks.ts'
import type { AttemptOrder } from '../processor/processor.ts'
import { insertCreditReservations, insertReservations } from './reservations.ts'

export type PaymentStatus =
  | 'created'
  | 'submitted'
  | 'requires_action'
  | 'clearing'
  | 'succeeded'
  | 'failed'
  | 'canceled'
export type Keep = 'no' | 'save' | 'default'

/** Where the payer is led back to, whom they read is paid, in which language. */
export type Asked = Pick<AttemptOrder, 'returnUrl' | 'payee' | 'locale'>

/** Money received or attempted: one fact. What it went to are billing's allocations. */
export type Payment = {
  readonly id: PaymentId
  readonly account: AccountId
  readonly origin: 'portal' | 'desk'
  readonly methodKind: 'card' | 'cash' | 'cheque' | 'credit'
  readonly status: PaymentStatus
  readonly currency: Currency
  /** What the form asked for. */
  readonly ordered: Cents
  /** All of it: what the card is charged plus the credit it uses. */
  readonly amount: Cents
  readonly creditUsed: Cents
  readonly bills: readonly InvoiceId[]
  readonly connection: ConnectionId | null
  readonly attempt: number
  readonly method: MethodId | null
  readonly processorMethod: string | null
  readonly processorCustomer: string | null
  readonly keep: Keep
  /** Whether it was asked on a page of the processor's own: for the words that its payer reads. */
  readonly hosted: boolean
  /** What the rest of the request says, kept so that it can be repeated as it was; null where no processor is asked. */
  readonly asked: Asked | null
  /** What the processor made: what is looked at and cancelled there. */
  readonly made: string | null
  /** The charge: what refunds and disputes name. */
  readonly intent: string | null
  readonly actionUrl: string | null
  readonly cardBrand: string | null
  readonly cardLast4: string | null
  readonly reference: string | null
  readonly failureCode: string | null
  readonly login: LoginId | null
  readonly createdAt: Temporal.Instant
  readonly submittedAt: Temporal.Instant | null
  /** The same by the processor's clock, where it was known. */
  readonly processorSubmittedAt: Temporal.Instant | null
  readonly receivedAt: Temporal.Instant | null
  readonly finishedAt: Temporal.Instant | null
  readonly postedAt: Temporal.Instant | null
}

/** A payment's columns, for the queries that read whole payments. */
export const paymentColumns = sql`id, account_id as account, origin, method_kind as "methodKind", status, currency, ordered_cents as ordered, amount_cents as amount, credit_cents as "creditUsed", bill_ids as bills,
  connection_id as connection, attempt, method_id as method, processor_method as "processorMethod", processor_customer as "processorCustomer", keep, hosted,
  case when return_url is not null then jsonb_build_object('returnUrl', return_url, 'payee', payee, 'locale', locale) end as asked, attempt_id as made, intent_id as intent, action_url as "actionUrl", card_brand as "cardBrand", card_last4 as "cardLast4", reference, failure_code as "failureCode",
  login_id as login, created_at as "createdAt", submitted_at as "submittedAt", processor_submitted_at as "processorSubmittedAt", received_at as "receivedAt", finished_at as "finishedAt", posted_at as "postedAt"`

/** What the card is charged, or the desk received: the amount without the credit it uses. */
export function tendered(payment: Pick<Payment, 'amount' | 'creditUsed'>): Cents {
  return payment.amount - payment.creditUsed
}

/** The number on a payment's receipt: `R-` and the end of its id. */
export function receiptNumber(payment: PaymentId): string {
  return `R-${payment.slice(-10).toUpperCase()}`
}

const underWay: readonly PaymentStatus[] = ['created', 'submitted', 'requires_action', 'clearing']

/** What a payment under way may be, for `status in …`; written out, so that an index of just those fits. */
export const UNDER_WAY = sql`(${sql.join(underWay.map(status => sql.lit(status)))})`

export function isUnderWay(payment: Pick<Payment, 'status'>): boolean {
  return underWay.includes(payment.status)
}

/** A payment this transaction may see; undefined when unknown or out of sight. */
export async function findPayment(tx: Tx, practice: PracticeId, id: PaymentId): Promise<Payment | undefined> {
  return maybe(tx, selectPayment(practice, id))
}

/** The query behind findPayment, for batches. */
export function selectPayment(practice: PracticeId, id: PaymentId): RawBuilder<Payment> {
  return sql<Payment>`select ${paymentColumns} from payments.payment where practice_id = ${practice} and id = ${id}`
}

/** The payment that an object of the processor names, checked against our own rows: the practice it names, too. */
export async function findNamed(
  tx: Tx,
  practice: PracticeId,
  named: { practice: string | undefined; payment: string | undefined },
): Promise<Payment | undefined> {
  const { payment } = named
  return named.practice === practice && payment && isId('pay', payment) ? findPayment(tx, practice, payment) : undefined
}

/** Locks a payment, after its household's account row and its invoices; the query for batches. */
export function selectPaymentLock(practice: PracticeId, id: PaymentId): RawBuilder<Payment> {
  return sql<Payment>`${selectPayment(practice, id)} for update`
}

/** The household of a payment, as a part of another query. */
export function selectAccountOf(practice: PracticeId, id: PaymentId): RawBuilder<AccountId> {
  return sql<AccountId>`(select account_id from payments.payment where practice_id = ${practice} and id = ${id})`
}

/** Marks a payment submitted where it still is created, recovery has not taken it and its minute is not over, and answers it then. For batches, under the household's lock. */
export function markSubmitted(practice: PracticeId, id: PaymentId) {
  return sql<Payment>`update payments.payment set status = 'submitted', submitted_at = clock_timestamp(), processor_submitted_at = ${processorNow(practice, sql`connection_id`)}, check_at = clock_timestamp() + interval '12 seconds'
    where practice_id = ${practice} and id = ${id} and status = 'created' and checks = 0 and check_at > clock_timestamp() returning ${paymentColumns}`
}

/** A household's payments, newest first, keyset paged; attempts that ended without money left out. */
export function selectPayments(
  practice: PracticeId,
  account: AccountId,
  { after, limit = 50 }: { after?: PaymentId | undefined; limit?: number } = {},
) {
  const older = after
    ? sql`and (created_at, id) < (select created_at, id from payments.payment where practice_id = ${practice} and id = ${after})`
    : sql``
  return sql<Payment>`select ${paymentColumns} from payments.payment where practice_id = ${practice} and account_id = ${account}
    and status not in ('canceled', 'failed') ${older} order by created_at desc, id desc limit ${limit}`
}

/** Payments of a household that are under way or wait to be posted: what the "you owe" sum already leaves out. */
export function selectUnderWay(practice: PracticeId, account: AccountId) {
  return sql<Payment>`select ${paymentColumns} from payments.payment where practice_id = ${practice} and account_id = ${account}
    and (status in ${UNDER_WAY} or (status = 'succeeded' and posted_at is null)) order by created_at, id`
}

export type NewPayment = Pick<
  Payment,
  | 'id'
  | 'account'
  | 'origin'
  | 'methodKind'
  | 'currency'
  | 'amount'
  | 'creditUsed'
  | 'bills'
  | 'connection'
  | 'method'
  | 'processorMethod'
  | 'processorCustomer'
  | 'keep'
  | 'hosted'
  | 'asked'
  | 'reference'
  | 'login'
  | 'cardBrand'
  | 'cardLast4'
> & {
  readonly actor: string
  readonly shares: readonly Share[]
  readonly credit: readonly CreditOf[]
  readonly createdAt: Temporal.Instant
}

/** Inserts a payment as created with what it reserves of bills and credit, and answers it; recovery looks at it after a minute. */
export async function insertPayment(tx: Tx, practice: PracticeId, p: NewPayment): Promise<Payment> {
  await write(
    tx,
    sql`insert into payments.payment (practice_id, id, account_id, origin, method_kind, status, currency, ordered_cents, amount_cents, credit_cents, bill_ids, connection_id, method_id,
      processor_method, processor_customer, keep, hosted, return_url, payee, locale, reference, login_id, card_brand, card_last4, actor, created_at, check_at)
    values (${practice}, ${p.id}, ${p.account}, ${p.origin}, ${p.methodKind}, 'created', ${p.currency}, ${p.amount}, ${p.amount}, ${p.creditUsed}, ${list(p.bills)}, ${p.connection}, ${p.method},
      ${p.processorMethod}, ${p.processorCustomer}, ${p.keep}, ${p.hosted}, ${p.asked?.returnUrl ?? null}, ${p.asked?.payee ?? null}, ${p.asked?.locale ?? null}, ${p.reference}, ${p.login}, ${p.cardBrand}, ${p.cardLast4}, ${p.actor}, ${p.createdAt}, now() + interval '60 seconds')`,
  )
  await insertReservations(tx, practice, p)
  await insertCreditReservations(tx, practice, p)
  const { actor, shares, credit, ...given } = p
  return { ...given, ...NEW, ordered: p.amount }
}

const NEW = {
  status: 'created',
  attempt: 1,
  made: null,
  intent: null,
  actionUrl: null,
  failureCode: null,
  submittedAt: null,
  processorSubmittedAt: null,
  receivedAt: null,
  finishedAt: null,
  postedAt: null,
} as const satisfies Partial<Payment>

/** What may change of a payment. */
export type PaymentChange = {
  status?: PaymentStatus
  attempt?: number
  made?: string
  intent?: string
  actionUrl?: string | null
  card?: { brand: string; last4: string } | null
  failureCode?: string | null
  amount?: Cents
  creditUsed?: Cents
  receivedAt?: Temporal.Instant
  finishedAt?: 'now'
  postedAt?: Temporal.Instant | null
  checkIn?: number | null
}

/** Changes a payment's own columns; the caller holds its lock. */
export async function updatePayment(tx: Tx, practice: PracticeId, id: PaymentId, change: PaymentChange): Promise<void> {
  const sets: RawBuilder<unknown>[] = []
  if (change.status) sets.push(sql`status = ${change.status}`)
  if (change.attempt) sets.push(sql`attempt = ${change.attempt}`)
  if (change.made) sets.push(sql`attempt_id = ${change.made}`)
  if (change.intent) sets.push(sql`intent_id = ${change.intent}`)
  if (change.actionUrl !== undefined) sets.push(sql`action_url = ${change.actionUrl}`)
  if (change.card) sets.push(sql`card_brand = ${change.card.brand}, card_last4 = ${change.card.last4}`)
  if (change.failureCode !== undefined) sets.push(sql`failure_code = ${change.failureCode}`)
  if (change.amount !== undefined) sets.push(sql`amount_cents = ${change.amount}`)
  if (change.creditUsed !== undefined) sets.push(sql`credit_cents = ${change.creditUsed}`)
  if (change.receivedAt) sets.push(sql`received_at = ${change.receivedAt}`)
  if (change.finishedAt) sets.push(sql`finished_at = clock_timestamp()`)
  if (change.postedAt !== undefined) sets.push(sql`posted_at = ${change.postedAt}`)
  if (change.checkIn !== undefined)
    sets.push(
      change.checkIn === null
        ? sql`check_at = null`
        : sql`check_at = clock_timestamp() + make_interval(secs => ${change.checkIn})`,
    )
  await write(tx, sql`update payments.payment set ${sql.join(sets)} where practice_id = ${practice} and id = ${id}`)
}

export type BillPayment = Payment & { readonly reserved: Cents }

/** Every payment that gave to a bill, would give to it, or was tried for it; with what it still reserves of it. The query for batches. */
export function selectBillPayments(practice: PracticeId, bill: InvoiceId) {
  return sql<BillPayment>`select ${paymentColumns}, coalesce((select sum(r.cents) from payments.reservation r where r.practice_id = ${practice} and r.payment_id = p.id and r.invoice_id = ${bill}), 0)::bigint as reserved
    from payments.payment p where practice_id = ${practice} and status <> 'canceled' and id in (
      select payment_id from billing.allocation where practice_id = ${practice} and invoice_id = ${bill} and payment_id is not null
      union select payment_id from payments.reservation where practice_id = ${practice} and invoice_id = ${bill}
      union select id from payments.payment where practice_id = ${practice} and status = 'failed' and bill_ids @> array[${bill}]
        and account_id = (select account_id from billing.invoice where practice_id = ${practice} and id = ${bill}))
    order by created_at, id`
}
