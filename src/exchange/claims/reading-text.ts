import { parseDay } from '../../kernel/dates.ts'
import { exactText, parseDecimal } from '../../kernel/money.ts'
import { assert } from '../../kernel/refusal.ts'
import { canonicalText, hash } from '../fhir/canonical.ts'
import { isObject } from '../fhir/element.ts'
import type { ClaimReading } from '../fhir/reading.ts'

/** A claim's reading as JSON: exact amounts and days are kept as such. */
export function readingText(reading: ClaimReading): string {
  return plainText(reading)
}

function plainText(told: object): string {
  return JSON.stringify(told, function (this: Record<string, unknown>, key, value: unknown) {
    const own = this[key]
    if (own instanceof Temporal.PlainDate) return { day: own.toString() }
    if (own instanceof Temporal.Instant) return { instant: own.toString() }
    return isDecimal(own) ? { amount: exactText(own) } : value
  })
}

/** The reading that such a text holds. */
export function readingFrom(text: string): ClaimReading {
  return JSON.parse(text, (_, value: unknown) => {
    if (!isObject(value)) return value
    const [key, ...others] = Object.keys(value)
    const inner = others.length === 0 && key ? value[key] : undefined
    if (typeof inner !== 'string') return value
    if (key === 'day') return kept(parseDay(inner))
    if (key === 'amount') return kept(parseDecimal(inner))
    return key === 'instant' ? Temporal.Instant.from(inner) : value
  }) as ClaimReading
}

function kept<T>(value: T | undefined): T {
  assert(value !== undefined, 'a kept reading reads back')
  return value
}

function isDecimal(value: unknown): value is { units: bigint; scale: number } {
  return isObject(value) && typeof value.units === 'bigint' && typeof value.scale === 'number'
}

/** All that decides about money in a claim and its answers, hashed: what staff answered, they answered of this. */
export function figuresHash(reading: ClaimReading): string {
  const { use, status, payer, total, servicedOn, items, currencies, answers } = reading
  const asked = items.map(({ sequence, net, servicedOn: on }) => ({ sequence, net, on }))
  const said = answers
    .map(({ source, status, outcome, createdOn, payer, isCorrection, isAddedTo, lines, header }) => ({
      source,
      status,
      outcome,
      createdOn,
      payer,
      isCorrection,
      isAddedTo,
      lines,
      header,
    }))
    .sort((a, b) => (a.source < b.source ? -1 : 1))
  const told = { use, status, payer, total, servicedOn, asked, currencies, said }
  return hash(canonicalText(JSON.parse(plainText(told))))
}
