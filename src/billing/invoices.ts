import { type RawBuilder, sql } from 'kysely'
import {
  type AccountId,
  type ChargeId,
  type ClinicianId,
  type InvoiceId,
  type InvoiceLineId,
  type LocationId,
  newId,
  type PatientId,
  type PracticeId,
} from '../kernel/ids.ts'
import { type Cents, type Currency, parseDollars } from '../kernel/money.ts'
import { list, maybe, one, type Tx, unnested, write } from '../platform/database.ts'
import { contains } from '../platform/like.ts'

/** A numbered request for payment of charges ("bill" on patient screens); immutable once issued but for what is open. */
export type Invoice = {
  readonly id: InvoiceId
  readonly number: string
  readonly account: AccountId
  readonly patient: PatientId
  readonly title: string
  readonly servicedOn: Temporal.PlainDate
  readonly issuedOn: Temporal.PlainDate
  readonly dueOn: Temporal.PlainDate
  readonly currency: Currency
  readonly payer: string | null
  readonly charged: Cents
  readonly insurancePaid: Cents
  readonly discount: Cents
  readonly total: Cents
  readonly open: Cents
  readonly closedAt: Temporal.Instant | null
  /** When it was taken back whole by a credit note; nothing of it is owed, nor was paid. */
  readonly withdrawnAt: Temporal.Instant | null
  /** What the insurer says that it sent the patient itself. */
  readonly paidToPatient: Cents
  readonly clinicianName: string | null
  readonly locationName: string | null
}

/** One service on an invoice. */
export type InvoiceLine = {
  readonly id: InvoiceLineId
  readonly invoice: InvoiceId
  readonly n: number
  readonly description: string
  /** What the line is made of, where the insurer answered the claim as a whole. */
  readonly items: readonly string[]
  readonly code: string | null
  readonly codeSystem: string | null
  readonly units: number
  readonly servicedOn: Temporal.PlainDate
  readonly charged: Cents
  readonly insurancePaid: Cents
  readonly discount: Cents
  readonly share: Cents
  readonly open: Cents
}

/** What is open of one invoice line: what allocation is planned from. */
export type OpenLine = {
  readonly line: InvoiceLineId
  readonly invoice: InvoiceId
  readonly number: string
  readonly title: string
  readonly patient: PatientId
  readonly dueOn: Temporal.PlainDate
  readonly n: number
  readonly open: Cents
}

const columns = sql`i.id, i.number, i.account_id as account, i.patient_id as patient, i.title, i.serviced_on as "servicedOn", i.issued_on as "issuedOn",
  i.due_on as "dueOn", i.currency, i.payer, i.charged_cents as charged, i.insurance_paid_cents as "insurancePaid", i.discount_cents as discount,
  i.total_cents as total, i.open_cents as open, i.closed_at as "closedAt",
  i.withdrawn_at as "withdrawnAt", i.paid_to_patient_cents as "paidToPatient", c.name as "clinicianName", l.name as "locationName"`
const from = sql`billing.invoice i left join practice.clinician c on c.practice_id = i.practice_id and c.id = i.clinician_id
  left join practice.location l on l.practice_id = i.practice_id and l.id = i.location_id`

/** An invoice this transaction may see, or undefined: absent and out of sight read the same. */
export async function findInvoice(tx: Tx, practice: PracticeId, id: InvoiceId): Promise<Invoice | undefined> {
  return maybe(tx, sql<Invoice>`select ${columns} from ${from} where i.practice_id = ${practice} and i.id = ${id}`)
}

export type InvoiceFilter = {
  readonly show?: 'open' | 'paid' | 'all' | undefined
  readonly q?: string | undefined
  readonly patient?: PatientId | undefined
  readonly after?: InvoiceId | undefined
  readonly limit?: number
}

/** One page of an account's invoices, newest issue first, keyset paged after an invoice; the query for batches. */
export function selectInvoices(practice: PracticeId, account: AccountId, filter: InvoiceFilter = {}) {
  const like = filter.q ? contains(filter.q) : null
  const show =
    filter.show === 'open' ? sql`and i.open_cents > 0` : filter.show === 'paid' ? sql`and i.open_cents = 0` : sql``
  const patient = filter.patient ? sql`and i.patient_id = ${filter.patient}` : sql``
  const amount = filter.q ? (parseDollars(filter.q) ?? null) : null
  const words = like
    ? sql`and (i.title ilike ${like} or i.number ilike ${like} or ${amount}::bigint in (i.total_cents, i.open_cents) or exists (select from billing.invoice_line il join billing.charge ch on ch.practice_id = il.practice_id
        and ch.id = il.charge_id where il.practice_id = i.practice_id and il.invoice_id = i.id and ch.description ilike ${like}))`
    : sql``
  const after = filter.after
    ? sql`and (i.issued_on, i.id) < (select issued_on, id from billing.invoice where practice_id = ${practice} and id = ${filter.after})`
    : sql``
  return sql<Invoice>`select ${columns} from ${from} where i.practice_id = ${practice} and i.account_id = ${account} ${show} ${patient} ${words} ${after}
    order by i.issued_on desc, i.id desc limit ${filter.limit ?? 50}`
}

