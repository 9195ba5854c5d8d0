import { isId, type PaymentId } from '../../kernel/ids.ts'
import { paths } from '../../kernel/paths.ts'
import { TRANSACTION_STATUSES, type TransactionStatus } from '../../payments/transactions.ts'

export const SPANS = ['today', '7', '30', 'all'] as const
export type Span = (typeof SPANS)[number]

/** What the list's address asks for. */
export type Filter = {
  readonly q?: string
  readonly days: Span
  readonly status?: TransactionStatus
  readonly after?: PaymentId | undefined
}

/** The longest time that a fresh office still finds something in. */
const USUAL: Span = '30'

/** Reads it from an address or a form; anything it cannot mean is left out. */
export function readFilter(asked: { readonly [Name in keyof Filter]?: string | undefined }): Filter {
  const q = asked.q?.trim().slice(0, 100)
  const status = TRANSACTION_STATUSES.find(each => each === asked.status)
  const after = asked.after ?? ''
  return {
    days: SPANS.find(each => each === asked.days) ?? USUAL,
    ...(q ? { q } : {}),
    ...(status ? { status } : {}),
    ...(isId('pay', after) ? { after } : {}),
  }
}

/** What is asked for as values of an address or a form; the usual span is left unsaid. */
export function filterValues({ q, days, status, after }: Filter): Record<string, string> {
  return {
    ...(q ? { q } : {}),
    ...(days === USUAL ? {} : { days }),
    ...(status ? { status } : {}),
    ...(after ? { after } : {}),
  }
}

/** The address of a list that asks for this. */
export function listPath(practice: string, filter: Filter, posted?: PaymentId): string {
  return paths.office.transactions(practice, { ...filterValues(filter), ...(posted ? { posted } : {}) })
}

/** Whether anything is asked for beyond the usual. */
export function isFiltered({ q, days, status }: Filter): boolean {
  return Boolean(q || status) || days !== USUAL
}

/** The instant a span begins: the start of a day in the practice's zone. */
export function startOf(days: Span, today: Temporal.PlainDate, zone: string): Temporal.Instant | undefined {
  if (days === 'all') return undefined
  const back = days === 'today' ? 0 : Number(days) - 1
  return startOfDay(today.subtract({ days: back }), zone)
}

export function startOfDay(day: Temporal.PlainDate, zone: string): Temporal.Instant {
  return day.toZonedDateTime(zone).toInstant()
}
