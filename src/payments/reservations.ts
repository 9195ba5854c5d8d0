import { sql } from 'kysely'
import type { Share } from '../billing/allocations.ts'
import type { OpenLine } from '../billing/invoices.ts'
import type { AccountId, LoginId, PatientId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import type { CreditOf } from '../ledger/balances.ts'
import { rows, type Tx, unnested, write } from '../platform/database.ts'

/** Reserves what a payment would give to lines. */
export async function insertReservations(
  tx: Tx,
  practice: PracticeId,
  { id, account, shares }: { id: PaymentId; account: AccountId; shares: readonly Share[] },
): Promise<void> {
  if (shares.length === 0) return
  const given = unnested('given', shares, {
    line: ['text', share => share.line],
    invoice: ['text', share => share.invoice],
    patient: ['text', share => share.patient],
    cents: ['bigint', share => share.cents],
  })
  await write(
    tx,
    sql`insert into payments.reservation (practice_id, payment_id, invoice_line_id, invoice_id, account_id, patient_id, cents)
      select ${practice}, ${id}, line, invoice, ${account}, patient, cents from ${given}`,
  )
}

/** The patients whose bills a payment pays, or would pay. */
export function selectPatientsPaidFor(practice: PracticeId, payment: PaymentId) {
  return sql<{
    patient: PatientId
  }>`select patient_id as patient from payments.reservation where practice_id = ${practice} and payment_id = ${payment}
    union select patient_id from billing.allocation where practice_id = ${practice} and payment_id = ${payment} order by 1`
}

/** Reserves the credit a payment would use, by the payment that credit is left of. */
export async function insertCreditReservations(
  tx: Tx,
  practice: PracticeId,
  { id, account, credit }: { id: PaymentId; account: AccountId; credit: readonly CreditOf[] },
): Promise<void> {
  if (credit.length === 0) return
  const given = unnested('given', credit, {
    payment: ['text', part => part.payment],
    cents: ['bigint', part => part.cents],
  })
  await write(
    tx,
    sql`insert into payments.credit_reservation (practice_id, payment_id, credit_of, account_id, cents)
      select ${practice}, ${id}, payment, ${account}, cents from ${given}`,
  )
}

/** What a payment has reserved on bills, with what is open there: the planned allocation, in the order it will be given. */
export function selectReservedShares(practice: PracticeId, payment: PaymentId) {
  return sql<
    Share & { open: Cents; number: string; title: string; description: string }
  >`select r.invoice_line_id as line, r.invoice_id as invoice, r.patient_id as patient, r.cents, il.open_cents as open, i.number, i.title, ch.description
    from payments.reservation r join billing.invoice i on i.practice_id = r.practice_id and i.id = r.invoice_id
    join billing.invoice_line il on il.practice_id = r.practice_id and il.id = r.invoice_line_id
    join billing.charge ch on ch.practice_id = il.practice_id and ch.id = il.charge_id
    where r.practice_id = ${practice} and r.payment_id = ${payment}
    order by array_position((select bill_ids from payments.payment where practice_id = ${practice} and id = ${payment}), i.id) nulls last, i.due_on, i.id, il.n`
}

/** The credit a payment has reserved, by the payment that credit is left of; the query for batches. */
export function selectCreditReservedBy(practice: PracticeId, payment: PaymentId) {
  return sql<CreditOf>`select credit_of as payment, cents from payments.credit_reservation where practice_id = ${practice} and payment_id = ${payment} order by credit_of`
}

/** Frees what a payment reserved: when it is posted, or has ended without money. */
export async function releaseReservations(tx: Tx, practice: PracticeId, payment: PaymentId): Promise<void> {
  await write(tx, sql`delete from payments.reservation where practice_id = ${practice} and payment_id = ${payment}`)
}

/** Frees the credit a payment reserved: when its money has moved, or it has ended. */
export async function releaseCredit(tx: Tx, practice: PracticeId, payment: PaymentId): Promise<void> {
  await write(
    tx,
    sql`delete from payments.credit_reservation where practice_id = ${practice} and payment_id = ${payment}`,
  )
}

/** What payments under way, or waiting to be posted, have reserved per invoice line of an account; but for attempts that wait for this person. */
export function selectReserved(practice: PracticeId, account: AccountId, waitsFor?: LoginId) {
  return sql<{
    line: OpenLine['line']
    cents: Cents
  }>`select invoice_line_id as line, sum(cents)::bigint as cents from payments.reservation r
    where practice_id = ${practice} and account_id = ${account} ${notWaitingFor(practice, waitsFor)} group by invoice_line_id`
}

/** What payments under way have reserved of each payment's left credit; but for attempts that wait for this person. */
export function selectReservedCredit(practice: PracticeId, account: AccountId, waitsFor?: LoginId) {
  return sql<CreditOf>`select credit_of as payment, sum(cents)::bigint as cents from payments.credit_reservation r
    where practice_id = ${practice} and account_id = ${account} ${notWaitingFor(practice, waitsFor)} group by credit_of`
}

/** Leaves out, of reservations `r`, those of attempts that wait for this person. */
export function notWaitingFor(practice: PracticeId, login: LoginId | undefined) {
  if (!login) return sql``
  return sql`and not exists (select from payments.payment p where p.practice_id = ${practice} and p.id = r.payment_id
    and p.status = 'requires_action' and p.login_id = ${login})`
}

/** After credit that attempts count on has gone: all of them together count on no more than is there, the newest on less. */
export async function shrinkCreditReservations(
  tx: Tx,
  practice: PracticeId,
  { of, account, left }: { of: PaymentId; account: AccountId; left: Cents },
): Promise<void> {
  const reserved = await rows(
    tx,
    sql<CreditOf>`select payment_id as payment, cents from payments.credit_reservation where practice_id = ${practice} and credit_of = ${of} order by payment_id`,
  )
  if (sumCents(reserved.map(each => each.cents)) <= left) return
  await write(tx, sql`delete from payments.credit_reservation where practice_id = ${practice} and credit_of = ${of}`)
  let rest = left
  for (const { payment: id, cents } of reserved) {
    const kept = leastCents(cents, rest)
    if (kept > 0n) await insertCreditReservations(tx, practice, { id, account, credit: [{ payment: of, cents: kept }] })
    rest -= kept
  }
}