/** Further than this nobody counts. */
export const MOST_COUNTED = 1000

/** How many invoices of an account are open, and how many are paid; each no further than MOST_COUNTED. */
export function selectInvoiceCounts(practice: PracticeId, account: AccountId) {
  const count = (which: RawBuilder<unknown>) =>
    sql`(select count(*) from (select from billing.invoice where practice_id = ${practice} and account_id = ${account} and ${which} limit ${MOST_COUNTED}) counted)`
  return sql<{
    open: bigint
    paid: bigint
  }>`select ${count(sql`open_cents > 0`)} as open, ${count(sql`open_cents = 0`)} as paid`
}

/** The invoices of these ids, for pages that show what a payment went to. */
export function selectInvoicesById(practice: PracticeId, ids: readonly InvoiceId[]) {
  return sql<Invoice>`select ${columns} from ${from} where i.practice_id = ${practice} and i.id = any (${list(ids)}) order by i.due_on, i.id`
}

/** An invoice's lines in their order; the query for batches. */
export function selectInvoiceLines(practice: PracticeId, invoice: InvoiceId) {
  return sql<InvoiceLine>`select il.id, il.invoice_id as invoice, il.n, ch.description, ch.items, ch.code, ch.code_system as "codeSystem", ch.units, ch.serviced_on as "servicedOn",
    ch.charged_cents as charged, ch.insurance_paid_cents as "insurancePaid", ch.discount_cents as discount, il.share_cents as share, il.open_cents as open
    from billing.invoice_line il join billing.charge ch on ch.practice_id = il.practice_id and ch.id = il.charge_id
    where il.practice_id = ${practice} and il.invoice_id = ${invoice} order by il.n`
}

/** Every open line of an account, or of these patients on it, oldest due first; the query for batches. */
export function selectOpenLines(practice: PracticeId, account: AccountId, patients?: readonly PatientId[]) {
  const theirs = patients ? sql`and i.patient_id = any (${list(patients)})` : sql``
  return sql<OpenLine>`select il.id as line, i.id as invoice, i.number, i.title, i.patient_id as patient, i.due_on as "dueOn", il.n, il.open_cents as open
    from billing.invoice i join billing.invoice_line il on il.practice_id = i.practice_id and il.invoice_id = i.id
    where i.practice_id = ${practice} and i.account_id = ${account} ${theirs} and i.open_cents > 0 and il.open_cents > 0 order by i.due_on, i.id, il.n`
}

export type NewInvoice = {
  readonly account: AccountId
  readonly patient: PatientId
  readonly source: string
  readonly title: string
  readonly clinician: ClinicianId | null
  readonly location: LocationId | null
  readonly payer: string | null
  readonly servicedOn: Temporal.PlainDate
  readonly issuedOn: Temporal.PlainDate
  readonly dueOn: Temporal.PlainDate
  readonly currency: Currency
  readonly paidToPatient?: Cents
  readonly lines: readonly {
    readonly charge: ChargeId
    readonly charged: Cents
    readonly insurancePaid: Cents
    readonly discount: Cents
    readonly share: Cents
  }[]
}

/** An invoice as it was issued, with its lines in their order. */
export type IssuedInvoice = NewInvoice & { readonly id: InvoiceId; readonly lineIds: readonly InvoiceLineId[] }

/** Issues an invoice with the practice's next number; all of it is open. */
export async function insertInvoice(tx: Tx, practice: PracticeId, invoice: NewInvoice): Promise<InvoiceId> {
  const [issued] = await insertInvoices(tx, practice, [invoice])
  return (issued as IssuedInvoice).id
}

