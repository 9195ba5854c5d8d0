import { midnight } from '../../kernel/dates.ts'
import { child, type Element, edgeOf, textOf } from './element.ts'

/** The uses that FHIR gives to what no longer holds (name-use, address-use, contact-point-use). */
const PAST = ['old', 'maiden']

/** Whether a name, an address or a contact point held once and no longer does, by its `use` and `period`. */
export function isPast(element: Element, today: Temporal.PlainDate): boolean {
  return PAST.includes(textOf(element, 'use') ?? '') || isBefore(edgeOf(child(element, 'period'), 'end'), today)
}

/**
 * Those of a list that hold on a day, the best first: by `rank`, then by the order of `uses`, then those that began last,
 * then as listed.
 */
export function allCurrent(
  elements: readonly Element[],
  uses: readonly string[],
  today: Temporal.PlainDate,
): Element[] {
  const began = (element: Element) => edgeOf(child(element, 'period'), 'start')
  const holds = elements.filter(element => !isPast(element, today) && !isBefore(today, began(element)))
  const order = (element: Element) => [rankOf(element), useOf(element, uses), -daysOf(began(element))]
  return holds.toSorted((a, b) => compare(order(a), order(b)))
}

/** The best of those that hold; undefined where none does. */
export function currentOf(
  elements: readonly Element[],
  uses: readonly string[],
  today: Temporal.PlainDate,
): Element | undefined {
  return allCurrent(elements, uses, today)[0]
}

const LAST = 1e9

function rankOf(element: Element): number {
  const rank = child(element, 'rank')?.value
  return typeof rank === 'number' ? rank : LAST
}

function useOf(element: Element, uses: readonly string[]): number {
  const at = uses.indexOf(textOf(element, 'use') ?? '')
  return at < 0 ? uses.length : at
}

function daysOf(day: Temporal.PlainDate | undefined): number {
  return day ? midnight(day) : -LAST * LAST
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0
    if (value !== other) return value - other
  }
  return 0
}

function isBefore(a: Temporal.PlainDate | undefined, b: Temporal.PlainDate | undefined): boolean {
  return a !== undefined && b !== undefined && Temporal.PlainDate.compare(a, b) < 0
}
