import { type RawBuilder, sql } from 'kysely'
import type { Share } from '../billing/allocations.ts'
import type { OpenLine } from '../billing/invoices.ts'
import type {
  AccountId,
  ConnectionId,
  InvoiceId,
  LoginId,
  MethodId,
  PatientId,
  PaymentId,
  PracticeId,
} from '../kernel/ids.ts'
import type { Cents, Currency } from '../kernel/money.ts'
import type { CreditOf } from '../ledger/balances.ts'
import { list, maybe, rows, type Tx } from '../platform/database.ts'

export type PaymentStatus =
  | 'created'
  | 'submitted'
  | 'requires_action'
  | 'clearing'
  | 'succeeded'
  | 'failed'
  | 'canceled'
export type Keep = 'no' | 'save' | 'default'

/** Money received or attempted: one fact. What it went to are billing's allocations. */
export type Payment = {
  readonly id: PaymentId
  readonly account: AccountId
  readonly origin: 'portal' | 'desk'
  readonly methodKind: 'card' | 'cash' | 'cheque' | 'credit'
  readonly status: PaymentStatus
  readonly currency: Currency
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
  readonly hosted: boolean
  readonly intent: string | null
  readonly session: string | null
  readonly actionUrl: string | null
  readonly cardBrand: string | null
  readonly cardLast4: string | null
  readonly reference: string | null
  readonly failureCode: string | null
  readonly login: LoginId | null
  readonly createdAt: Temporal.Instant
  readonly submittedAt: Temporal.Instant | null
  readonly receivedAt: Temporal.Instant | null
  readonly finishedAt: Temporal.Instant | null
  readonly postedAt: Temporal.Instant | null
  readonly checks: number
}

const columns = sql`id, account_id as account, origin, method_kind as "methodKind", status, currency, amount_cents as amount, credit_cents as "creditUsed", bill_ids as bills,
  connection_id as connection, attempt, method_id as method, processor_method as "processorMethod", processor_customer as "processorCustomer", keep, hosted,
  intent_id as intent, session_id as session, action_url as "actionUrl", card_brand as "cardBrand", card_last4 as "cardLast4", reference, failure_code as "failureCode",
  login_id as login, created_at as "createdAt", submitted_at as "submittedAt", received_at as "receivedAt", finished_at as "finishedAt", posted_at as "postedAt", checks`

/** What the card is charged, or the desk received: the amount without the credit it uses. */
export function tendered(payment: Pick<Payment, 'amount' | 'creditUsed'>): Cents {
  return payment.amount - payment.creditUsed
}

export function isUnderWay(payment: Pick<Payment, 'status'>): boolean {
  return (
    payment.status === 'created' ||
    payment.status === 'submitted' ||
    payment.status === 'requires_action' ||
    payment.status === 'clearing'
  )
}

/** A payment this transaction may see; undefined when unknown or out of sight. */
export async function findPayment(tx: Tx, practice: PracticeId, id: PaymentId): Promise<Payment | undefined> {
  return maybe(tx, selectPayment(practice, id))
}

/** The query behind findPayment, for batches. */
export function selectPayment(practice: PracticeId, id: PaymentId): RawBuilder<Payment> {
  return sql<Payment>`select ${columns} from payments.payment where practice_id = ${practice} and id = ${id}`
}

/** Locks a payment; after its household's account row and its invoices. */
export async function lockPayment(tx: Tx, practice: PracticeId, id: PaymentId): Promise<Payment | undefined> {
  return maybe(
    tx,
    sql<Payment>`select ${columns} from payments.payment where practice_id = ${practice} and id = ${id} for update`,
  )
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
  return sql<Payment>`select ${columns} from payments.payment where practice_id = ${practice} and account_id = ${account}
    and status not in ('canceled', 'failed') ${older} order by created_at desc, id desc limit ${limit}`
}

/** Payments of a household that are under way or wait to be posted: what the "you owe" sum already leaves out. */
export function selectUnderWay(practice: PracticeId, account: AccountId) {
  return sql<Payment>`select ${columns} from payments.payment where practice_id = ${practice} and account_id = ${account}
    and (status in ('created', 'submitted', 'requires_action', 'clearing') or (status = 'succeeded' and posted_at is null)) order by created_at, id`
}

export type TransactionRow = Payment & {
  readonly guarantor: string
  readonly patient: PatientId | null
  readonly refunded: Cents
  readonly disputed: boolean
}
export type TransactionFilter = {
  readonly q?: string | undefined
  readonly since?: Temporal.Instant | undefined
  readonly status?: string | undefined
  readonly after?: PaymentId | undefined
  readonly limit?: number
}