/** Issues invoices with the practice's next numbers, in their order; all of each is open. */
export async function insertInvoices(
  tx: Tx,
  practice: PracticeId,
  invoices: readonly NewInvoice[],
): Promise<IssuedInvoice[]> {
  if (invoices.length === 0) return []
  const first = await takeNumbers(tx, practice, invoices.length)
  const issued = invoices.map((invoice, at) => ({
    ...invoice,
    id: newId('inv'),
    number: `INV-${first + BigInt(at)}`,
    lineIds: invoice.lines.map(() => newId('lin')),
  }))
  await write(tx, insertHeads(practice, issued))
  await write(tx, insertLines(practice, issued))
  return issued
}

function insertHeads(practice: PracticeId, issued: readonly (IssuedInvoice & { number: string })[]) {
  const sum = (invoice: NewInvoice, read: (line: NewInvoice['lines'][number]) => Cents) =>
    invoice.lines.reduce((total, line) => total + read(line), 0n)
  const given = unnested('given', issued, {
    id: ['text', each => each.id],
    number: ['text', each => each.number],
    account_id: ['text', each => each.account],
    patient_id: ['text', each => each.patient],
    source: ['text', each => each.source],
    title: ['text', each => each.title],
    clinician_id: ['text', each => each.clinician],
    location_id: ['text', each => each.location],
    payer: ['text', each => each.payer],
    serviced_on: ['date', each => each.servicedOn],
    issued_on: ['date', each => each.issuedOn],
    due_on: ['date', each => each.dueOn],
    currency: ['text', each => each.currency],
    charged: ['bigint', each => sum(each, line => line.charged)],
    insurance_paid: ['bigint', each => sum(each, line => line.insurancePaid)],
    discount: ['bigint', each => sum(each, line => line.discount)],
    total: ['bigint', each => sum(each, line => line.share)],
    paid_to_patient: ['bigint', each => each.paidToPatient ?? 0n],
  })
  return sql`insert into billing.invoice (practice_id, id, number, account_id, patient_id, source, title, clinician_id, location_id, payer, serviced_on,
      issued_on, due_on, currency, charged_cents, insurance_paid_cents, discount_cents, total_cents, open_cents, paid_to_patient_cents)
    select ${practice}, id, number, account_id, patient_id, source, title, clinician_id, location_id, payer, serviced_on,
      issued_on, due_on, currency, charged, insurance_paid, discount, total, total, paid_to_patient from ${given} order by n`
}

function insertLines(practice: PracticeId, issued: readonly IssuedInvoice[]) {
  const lines = issued.flatMap(({ id, account, patient, lines, lineIds }) =>
    lines.map((line, at) => ({ ...line, id: lineIds[at], invoice: id, at: at + 1, account, patient })),
  )
  const given = unnested('line', lines, {
    id: ['text', line => line.id],
    invoice: ['text', line => line.invoice],
    at: ['integer', line => line.at],
    account: ['text', line => line.account],
    patient: ['text', line => line.patient],
    charge: ['text', line => line.charge],
    share: ['bigint', line => line.share],
  })
  return sql`insert into billing.invoice_line (practice_id, id, invoice_id, n, account_id, patient_id, charge_id, share_cents, open_cents)
    select ${practice}, id, invoice, at, account, patient, charge, share, share from ${given} order by n`
}

/** Takes from (or, below zero, gives back to) what is open of lines and their invoices; a line never leaves 0 to its share. */
export async function reduceOpen(
  tx: Tx,
  practice: PracticeId,
  reductions: readonly { readonly line: InvoiceLineId; readonly cents: Cents }[],
): Promise<void> {
  const given = unnested('given', reductions, {
    line: ['text', reduction => reduction.line],
    cents: ['bigint', reduction => reduction.cents],
  })
  await write(
    tx,
    sql`with by_line as (select line, sum(cents)::bigint as cents from ${given} group by line having sum(cents) <> 0),
      lines as (update billing.invoice_line il set open_cents = il.open_cents - g.cents from by_line g
        where il.practice_id = ${practice} and il.id = g.line returning il.invoice_id, g.cents),
      sums as (select invoice_id, sum(cents)::bigint as cents from lines group by invoice_id)
      update billing.invoice i set open_cents = i.open_cents - s.cents, closed_at = case when i.open_cents - s.cents = 0 then now() end
      from sums s where i.practice_id = ${practice} and i.id = s.invoice_id`,
  )
}

/** Takes the next numbers of the practice's invoices; answers the first. */
async function takeNumbers(tx: Tx, practice: PracticeId, count: number): Promise<bigint> {
  const { first } = await one(
    tx,
    sql<{ first: bigint }>`insert into billing.numbering (practice_id, next) values (${practice}, ${1000 + count})
      on conflict (practice_id) do update set next = numbering.next + ${count}::int returning next - ${count}::int as first`,
  )
  return first
}
