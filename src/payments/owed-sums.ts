import { sql } from 'kysely'
import { type Invoice, type InvoiceFilter, selectInvoices } from '../billing/invoices.ts'
import type { AccountId, InvoiceId, PatientId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, sumCents } from '../kernel/money.ts'
import { type CreditOf, selectCredit } from '../ledger/balances.ts'
import { batch, list, type Tx } from '../platform/database.ts'
import { freeCredit, type Viewer } from './owed.ts'
import { notWaitingFor, selectReservedCredit } from './reservations.ts'

/** What a household owes and the credit it may use, as pages and mails tell it: sums, however many bills are open. */
export type OwedSums = {
  readonly total: Cents
  readonly creditTotal: Cents
  /** What is owed for each person of whom anything is. */
  readonly byPatient: ReadonlyMap<PatientId, Cents>
}

/** The queries behind getOwedSums, for a page's batch; give their rows to owedSumsFrom. */
export function selectOwedSums(practice: PracticeId, account: AccountId, by: Viewer = {}) {
  return [
    selectOwedByPatient(practice, [account], by),
    selectCredit(practice, account),
    selectReservedCredit(practice, account, by.waitsFor),
  ] as const
}

type PatientSum = { readonly patient: PatientId; readonly cents: Cents }

export function owedSumsFrom(
  found: readonly [readonly PatientSum[], readonly CreditOf[], readonly CreditOf[]],
): OwedSums {
  const [sums, credit, reserved] = found
  return {
    total: sumCents(sums.map(row => row.cents)),
    creditTotal: sumCents(freeCredit(credit, reserved).map(row => row.cents)),
    byPatient: new Map(sums.map(row => [row.patient, row.cents])),
  }
}

/** What is owed, as this transaction's scope may see it. */
export async function getOwedSums(
  tx: Tx,
  practice: PracticeId,
  account: AccountId,
  by: Viewer = {},
): Promise<OwedSums> {
  return owedSumsFrom(await batch(tx, selectOwedSums(practice, account, by)))
}

/** What each patient of these households owes: the balance that the ledger keeps, what payments under way will cover taken off. */
export function selectOwedByPatient(
  practice: PracticeId,
  accounts: readonly AccountId[],
  { patients, waitsFor }: Viewer = {},
) {
  return sql<PatientSum>`select patient_id as patient, cents from (
      select b.patient_id, (b.balance_cents - coalesce((select sum(r.cents) from payments.reservation r where r.practice_id = b.practice_id
        and r.account_id = b.account_id and r.patient_id = b.patient_id ${notWaitingFor(practice, waitsFor)}), 0))::bigint as cents
      from ledger.receivable b where b.practice_id = ${practice} and b.account_id = any (${list(accounts)})
        ${patients ? sql`and b.patient_id = any (${list(patients)})` : sql``}) owed
    where cents > 0 order by patient_id`
}

/** A bill with what is to be paid of it: what is open without what payments under way will give. */
export type Bill = Invoice & { readonly toPay: Cents }

const reservedOf = (practice: PracticeId, { waitsFor }: Viewer) =>
  sql`coalesce((select sum(r.cents) from payments.reservation r where r.practice_id = ${practice} and r.invoice_id = i.id
    ${notWaitingFor(practice, waitsFor)}), 0)`

/** One page of an account's bills, as selectInvoices has them; the query for batches. */
export function selectBills(practice: PracticeId, account: AccountId, filter: InvoiceFilter, by: Viewer = {}) {
  return sql<Bill>`select i.*, (i.open - ${reservedOf(practice, by)})::bigint as "toPay"
    from (${selectInvoices(practice, account, filter)}) i order by i."issuedOn" desc, i.id desc`
}

type ToPay = { readonly bill: InvoiceId; readonly cents: Cents }

/** What is to be paid of these bills. */
export function selectToPay(practice: PracticeId, bills: readonly InvoiceId[], by: Viewer = {}) {
  return sql<ToPay>`select i.id as bill, (i.open_cents - ${reservedOf(practice, by)})::bigint as cents
    from billing.invoice i where i.practice_id = ${practice} and i.id = any (${list(bills)})`
}

/** What is to be paid of the bills that a payment went to, or would go to. */
export function selectToPayAfter(practice: PracticeId, payment: PaymentId) {
  return sql<ToPay>`select i.id as bill, (i.open_cents - ${reservedOf(practice, {})})::bigint as cents
    from billing.invoice i where i.practice_id = ${practice} and i.id in (
      select invoice_id from billing.allocation where practice_id = ${practice} and payment_id = ${payment}
      union select invoice_id from payments.reservation where practice_id = ${practice} and payment_id = ${payment})`
}

export function toPayOf(found: readonly ToPay[], bill: InvoiceId): Cents {
  return found.find(each => each.bill === bill)?.cents ?? 0n
}

/** A bill as a row of what a payment would fill. */
export type OpenBill = Pick<Invoice, 'id' | 'number' | 'title' | 'patient' | 'dueOn'> & { readonly open: Cents }

type OpenFilter = Viewer & {
  readonly only?: readonly InvoiceId[]
  readonly but?: readonly InvoiceId[]
  readonly limit?: number
}

/** An account's bills of which anything is to be paid, oldest due first: these only, or all but these. Along the index of open bills, no further than asked. */
export function selectOpenBills(
  practice: PracticeId,
  account: AccountId,
  { only, but = [], limit, ...by }: OpenFilter,
) {
  const which = only
    ? sql`and i.id = any (${list(only)})`
    : but.length > 0
      ? sql`and i.id <> all (${list(but)})`
      : sql``
  const theirs = by.patients ? sql`and i.patient_id = any (${list(by.patients)})` : sql``
  return sql<OpenBill>`select * from (
      select i.id, i.number, i.title, i.patient_id as patient, i.due_on as "dueOn", (i.open_cents - ${reservedOf(practice, by)})::bigint as open
      from billing.invoice i where i.practice_id = ${practice} and i.account_id = ${account} and i.open_cents > 0 ${theirs} ${which}
      order by i.due_on, i.id) i
    where open > 0 order by "dueOn", id limit ${limit ?? null}`
}