/** One page of the practice's payments for the office, newest first, keyset paged; `q` is a name, an invoice number, a card's last four or an amount. */
export function selectTransactions(practice: PracticeId, filter: TransactionFilter) {
  const like = filter.q ? `%${filter.q.replace(/[\\%_]/g, '\\$&')}%` : null
  const cents =
    filter.q && /^\$?\d{1,9}(\.\d\d)?$/.test(filter.q) ? Math.round(Number(filter.q.replace('$', '')) * 100) : null
  const words = like
    ? sql`and (t.guarantor ilike ${like} or t.card_last4 = ${filter.q} or t.amount_cents = ${cents}::bigint or t.reference ilike ${like}
        or exists (select from payments.reservation r join billing.invoice i on i.practice_id = r.practice_id and i.id = r.invoice_id where r.practice_id = t.practice_id and r.payment_id = t.id and i.number ilike ${like})
        or exists (select from billing.allocation a join billing.invoice i on i.practice_id = a.practice_id and i.id = a.invoice_id where a.practice_id = t.practice_id and a.payment_id = t.id and i.number ilike ${like}))`
    : sql``
  const since = filter.since ? sql`and p.created_at >= ${filter.since}` : sql``
  const after = filter.after
    ? sql`and (p.created_at, p.id) < (select created_at, id from payments.payment where practice_id = ${practice} and id = ${filter.after})`
    : sql``
  return sql<TransactionRow>`select ${columns}, guarantor, patient_id as patient, refunded, disputed from (
      select p.*, coalesce(g.given_name || ' ' || g.family_name, '') as guarantor, g.id as patient_id,
        coalesce((select sum(amount_cents) from payments.refund r where r.practice_id = p.practice_id and r.payment_id = p.id and r.status <> 'failed'), 0)::bigint as refunded,
        exists (select from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id and d.status <> 'won') as disputed
      from payments.payment p
      left join identity.guarantor gu on gu.practice_id = p.practice_id and gu.account_id = p.account_id
      left join identity.patient g on g.practice_id = p.practice_id and g.id = gu.patient_id
      where p.practice_id = ${practice} and p.status <> 'canceled' ${statusFilter(filter.status)} ${since} ${after}) t
    where true ${words} order by created_at desc, id desc limit ${filter.limit ?? 50}`
}

