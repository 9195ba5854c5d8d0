import { sql } from 'kysely'
import { recordEvent } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AccountId, EntryId, InvoiceId, PatientId, PracticeId } from '../kernel/ids.ts'
import { type Currency, sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { credit, debit, type Line, listEntryLines, recordEntry } from '../ledger/entries.ts'
import type { App } from '../platform/app.ts'
import { list, rows, type Tx } from '../platform/database.ts'
import { getPractice } from '../practice/practices.ts'
import { type Given, recordAllocations } from './allocations.ts'
import type { BookedBill, BookedLine, ClaimBooks } from './claim-books.ts'
import { selectInvoiceLines } from './invoices.ts'
import { listStandingOn, type Standing } from './standing.ts'

/**
 * Takes a claim out of the books whole, by its bills' credit notes (docs/domain.md, "Records that move"): what its people
 * paid becomes credit, what was settled elsewhere goes back to opening balances. A claim without a bill has its issue
 * entries reversed; what waited is gone. The caller holds the households' locks. Records invoice.withdrawn.
 */
export async function withdrawClaim(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  { books, on }: { books: ClaimBooks; on: Temporal.PlainDate },
): Promise<void> {
  const { currency } = await getPractice(tx, actor.practice)
  for (const bill of books.bills) await withdrawBill(app, tx, actor, { bill, books, on, currency })
  const billed = new Set<string>(books.bills.map(bill => bill.id))
  const unbilled = books.lines.filter(line => !line.waiting && (line.invoice === null || !billed.has(line.invoice)))
  for (const issue of await listIssues(tx, actor.practice, unbilled)) await reverseIssue(tx, actor, issue, on, currency)
  await sql`update billing.charge set withdrawn_at = now()
    where practice_id = ${actor.practice} and id = any (${list(books.lines.map(line => line.id))})`.execute(tx)
}

type Withdrawal = { bill: BookedBill; books: ClaimBooks; on: Temporal.PlainDate; currency: Currency }

async function withdrawBill(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  { bill, books, on, currency }: Withdrawal,
): Promise<void> {
  const { id, account, patient } = bill
  const lines = books.lines.filter(line => line.invoice === id)
  const [issue, ...others] = await listIssues(tx, actor.practice, lines)
  assert(issue && others.length === 0, 'a bill was issued by one entry')
  const standing = await listStandingOn(tx, actor.practice, id)
  const reversed = (await listEntryLines(tx, actor.practice, issue.id)).map(line => ({ ...line, cents: -line.cents }))
  const entry = await recordEntry(tx, actor, {
    kind: 'credit-note',
    source: id,
    corrects: issue.id,
    currency,
    occurredOn: on,
    lines: [...reversed, ...(await returned(tx, actor.practice, bill, standing))],
  })
  const given = [...standing.map(takenBack), ...(await closing(tx, actor.practice, id, patient))]
  await recordAllocations(tx, actor.practice, { account, entry, given })
  await sql`update billing.invoice set withdrawn_at = now() where practice_id = ${actor.practice} and id = ${id}`.execute(
    tx,
  )
  await recordEvent(app, tx, actor, { type: 'invoice.withdrawn', subject: id, account, patient })
}

/** What closed a withdrawn bill goes where it came from, and what payments gave becomes their credit. */
async function returned(
  tx: Tx,
  practice: PracticeId,
  { id, account, patient }: BookedBill,
  standing: readonly Standing[],
): Promise<Line[]> {
  const owed = sumCents(standing.map(each => each.cents))
  const lines = standing.flatMap(({ by, payment, inPlaceOf, cents }) => {
    if (by === 'payment' && payment) return credit('unapplied-credit', cents, { account, payment })
    if (by === 'settled') return credit('opening-balances', cents, { account, patient })
    const of = inPlaceOf ? { account, patient, payment: inPlaceOf } : { account, patient }
    return by === 'written-off' ? credit('adjustments', cents, of) : []
  })
  return [
    debit('receivable', owed, { account, patient }),
    ...lines,
    ...(await nextAnswersBack(tx, practice, id, account, patient)),
  ]
}

/** What next payers bore of the bill, and what rounding moved with it. */
async function nextAnswersBack(
  tx: Tx,
  practice: PracticeId,
  invoice: InvoiceId,
  account: AccountId,
  patient: PatientId,
): Promise<Line[]> {
  const borne = await rows(
    tx,
    sql<{
      ledgerAccount: 'insurance' | 'adjustments'
      cents: bigint
    }>`select l.ledger_account as "ledgerAccount", sum(l.cents)::bigint as cents
      from ledger.line l join ledger.entry e on e.practice_id = l.practice_id and e.id = l.entry_id and e.kind = 'next-answer'
      where l.practice_id = ${practice} and l.payment_id is null and l.ledger_account in ('insurance', 'adjustments')
        and l.entry_id in (select entry_id from billing.allocation where practice_id = ${practice} and invoice_id = ${invoice})
      group by l.ledger_account having sum(l.cents) <> 0`,
  )
  return borne.map(({ ledgerAccount, cents }) => credit(ledgerAccount, cents, { account, patient }))
}

function takenBack({ by, inPlaceOf: _, ...standing }: Standing): Given {
  return { ...standing, cents: -standing.cents, isWrittenOff: by === 'written-off' }
}

/** The credit note closes every line with the whole of its share. */
async function closing(tx: Tx, practice: PracticeId, invoice: InvoiceId, patient: PatientId): Promise<Given[]> {
  const lines = await rows(tx, selectInvoiceLines(practice, invoice))
  return lines
    .filter(line => line.share > 0n)
    .map(line => ({ line: line.id, invoice, patient, payment: null, isWrittenOff: false, cents: line.share }))
}

type Issue = { readonly id: EntryId }

/** The entries that issued these lines and still stand: each is named by a charge of its own, in older books by their numbers. */
async function listIssues(tx: Tx, practice: PracticeId, lines: readonly BookedLine[]): Promise<Issue[]> {
  if (lines.length === 0) return []
  const claim = lines[0]?.source
  const names = lines.flatMap(({ id, sequence }) => [id, `${claim}#${sequence}`])
  const all = `${claim}#${lines.map(line => line.sequence).join(',')}`
  return rows(
    tx,
    sql<Issue>`select e.id from ledger.entry e where e.practice_id = ${practice} and e.kind = 'issue' and e.source = any (${list([...names, all])})
      and not exists (select from ledger.entry c where c.practice_id = e.practice_id and c.corrects = e.id) order by e.id`,
  )
}

async function reverseIssue(
  tx: Tx,
  actor: Actor,
  { id }: Issue,
  on: Temporal.PlainDate,
  currency: Currency,
): Promise<void> {
  const lines = (await listEntryLines(tx, actor.practice, id)).map(line => ({ ...line, cents: -line.cents }))
  await recordEntry(tx, actor, { kind: 'correction', source: id, corrects: id, currency, occurredOn: on, lines })
}
