import { sql } from 'kysely'
import {
  type AccountId,
  type EntryId,
  type InvoiceId,
  type InvoiceLineId,
  newId,
  type PatientId,
  type PaymentId,
  type PracticeId,
} from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import type { EntryKind } from '../ledger/entries.ts'
import { list, one, rows, type Tx, unnested, write } from '../platform/database.ts'
import { type OpenLine, reduceOpen } from './invoices.ts'

/** What a payment gives, or would give, to one line of a bill. */
export type Share = {
  readonly line: InvoiceLineId
  readonly invoice: InvoiceId
  readonly patient: PatientId
  readonly cents: Cents
}

/** A share with whose it is: a payment's, or, without one, settled history or what the practice bears itself. */
export type Given = Share & { readonly payment: PaymentId | null; readonly isWrittenOff: boolean }

export type Allocation = Given & {
  readonly entry: EntryId
  /** What the entry books: a posting, a refund, a lost dispute. */
  readonly by: EntryKind
  readonly recordedAt: Temporal.Instant
  readonly number: string
  readonly title: string
  readonly description: string
}

/**
 * Divides an amount over open lines: the picked bills first, then all others, each oldest due first and line by line.
 * Pure; `open` is what each line still needs, reservations of others taken off. What no line needs is `left`.
 */
export function planAllocation(
  open: readonly OpenLine[],
  amount: Cents,
  picked: readonly InvoiceId[] = [],
): { shares: Share[]; left: Cents } {
  const first = new Set<string>(picked)
  const ordered = [...open].sort((a, b) => Number(first.has(b.invoice)) - Number(first.has(a.invoice)) || byAge(a, b))
  const shares: Share[] = []
  let left = amount
  for (const { line, invoice, patient, open: needed } of ordered) {
    const cents = leastCents(left, needed)
    if (cents <= 0n) continue
    shares.push({ line, invoice, patient, cents })
    left -= cents
  }
  return { shares, left }
}

function byAge(a: OpenLine, b: OpenLine): number {
  return (
    Temporal.PlainDate.compare(a.dueOn, b.dueOn) || (a.invoice < b.invoice ? -1 : a.invoice > b.invoice ? 1 : a.n - b.n)
  )
}

/** What was given to a bill that no payment of its people gave, by what gave it. */
export type WithoutPayment = {
  /** Settled before Portico. */
  readonly settled: Cents
  /** Paid at the visit, as the insurer says. */
  readonly paidBefore: Cents
  /** Borne by a later payer, and no longer the patient's. */
  readonly nextPaid: Cents
  /** Borne by the practice. */
  readonly writtenOff: Cents
}

export function givenWithoutPayment(allocations: readonly (Given & Pick<Allocation, 'by'>)[]): WithoutPayment {
  const own = allocations.filter(each => !each.payment)
  const sumOf = (which: (each: (typeof own)[number]) => boolean) => sumCents(own.filter(which).map(each => each.cents))
  return {
    settled: sumOf(each => each.by === 'settled-history'),
    paidBefore: sumOf(each => each.by === 'paid-at-visit'),
    nextPaid: sumOf(each => each.by === 'next-answer' && !each.isWrittenOff),
    writtenOff: sumOf(each => each.isWrittenOff),
  }
}

/** Writes what an entry gave to lines (below zero: took back) and changes what is open of them. */
export async function recordAllocations(
  tx: Tx,
  practice: PracticeId,
  { account, entry, given }: { account: AccountId; entry: EntryId; given: readonly Given[] },
): Promise<void> {
  await recordGiven(
    tx,
    practice,
    given.map(each => ({ ...each, account, entry })),
  )
}

/** The same for entries of several households. */
export async function recordGiven(
  tx: Tx,
  practice: PracticeId,
  given: readonly (Given & { readonly account: AccountId; readonly entry: EntryId })[],
): Promise<void> {
  if (given.length === 0) return
  const rows = unnested('given', given, {
    id: ['text', () => newId('alc')],
    entry: ['text', each => each.entry],
    account: ['text', each => each.account],
    invoice: ['text', each => each.invoice],
    line: ['text', each => each.line],
    patient: ['text', each => each.patient],
    payment: ['text', each => each.payment],
    written_off: ['boolean', each => each.isWrittenOff],
    cents: ['bigint', each => each.cents],
  })
  await write(
    tx,
    sql`insert into billing.allocation (practice_id, id, entry_id, invoice_id, invoice_line_id, account_id, patient_id, payment_id, written_off, cents)
      select ${practice}, id, entry, invoice, line, account, patient, payment, written_off, cents from ${rows}`,
  )
  await reduceOpen(tx, practice, given)
}

