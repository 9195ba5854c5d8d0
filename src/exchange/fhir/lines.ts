import type { Diagnosis } from '../../billing/charges.ts'
import {
  type Cents,
  compareDecimals,
  type Decimal,
  decimalText,
  roundHalfUp,
  subtractDecimals,
  sumDecimals,
  ZERO,
} from '../../kernel/money.ts'
import type { Outcome } from './answers.ts'
import { cents, inCents, type Judged, type LineMoney, unanswered } from './bill-line.ts'
import type { ClaimAnswer, ClaimItem, ClaimReading } from './reading.ts'
import { apportion, compareTotal } from './rounding.ts'

export type BillLine = LineMoney & {
  /** The claim item's number; 0 is what the claim's total has above its items, or the whole claim. */
  readonly sequence: number
  readonly code: string | null
  readonly codeSystem: string | null
  readonly description: string
  readonly units: number
  readonly servicedOn: Temporal.PlainDate
  readonly diagnoses: readonly Diagnosis[]
  /** What the line is made of, where the insurer answered the claim as a whole. */
  readonly items: readonly string[]
}

/** A line before its cents are known: what it charges exactly, and what was answered. */
type Draft = Omit<BillLine, keyof LineMoney> & { readonly exact: Decimal; readonly judged: Judged | null }

/** What a claim asks for an item: as the claim says, else as its answers repeat it. */
export function askedFor(item: ClaimItem, answers: readonly ClaimAnswer[]): Decimal | null {
  const said = answers.flatMap(each => each.lines.filter(line => line.sequence === item.sequence))
  return (
    item.net ??
    said.find(line => line.said.amounts.submitted)?.said.amounts.submitted ??
    said.find(line => line.net)?.net ??
    null
  )
}

/** A claim's lines in cents, answered or not, and what is to be told where its total contradicts them. */
export function linesOf(
  reading: ClaimReading,
  outcome: Outcome,
  servicedOn: Temporal.PlainDate,
): { lines: BillLine[]; remark?: string } {
  const { whole } = outcome
  if (whole)
    return { lines: inMoney(reading, [wholeDraft(reading, whole, servicedOn)], cents(whole.charged, 'charge')) }
  const drafts = reading.items.flatMap(item => draftOf(item, reading, outcome, servicedOn) ?? [])
  const sum = sumDecimals(drafts.map(draft => draft.exact))
  const total = reading.total ?? outcome.by.find(each => each.total)?.total ?? sum
  const most = cents(total, 'total')
  const place = compareTotal(total, sum, drafts.length)
  if (place === 'same') return { lines: inMoney(reading, drafts, most) }
  if (place === 'above') {
    const rest = restDraft(reading, subtractDecimals(total, sum), servicedOn)
    return { lines: inMoney(reading, [rest, ...drafts], most) }
  }
  return {
    lines: inMoney(reading, drafts, roundHalfUp(sum)),
    remark: `The claim's total, ${decimalText(most)}, is below the sum of its lines, ${decimalText(roundHalfUp(sum))}; the lines stand.`,
  }
}

/** Lines in cents that come to a total; one that comes to nothing is left out. */
function inMoney({ payer }: ClaimReading, drafts: readonly Draft[], total: Cents): BillLine[] {
  const charged = apportion(
    drafts.map(draft => draft.exact),
    total,
  )
  return drafts.flatMap(({ exact, judged, ...line }, i) => {
    const amount = charged[i] ?? 0n
    if (amount === 0n) return []
    cents(exact, 'charge')
    return [{ ...line, ...(judged ? inCents(judged, amount) : unanswered(amount, payer.insured)) }]
  })
}

/** One item's line; none when it asks for nothing, as the diagnoses that Synthea lists as items. */
function draftOf(
  item: ClaimItem,
  reading: ClaimReading,
  outcome: Outcome,
  servicedOn: Temporal.PlainDate,
): Draft | undefined {
  const judged = outcome.lines.get(item.sequence) ?? null
  const exact = judged?.charged ?? askedFor(item, reading.answers)
  if (!exact || compareDecimals(exact, ZERO) === 0) return undefined
  const { net: _, ...facts } = item
  return { ...facts, servicedOn: item.servicedOn ?? servicedOn, items: [], exact, judged }
}

/** What the total has above the items is one more line, named by the first item: in Synthea's files, the visit. */
function restDraft(reading: ClaimReading, exact: Decimal, servicedOn: Temporal.PlainDate): Draft {
  const [first] = reading.items
  const { code = null, codeSystem = null, description = reading.title } = first ?? {}
  return {
    code,
    codeSystem,
    description,
    sequence: 0,
    units: 1,
    servicedOn,
    diagnoses: reading.diagnoses,
    items: [],
    exact,
    judged: null,
  }
}

/** A claim that was answered as a whole is one line, named by its first item; all its items are named below it. */
function wholeDraft(reading: ClaimReading, judged: Judged, servicedOn: Temporal.PlainDate): Draft {
  const items = reading.items.length > 1 ? reading.items.map(item => item.description) : []
  return { ...restDraft(reading, judged.charged, servicedOn), items, judged }
}
