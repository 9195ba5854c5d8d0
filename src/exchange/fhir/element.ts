import { dayIn, parseDay } from '../../kernel/dates.ts'
import { type Decimal, parseDecimal } from '../../kernel/money.ts'
import { isolated, LONGEST, oneLine, shortened } from '../../kernel/texts.ts'
import type { Path } from './locate.ts'

/** A JSON number as the file writes it; it never becomes a float. */
export class Exact {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** How an entry is to be read: the base of its relative references, and the zone in which its instants are days. */
export type Origin = {
  readonly base: string | null
  readonly zone: string
  /** Told what was made of it that its sender may not expect. */
  readonly note: (why: string) => void
}

/** Part of a resource, with the path that leads to it. */
export type Element = { readonly value: unknown; readonly path: Path; readonly origin?: Origin | undefined }

/** An element that is not what FHIR R4 says it is; the reader of the entry turns it into a refusal with its place. */
export class WrongElement extends Error {
  readonly path: Path

  constructor(why: string, path: Path) {
    super(why)
    this.name = 'WrongElement'
    this.path = path
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown
const parseJson = JSON.parse as (text: string, reviver: Reviver) => unknown

/** A number of more than fifteen digits, or with an exponent: a float may not keep it. */
const WIDE = /(?:"\s*:|[,[])\s*(-?\d(?:[\d.]{15,}|[\d.]*[eE])[\d+-]*)/g

/** Whether a JSON text has a number that a float does not keep as it is written. */
export function needsExact(text: string): boolean {
  for (const [, number = ''] of text.matchAll(WIDE)) if (String(Number(number)) !== number) return true
  return false
}

/** A number as a decimal text; undefined for what is none. */
export function numberText(value: unknown): string | undefined {
  if (value instanceof Exact) return value.text
  return typeof value === 'number' ? String(value) : undefined
}

/** Parses JSON with every number kept as its exact text: several times as long as without. */
export function parseExact(text: string): unknown {
  return parseJson(text, (_key, value, { source }) =>
    typeof value === 'number' ? new Exact(source ?? String(value)) : value,
  )
}

export function child(parent: Element | undefined, key: string): Element | undefined {
  if (!parent || !isObject(parent.value)) return undefined
  const value = Object.hasOwn(parent.value, key) ? parent.value[key] : undefined
  return value === undefined || value === null
    ? undefined
    : { value, path: [...parent.path, key], origin: parent.origin }
}

/** The elements of a list; none when it is absent. */
export function children(parent: Element | undefined, key: string): Element[] {
  const list = child(parent, key)
  if (!list) return []
  if (!Array.isArray(list.value)) throw new WrongElement(`"${key}" is not a list.`, list.path)
  return list.value.map((value: unknown, i) => ({ value, path: [...list.path, i], origin: list.origin }))
}

export function textOf(parent: Element | undefined, key: string): string | undefined {
  const found = child(parent, key)
  if (!found) return undefined
  if (typeof found.value !== 'string') throw new WrongElement(`"${key}" is not text.`, found.path)
  return found.value.trim() || undefined
}

/** Text that people read: one line, without what steers a terminal or turns what stands around it, and not endless. */
export function wordsOf(parent: Element | undefined, key: string, most: number = LONGEST.other): string | undefined {
  const text = textOf(parent, key)
  return text === undefined ? undefined : readable(text, parent, most)
}

/** The same of a text at hand; undefined where nothing of it can be seen. */
export function readable(
  text: string,
  { origin }: Pick<Element, 'origin'> = {},
  most: number = LONGEST.other,
): string | undefined {
  const line = oneLine(text)
  const cut = shortened(line, most)
  if (cut !== line) origin?.note(`A text of ${[...line].length} characters is cut to ${most}.`)
  return isolated(cut) || undefined
}

export function integerOf(parent: Element | undefined, key: string): number | undefined {
  const found = child(parent, key)
  if (!found) return undefined
  const text = numberText(found.value)
  if (text === undefined || !/^\d{1,9}$/.test(text))
    throw new WrongElement(`"${key}" is not a whole number.`, found.path)
  return Number(text)
}

export function decimalOf(parent: Element | undefined, key: string): Decimal | undefined {
  const found = child(parent, key)
  if (!found) return undefined
  const decimal = parseDecimal(numberText(found.value) ?? '')
  if (!decimal) throw new WrongElement(`The amount ${shown(found.value)} is no decimal number.`, found.path)
  return decimal
}

/** An amount of money as the file says it; `currency` is null when the file leaves it out. */
export type Amount = { readonly value: Decimal; readonly currency: string | null }

/** A FHIR Money element; undefined when it or its value is absent. */
export function amountOf(parent: Element | undefined, key: string): Amount | undefined {
  const money = child(parent, key)
  if (!money) return undefined
  if (!isObject(money.value)) throw new WrongElement(`"${key}" is not an amount of money.`, money.path)
  const value = decimalOf(money, 'value')
  return value && { value, currency: currencyOf(money)?.toLowerCase() ?? null }
}

/** As R4 names it, or as older releases do, for which money was a quantity. */
function currencyOf(money: Element): string | undefined {
  return (
    textOf(money, 'currency') ??
    (textOf(money, 'system') === 'urn:iso:std:iso:4217' ? textOf(money, 'code') : undefined)
  )
}

const DATE_TIME = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/

/**
 * The calendar date of a FHIR date or dateTime: an instant written in `Z` is a day in the practice's zone, one with
 * another offset is the day that it says. FHIR allows a year, or a year and month, alone: those are undefined.
 * Anything else is refused.
 */
export function dayOf(parent: Element | undefined, key: string): Temporal.PlainDate | undefined {
  const found = child(parent, key)
  if (!found) return undefined
  const text = found.value
  if (typeof text === 'string' && /^\d{4}(-(0[1-9]|1[0-2]))?$/.test(text)) return undefined
  const [, date = '', time] = (typeof text === 'string' && DATE_TIME.exec(text)) || []
  const day = parseDay(date)
  if (!day) throw new WrongElement(`The date ${shown(text)} is no date.`, found.path)
  return time?.endsWith('Z') ? (dayAt(`${date}${time}`, found) ?? day) : day
}

/** FHIR leaves out no seconds, but files do; a time that no clock shows says its date alone. */
function dayAt(instant: string, { origin }: Element): Temporal.PlainDate | undefined {
  try {
    return dayIn(origin?.zone ?? 'UTC', Temporal.Instant.from(instant))
  } catch {
    return undefined
  }
}

/** The first day of a period, or its last: a year or a month alone begins and ends with its own. */
export function edgeOf(period: Element | undefined, key: 'start' | 'end'): Temporal.PlainDate | undefined {
  const [, year = '', month] = /^(\d{4})(?:-(\d\d))?$/.exec(textOf(period, key) ?? '') ?? []
  const whole = dayOf(period, key)
  if (whole || year === '' || year === '0000') return whole
  const first = Temporal.PlainDate.from({ year: Number(year), month: Number(month ?? 1), day: 1 })
  return key === 'start' ? first : first.add(month ? { months: 1 } : { years: 1 }).subtract({ days: 1 })
}

/** A FHIR instant; undefined where it is absent, or none that a clock shows: nothing depends on it alone. */
export function instantOf(parent: Element | undefined, key: string): Temporal.Instant | undefined {
  const found = child(parent, key)?.value
  try {
    return typeof found === 'string' ? Temporal.Instant.from(found) : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Exact)
}

function shown(value: unknown): string {
  const number = numberText(value)
  if (number !== undefined) return number.slice(0, 40)
  return typeof value === 'string'
    ? `"${value.slice(0, 40)}"`
    : `of type ${Array.isArray(value) ? 'list' : typeof value}`
}