/** Shares that one payment gives, or settled history where there is none. */
export function givenBy(payment: PaymentId | null, shares: readonly Share[]): Given[] {
  return shares.map(share => ({ ...share, payment, isWrittenOff: false }))
}

const columns = sql`a.entry_id as entry, e.kind as by, a.invoice_id as invoice, a.invoice_line_id as line, a.patient_id as patient, a.payment_id as payment, a.written_off as "isWrittenOff", a.cents,
  a.recorded_at as "recordedAt", i.number, i.title, ch.description`
const from = sql`billing.allocation a join ledger.entry e on e.practice_id = a.practice_id and e.id = a.entry_id join billing.invoice i on i.practice_id = a.practice_id and i.id = a.invoice_id
  join billing.invoice_line il on il.practice_id = a.practice_id and il.id = a.invoice_line_id
  join billing.charge ch on ch.practice_id = il.practice_id and ch.id = il.charge_id`

/** What a payment went to, in the order it was given; the query for batches. */
export function selectPaymentAllocations(practice: PracticeId, payment: PaymentId) {
  return sql<Allocation>`select ${columns} from ${from} where a.practice_id = ${practice} and a.payment_id = ${payment} order by a.recorded_at, a.id`
}

/** What came to an invoice, in the order it came; the query for batches. */
export function selectInvoiceAllocations(practice: PracticeId, invoice: InvoiceId) {
  return sql<Allocation>`select ${columns} from ${from} where a.practice_id = ${practice} and a.invoice_id = ${invoice} order by a.recorded_at, il.n, a.id`
}

/** What a payment's allocations still hold, newest first: what a refund takes back. */
export async function listStanding(tx: Tx, practice: PracticeId, payment: PaymentId): Promise<Share[]> {
  return rows(
    tx,
    sql<Share>`select invoice_line_id as line, invoice_id as invoice, patient_id as patient, sum(cents)::bigint as cents from billing.allocation
      where practice_id = ${practice} and payment_id = ${payment} group by invoice_line_id, invoice_id, patient_id having sum(cents) > 0
      order by max(recorded_at) desc, max(id) desc`,
  )
}

/** What the practice still bears of each line of these bills: less than it did where a bill was withdrawn since. */
export async function listWrittenOff(
  tx: Tx,
  practice: PracticeId,
  invoices: readonly InvoiceId[],
): Promise<Map<InvoiceLineId, Cents>> {
  const found = await rows(
    tx,
    sql<{
      line: InvoiceLineId
      cents: Cents
    }>`select invoice_line_id as line, sum(cents)::bigint as cents from billing.allocation
      where practice_id = ${practice} and invoice_id = any (${list(invoices)}) and written_off group by invoice_line_id`,
  )
  return new Map(found.map(({ line, cents }) => [line, cents]))
}

/** What an entry gave to lines and took back from them. */
export async function listGiven(tx: Tx, practice: PracticeId, entry: EntryId): Promise<Given[]> {
  return rows(
    tx,
    sql<Given>`select invoice_line_id as line, invoice_id as invoice, patient_id as patient, payment_id as payment, written_off as "isWrittenOff", cents
      from billing.allocation where practice_id = ${practice} and entry_id = ${entry} order by id`,
  )
}

/** How much of a claim's bills was told as paid at the visit. */
export async function sumPaidAtVisit(tx: Tx, practice: PracticeId, claim: string): Promise<Cents> {
  const { cents } = await one(
    tx,
    sql<{ cents: Cents }>`select coalesce(sum(a.cents), 0)::bigint as cents from billing.invoice i
      join billing.allocation a on a.practice_id = i.practice_id and a.invoice_id = i.id
      join ledger.entry e on e.practice_id = a.practice_id and e.id = a.entry_id
      where i.practice_id = ${practice} and i.source = ${claim} and i.withdrawn_at is null and e.kind = 'paid-at-visit'`,
  )
  return cents
}