function statusFilter(status: string | undefined) {
  if (status === 'to-post') return sql`and p.status = 'succeeded' and p.posted_at is null`
  if (status === 'posted') return sql`and p.posted_at is not null`
  if (status === 'declined') return sql`and p.status = 'failed'`
  if (status === 'under-way') return sql`and p.status in ('created', 'submitted', 'requires_action', 'clearing')`
  if (status === 'refunded')
    return sql`and exists (select from payments.refund r where r.practice_id = p.practice_id and r.payment_id = p.id and r.status <> 'failed')`
  if (status === 'disputed')
    return sql`and exists (select from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id)`
  return sql``
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

/** Inserts a payment as created with what it reserves of bills and credit; recovery looks at it after a minute. */
export async function insertPayment(tx: Tx, practice: PracticeId, p: NewPayment): Promise<void> {
  const reservations = p.shares.map(
    s => sql`(${practice}, ${p.id}, ${s.line}, ${s.invoice}, ${p.account}, ${s.patient}, ${s.cents})`,
  )
  const credit = p.credit.map(c => sql`(${practice}, ${p.id}, ${c.payment}, ${p.account}, ${c.cents})`)
  await sql`insert into payments.payment (practice_id, id, account_id, origin, method_kind, status, currency, amount_cents, credit_cents, bill_ids, connection_id, method_id,
      processor_method, processor_customer, keep, hosted, reference, login_id, card_brand, card_last4, actor, created_at, check_at)
    values (${practice}, ${p.id}, ${p.account}, ${p.origin}, ${p.methodKind}, 'created', ${p.currency}, ${p.amount}, ${p.creditUsed}, ${list(p.bills)}, ${p.connection}, ${p.method},
      ${p.processorMethod}, ${p.processorCustomer}, ${p.keep}, ${p.hosted}, ${p.reference}, ${p.login}, ${p.cardBrand}, ${p.cardLast4}, ${p.actor}, ${p.createdAt}, now() + interval '60 seconds')`.execute(
    tx,
  )
  if (reservations.length > 0)
    await sql`insert into payments.reservation (practice_id, payment_id, invoice_line_id, invoice_id, account_id, patient_id, cents) values ${sql.join(reservations)}`.execute(
      tx,
    )
  if (credit.length > 0)
    await sql`insert into payments.credit_reservation (practice_id, payment_id, credit_of, account_id, cents) values ${sql.join(credit)}`.execute(
      tx,
    )
}

/** Changes a payment's own columns; the caller holds its lock. */
export async function updatePayment(
  tx: Tx,
  practice: PracticeId,
  id: PaymentId,
  change: {
    status?: PaymentStatus
    attempt?: number
    intent?: string | null
    session?: string | null
    actionUrl?: string | null
    card?: { brand: string; last4: string } | null
    failureCode?: string | null
    amount?: Cents
    creditUsed?: Cents
    submittedAt?: 'now'
    receivedAt?: Temporal.Instant
    finishedAt?: 'now' | null
    postedAt?: Temporal.Instant
    checkIn?: number | null
  },
): Promise<void> {
  const sets: RawBuilder<unknown>[] = []
  if (change.status) sets.push(sql`status = ${change.status}`)
  if (change.attempt) sets.push(sql`attempt = ${change.attempt}`)
  if (change.intent !== undefined) sets.push(sql`intent_id = ${change.intent}`)
  if (change.session !== undefined) sets.push(sql`session_id = ${change.session}`)
  if (change.actionUrl !== undefined) sets.push(sql`action_url = ${change.actionUrl}`)
  if (change.card) sets.push(sql`card_brand = ${change.card.brand}, card_last4 = ${change.card.last4}`)
  if (change.failureCode !== undefined) sets.push(sql`failure_code = ${change.failureCode}`)
  if (change.amount !== undefined) sets.push(sql`amount_cents = ${change.amount}`)
  if (change.creditUsed !== undefined) sets.push(sql`credit_cents = ${change.creditUsed}`)
  if (change.submittedAt) sets.push(sql`submitted_at = clock_timestamp()`)
  if (change.receivedAt) sets.push(sql`received_at = ${change.receivedAt}`)
  if (change.finishedAt !== undefined)
    sets.push(change.finishedAt === 'now' ? sql`finished_at = clock_timestamp()` : sql`finished_at = null`)
  if (change.postedAt) sets.push(sql`posted_at = ${change.postedAt}`)
  if (change.checkIn !== undefined)
    sets.push(
      change.checkIn === null
        ? sql`check_at = null`
        : sql`check_at = clock_timestamp() + make_interval(secs => ${change.checkIn})`,
    )
  await sql`update payments.payment set ${sql.join(sets)} where practice_id = ${practice} and id = ${id}`.execute(tx)
}

/** What a payment has reserved on bills: the planned allocation, in the order it will be given. */
export function selectReservedShares(practice: PracticeId, payment: PaymentId) {
  return sql<
    Share & { number: string; title: string; description: string }
  >`select r.invoice_line_id as line, r.invoice_id as invoice, r.patient_id as patient, r.cents, i.number, i.title, ch.description
    from payments.reservation r join billing.invoice i on i.practice_id = r.practice_id and i.id = r.invoice_id
    join billing.invoice_line il on il.practice_id = r.practice_id and il.id = r.invoice_line_id
    join billing.charge ch on ch.practice_id = il.practice_id and ch.id = il.charge_id
    where r.practice_id = ${practice} and r.payment_id = ${payment}
    order by array_position((select bill_ids from payments.payment where practice_id = ${practice} and id = ${payment}), i.id) nulls last, i.due_on, i.id, il.n`
}

/** The credit a payment has reserved, by the payment that credit is left of. */
export async function listReservedCredit(tx: Tx, practice: PracticeId, payment: PaymentId): Promise<CreditOf[]> {
  return rows(
    tx,
    sql<CreditOf>`select credit_of as payment, cents from payments.credit_reservation where practice_id = ${practice} and payment_id = ${payment} order by credit_of`,
  )
}

/** Frees what a payment reserved: when it is posted, or has ended without money. */
export async function releaseReservations(tx: Tx, practice: PracticeId, payment: PaymentId): Promise<void> {
  await sql`delete from payments.reservation where practice_id = ${practice} and payment_id = ${payment}`.execute(tx)
}

/** Frees the credit a payment reserved: when its money has moved, or it has ended. */
export async function releaseCredit(tx: Tx, practice: PracticeId, payment: PaymentId): Promise<void> {
  await sql`delete from payments.credit_reservation where practice_id = ${practice} and payment_id = ${payment}`.execute(
    tx,
  )
}

/** What payments under way, or waiting to be posted, have reserved per invoice line of an account; `except` leaves one payment out. */
export function selectReserved(practice: PracticeId, account: AccountId, except?: PaymentId) {
  return sql<{
    line: OpenLine['line']
    cents: Cents
  }>`select invoice_line_id as line, sum(cents)::bigint as cents from payments.reservation
    where practice_id = ${practice} and account_id = ${account} and payment_id is distinct from ${except ?? null} group by invoice_line_id`
}

/** What payments under way have reserved of each payment's left credit. */
export function selectReservedCredit(practice: PracticeId, account: AccountId) {
  return sql<CreditOf>`select credit_of as payment, sum(cents)::bigint as cents from payments.credit_reservation
    where practice_id = ${practice} and account_id = ${account} group by credit_of`
}
