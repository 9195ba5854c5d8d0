import { recordEvent } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { InvoiceLineId } from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { credit, debit, recordEntry } from '../ledger/entries.ts'
import type { App } from '../platform/app.ts'
import type { Tx } from '../platform/database.ts'
import { getPractice } from '../practice/practices.ts'
import { type Given, recordAllocations } from './allocations.ts'
import type { BookedBill, BookedLine, ClaimBooks } from './claim-books.ts'
import { listStandingOn, type Standing } from './standing.ts'

/** What a line came to with a later payer's answer. */
export type LowerLine = {
  readonly sequence: number
  readonly insurancePaid: Cents
  readonly discount: Cents
  readonly patientShare: Cents
}

export type NextAnswer = {
  readonly books: ClaimBooks
  /** The answer's own name: with the bill it names the entry. */
  readonly answer: string
  readonly on: Temporal.PlainDate
  readonly lines: readonly LowerLine[]
}

/**
 * A later payer bears part of what was billed (docs/domain.md, "Next payer's answer"): insurance, adjustments / receivable.
 * What its bill no longer needs is taken from its newest allocations, closes what else is open of the same bill, and
 * becomes credit. The caller holds the household's lock, and has asked `takesElsewhere`: what no payment gave is not taken.
 * Records invoice.lowered.
 */
export async function takeNextAnswer(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  { books, answer, on, lines }: NextAnswer,
): Promise<void> {
  for (const bill of books.bills) {
    const lowered = books.lines.flatMap(before => {
      const after = lines.find(line => line.sequence === before.sequence)
      return before.invoice === bill.id && after && before.patientShare > after.patientShare ? [{ before, after }] : []
    })
    const all = books.lines.filter(line => line.invoice === bill.id)
    if (lowered.length > 0) await lowerBill(app, tx, actor, { bill, answer, on, lowered, all })
  }
}

/** Whether a later payer's answer would need what was settled elsewhere, or what the practice bears, of one of these lines. */
export function takesElsewhere({ bills, lines }: ClaimBooks, lowered: readonly LowerLine[]): boolean {
  return lines.some(line => {
    const bill = bills.find(each => each.id === line.invoice)
    const after = lowered.find(each => each.sequence === line.sequence)
    const isOver = after !== undefined && line.patientShare - after.patientShare > line.open
    return isOver && bill !== undefined && bill.settled + bill.writtenOff > 0n
  })
}

type Lowering = {
  bill: BookedBill
  answer: string
  on: Temporal.PlainDate
  lowered: readonly { before: BookedLine; after: LowerLine }[]
  /** All lines of the bill. */
  all: readonly BookedLine[]
}

async function lowerBill(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  { bill, answer, on, lowered, all }: Lowering,
): Promise<void> {
  const { id, account, patient } = bill
  const { currency } = await getPractice(tx, actor.practice)
  const less = lowered.map(({ before, after }) => ({
    line: before.line,
    cents: before.patientShare - after.patientShare,
  }))
  const borne: Given[] = less.flatMap(({ line, cents }) =>
    line ? [{ invoice: id, line, patient, payment: null, isWrittenOff: false, cents }] : [],
  )
  const { given, left } = rearrange(needsOf(all, lowered), await listStandingOn(tx, actor.practice, id))
  const sum = (read: (one: (typeof lowered)[number]) => Cents) => sumCents(lowered.map(read))
  const entry = await recordEntry(tx, actor, {
    kind: 'next-answer',
    source: `${id} ${answer}`,
    currency,
    occurredOn: on,
    lines: [
      debit(
        'insurance',
        sum(({ before, after }) => after.insurancePaid - before.insurancePaid),
        { account, patient },
      ),
      debit(
        'adjustments',
        sum(({ before, after }) => after.discount - before.discount),
        { account, patient },
      ),
      credit('receivable', sumCents([...borne, ...given].map(each => each.cents)), { account, patient }),
      ...left.flatMap(({ payment, cents }) => (payment ? credit('unapplied-credit', cents, { account, payment }) : [])),
    ],
  })
  await recordAllocations(tx, actor.practice, { account, entry, given: [...borne, ...given] })
  await recordEvent(app, tx, actor, { type: 'invoice.lowered', subject: id, account, patient })
}

/** What each line of the bill is open once it is lowered: below zero where it was given more than it needs. */
function needsOf(all: Lowering['all'], lowered: Lowering['lowered']): Map<InvoiceLineId, Cents> {
  const less = new Map(lowered.map(({ before, after }) => [before.line, before.patientShare - after.patientShare]))
  return new Map(all.flatMap(({ line, open }) => (line ? [[line, open - (less.get(line) ?? 0n)] as const] : [])))
}

/** Takes from each line what it no longer needs, newest first, and gives of that what other lines of the bill still need. */
function rearrange(needs: Map<InvoiceLineId, Cents>, standing: readonly Standing[]): { given: Given[]; left: Given[] } {
  const free: Given[] = []
  for (const each of standing.filter(one => one.by === 'payment')) {
    const over = -(needs.get(each.line) ?? 0n)
    const cents = leastCents(over, each.cents)
    if (cents <= 0n) continue
    needs.set(each.line, cents - over)
    free.push({ ...each, isWrittenOff: false, cents })
  }
  assert(
    [...needs.values()].every(need => need >= 0n),
    'a later payer never takes what no payment gave',
  )
  return give(free, needs)
}

function give(free: readonly Given[], needs: Map<InvoiceLineId, Cents>): { given: Given[]; left: Given[] } {
  const given: Given[] = free.map(each => ({ ...each, cents: -each.cents }))
  const left: Given[] = []
  // The oldest stay on the bill.
  for (const each of free.toReversed()) {
    let rest = each.cents
    for (const [line, need] of needs) {
      const cents = leastCents(rest, need)
      if (cents <= 0n) continue
      rest -= cents
      needs.set(line, need - cents)
      given.push({ ...each, line, cents })
    }
    if (rest > 0n) left.push({ ...each, cents: rest })
  }
  return { given, left }
}
