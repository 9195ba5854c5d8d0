import { sql } from 'kysely'
import type { AccountId, ChargeId, InvoiceId, InvoiceLineId, PatientId, PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { batch, list, type Tx } from '../platform/database.ts'

/** One line of a claim as the books have it now: what later payers bore is insurance's, and not the patient's any more. */
export type BookedLine = {
  readonly id: ChargeId
  readonly source: string
  readonly sequence: number
  readonly charged: Cents
  readonly insurancePaid: Cents
  readonly discount: Cents
  readonly patientShare: Cents
  readonly waiting: boolean
  /** What next payers took off the share that was billed. */
  readonly nextPaid: Cents
  readonly invoice: InvoiceId | null
  readonly line: InvoiceLineId | null
  readonly open: Cents
}

/** A bill of a claim that stands, with what closed it so far. */
export type BookedBill = {
  readonly id: InvoiceId
  readonly source: string
  readonly account: AccountId
  readonly patient: PatientId
  readonly open: Cents
  /** By payments of its people. */
  readonly paid: Cents
  /** Before Portico, or at the visit. */
  readonly settled: Cents
  readonly writtenOff: Cents
}

export type ClaimBooks = { readonly lines: readonly BookedLine[]; readonly bills: readonly BookedBill[] }

/** What the books have of claims, by their sources; a claim of which they have nothing is left out. */
export async function readClaimBooks(
  tx: Tx,
  practice: PracticeId,
  sources: readonly string[],
): Promise<Map<string, ClaimBooks>> {
  const [lines, bills] = await batch(tx, [selectBookedLines(practice, sources), selectBookedBills(practice, sources)])
  const billsBySource = Map.groupBy(bills, bill => bill.source)
  return new Map(
    [...Map.groupBy(lines, line => line.source)].map(([source, of]) => [
      source,
      { lines: of, bills: billsBySource.get(source) ?? [] },
    ]),
  )
}

function selectBookedLines(practice: PracticeId, sources: readonly string[]) {
  return sql<BookedLine>`select ch.id, ch.source, ch.sequence, ch.charged_cents as charged, ch.insurance_paid_cents + next.cents as "insurancePaid",
      ch.discount_cents as discount, ch.share_cents - next.cents as "patientShare", ch.state = 'waiting' as waiting, next.cents as "nextPaid",
      il.invoice_id as invoice, il.id as line, coalesce(il.open_cents, 0) as open
    from billing.charge ch
      left join billing.invoice_line il on il.practice_id = ch.practice_id and il.charge_id = ch.id
      cross join lateral (select coalesce(sum(a.cents), 0)::bigint as cents from billing.allocation a
        join ledger.entry e on e.practice_id = a.practice_id and e.id = a.entry_id and e.kind = 'next-answer'
        where a.practice_id = ch.practice_id and a.invoice_id = il.invoice_id and a.invoice_line_id = il.id and a.payment_id is null and not a.written_off) next
    where ch.practice_id = ${practice} and ch.source = any (${list(sources)}) and ch.withdrawn_at is null order by ch.source, ch.sequence`
}

function selectBookedBills(practice: PracticeId, sources: readonly string[]) {
  return sql<BookedBill>`select i.id, i.source, i.account_id as account, i.patient_id as patient, i.open_cents as open,
      coalesce(sum(a.cents) filter (where a.payment_id is not null), 0)::bigint as paid,
      coalesce(sum(a.cents) filter (where e.kind in ('settled-history', 'paid-at-visit')), 0)::bigint as settled,
      coalesce(sum(a.cents) filter (where a.written_off), 0)::bigint as "writtenOff"
    from billing.invoice i
      left join billing.allocation a on a.practice_id = i.practice_id and a.invoice_id = i.id
      left join ledger.entry e on e.practice_id = a.practice_id and e.id = a.entry_id
    where i.practice_id = ${practice} and i.source = any (${list(sources)}) and i.withdrawn_at is null
    group by i.practice_id, i.id order by i.id`
}
