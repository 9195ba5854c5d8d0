import {
  type Cents,
  type Decimal,
  MOST_CENTS,
  roundHalfUp,
  subtractDecimals,
  sumDecimals,
  ZERO,
} from '../../kernel/money.ts'
import { type Answer, figuresOf } from '../fhir/adjudications.ts'
import { isAnswered, ownPayment } from '../fhir/bill-line.ts'
import { askedFor } from '../fhir/lines.ts'
import { type ClaimItem, type ClaimReading, isInForce } from '../fhir/reading.ts'
import { apportion, compareTotal } from '../fhir/rounding.ts'

/** One line of a held claim as staff see and answer it. */
export type HeldLine = {
  readonly sequence: number
  readonly item: ClaimItem | null
  readonly title: string
  readonly servicedOn: Temporal.PlainDate | null
  /** What it charges; null where that cannot be told, and is then what the share and the insurance come to. */
  readonly charged: Cents | null
  /** What insurers paid; null where that is what is in doubt. */
  readonly insurance: Cents | null
  /** All that insurers said of it. */
  readonly said: string
}

/**
 * A held claim's lines, as staff bill them: its items and what its total has above them; one line for the whole where it
 * was answered as a whole, or where an item is below zero.
 */
export function heldLines(reading: ClaimReading, currency: string): HeldLine[] {
  const answers = reading.answers.filter(isInForce)
  const isWhole = answers.some(each => isAnswered(each.header) && !each.lines.some(line => isAnswered(line.said)))
  const asked = reading.items.map(item => askedFor(item, reading.answers))
  const isBelow = asked.some(amount => amount !== null && amount.units < 0n)
  const items = isNumbered(reading.items)
    ? reading.items
    : reading.items.map((item, i) => ({ ...item, sequence: i + 1 }))
  const lines =
    isWhole || isBelow || items.length === 0
      ? [wholeLine(reading)]
      : [...aboveLine(reading, asked), ...items.map((item, i) => itemLine(reading, item, asked[i] ?? null))]
  const isForeign = [reading, ...answers].flatMap(one => one.currencies).some(name => name !== currency)
  if (isForeign) return lines.map(({ exact: _, ...line }) => ({ ...line, charged: null, insurance: null }))
  return inCents(lines)
}

type Draft = Omit<HeldLine, 'charged' | 'insurance'> & { readonly exact: Decimal | null; readonly paid: Decimal | null }

function isNumbered(items: readonly ClaimItem[]): boolean {
  return new Set(items.map(item => item.sequence)).size === items.length && !items.some(item => item.sequence === 0)
}

function itemLine(reading: ClaimReading, item: ClaimItem, exact: Decimal | null): Draft {
  const said = saidOf(reading, each =>
    each.lines.filter(line => line.sequence === item.sequence).map(line => line.said),
  )
  const { sequence, description: title, servicedOn } = item
  return { sequence, item, title, servicedOn, exact, paid: paidBy(said), said: figures(said) }
}

/** What the total has above the items, as for a claim that is not held: it waits, or is nobody's yet. */
function aboveLine(reading: ClaimReading, asked: readonly (Decimal | null)[]): Draft[] {
  const amounts = asked.filter(amount => amount !== null)
  const sum = sumDecimals(amounts)
  if (!reading.total || compareTotal(reading.total, sum, amounts.length) !== 'above') return []
  return [{ ...firstNamed(reading), exact: subtractDecimals(reading.total, sum), paid: ZERO, said: '' }]
}

function wholeLine(reading: ClaimReading): Draft {
  const said = saidOf(reading, each => [each.header, ...each.lines.map(line => line.said)])
  const headers = saidOf(reading, each => [each.header])
  const nets = reading.items.flatMap(item => item.net ?? [])
  const exact = reading.total ?? (nets.length > 0 ? sumDecimals(nets) : (headers[0]?.amounts.submitted ?? null))
  return { ...firstNamed(reading), exact, paid: paidBy(headers), said: figures(said) }
}

function firstNamed({ items, title, servicedOn }: ClaimReading) {
  const [first] = items
  return { sequence: 0, item: first ?? null, title: first?.description ?? title, servicedOn }
}

function saidOf(reading: ClaimReading, read: (answer: ClaimReading['answers'][number]) => Answer[]): Answer[] {
  return reading.answers
    .filter(isInForce)
    .flatMap(read)
    .filter(said => figuresOf(said) !== '' || said.wrong.length + said.unknown.length > 0)
}

/** Rule 2, where one answer says it and nothing in it is in doubt. */
function paidBy(said: readonly Answer[]): Decimal | null {
  const [only, ...others] = said
  if (!only) return ZERO
  if (others.length > 0 || only.wrong.length + only.unknown.length > 0) return null
  const paid = sumDecimals([ownPayment(only) ?? ZERO, only.amounts.priorPaid ?? ZERO])
  return paid.units < 0n ? null : paid
}

function figures(said: readonly Answer[]): string {
  return said.map(each => [figuresOf(each), ...each.wrong, ...each.unknown].filter(Boolean).join('; ')).join(' · ')
}

function inCents(lines: readonly Draft[]): HeldLine[] {
  const exact = lines.map(line => line.exact ?? ZERO)
  const cents = apportion(exact, roundHalfUp(sumDecimals(exact)))
  return lines.flatMap(({ exact: amount, paid, ...line }, i) => {
    const charged = cents[i] ?? 0n
    if (amount !== null && charged === 0n) return []
    const isUsable = amount !== null && charged > 0n && charged <= MOST_CENTS
    const insurance = paid && roundHalfUp(paid)
    return [
      {
        ...line,
        charged: isUsable ? charged : null,
        insurance: insurance !== null && isUsable && insurance <= charged ? insurance : null,
      },
    ]
  })
}
