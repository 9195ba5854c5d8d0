import { IntlMessageFormat } from 'intl-messageformat'
import { daysBetween, midnight } from '../kernel/dates.ts'
import type { Locale } from '../kernel/locale.ts'
import { type Cents, decimalText } from '../kernel/money.ts'
import { remembered } from '../kernel/remembered.ts'
import { en, es, office } from './catalogs.ts'

export type WordKey = keyof typeof en
export type OfficeKey = keyof typeof office

/** What a message may hold. A bigint is an amount in cents and becomes money; a PlainDate becomes "December 5". */
export type WordValue = string | number | bigint | Temporal.PlainDate
export type WordValues = Readonly<Record<string, WordValue>>

/** Words of one language, with its ways to write money, days, times and lists. */
export type Catalog<Key extends string> = Readonly<{
  locale: Locale
  /** The sentence of this key with its values filled in: plain text, to be escaped by what renders it. */
  t(key: Key, values?: WordValues): string
  /** The same sentence in pieces, so that a value can be an element: `<a>`, `<bdi>`, `<Money>`. */
  rich<T extends object>(key: Key, values: Readonly<Record<string, WordValue | T>>): (string | T)[]
  /** True when there is a sentence with this key; narrows a made-up key such as `decline.${code}`. */
  has(key: string): key is Key
  /** `$1,250.50`; below zero with a real minus sign. */
  money(cents: Cents): string
  /** For large amounts, the symbol set apart: `{ sign: '', symbol: '$', digits: '1,250.50' }`. */
  moneyParts(cents: Cents): { sign: string; symbol: string; digits: string }
  /** `Nov 14`; with `today` given, a day of another year is `Nov 14, 2025`. */
  day(day: Temporal.PlainDate, today?: Temporal.PlainDate): string
  /** `December 5`, for sentences; with `today` given, another year is named. */
  dayOfMonth(day: Temporal.PlainDate, today?: Temporal.PlainDate): string
  /** `Saturday, November 21`, above a page. */
  dayOfWeek(day: Temporal.PlainDate): string
  /** `December 2, 2026`, for documents. */
  dayFull(day: Temporal.PlainDate): string
  /** `November 2026`. */
  month(day: Temporal.PlainDate): string
  /** `9:41 PM` in the practice's zone. */
  time(at: Temporal.Instant, zone: string): string
  /** `Nov 14, 2026 at 9:41 PM` in the practice's zone. */
  dateTime(at: Temporal.Instant, zone: string): string
  /** `Maria, Leo, and Ana`. */
  list(names: readonly string[]): string
}>

export type Words = Catalog<WordKey> & {
  /** `Due in 2 days`, `Due today`, `Due Dec 5`, `Was due Nov 2`. */
  relativeDue(day: Temporal.PlainDate, today: Temporal.PlainDate): string
  /** `today`, `yesterday`, `3 days ago`, `on Nov 4`. */
  relativePast(day: Temporal.PlainDate, today: Temporal.PlainDate): string
}
export type OfficeWords = Catalog<OfficeKey>

const TAGS = { en: 'en-US', es: 'es-US' } as const
const cache = new Map<Locale, Words>()
let officeCache: OfficeWords | undefined

/** Everything a patient reads, in their language; made once per language. */
export function wordsFor(locale: Locale): Words {
  let words = cache.get(locale)
  if (!words) {
    const catalog: Record<WordKey, string> = locale === 'es' ? es : en
    words = withRelativeDays(catalogOf(locale, catalog))
    cache.set(locale, words)
  }
  return words
}

/** What staff read; English only. */
export function officeWords(): OfficeWords {
  officeCache ??= catalogOf<OfficeKey>('en', office)
  return officeCache
}

function catalogOf<Key extends string>(locale: Locale, catalog: Readonly<Record<Key, string>>): Catalog<Key> {
  const tag = TAGS[locale]
  const write = formatsOf(tag)
  const compiled = new Map<Key, IntlMessageFormat | string>()

  function messageOf(key: Key): IntlMessageFormat | string {
    let message = compiled.get(key)
    if (message === undefined) {
      const text = catalog[key]
      message = /[{'#]/.test(text) ? new IntlMessageFormat(text, tag, undefined, { ignoreTag: true }) : text
      compiled.set(key, message)
    }
    return message
  }

  function plain<T>(values: Readonly<Record<string, WordValue | T>>): Record<string, string | number | T> {
    const ready: Record<string, string | number | T> = {}
    for (const [name, value] of Object.entries(values))
      ready[name] =
        typeof value === 'bigint'
          ? write.money(value)
          : value instanceof Temporal.PlainDate
            ? write.dayOfMonth(value)
            : (value as string | number | T)
    return ready
  }

  return {
    locale,
    t(key, values = {}) {
      const message = messageOf(key)
      return typeof message === 'string' ? message : String(message.format(plain<never>(values)))
    },
    rich<T extends object>(key: Key, values: Readonly<Record<string, WordValue | T>>) {
      const message = messageOf(key)
      if (typeof message === 'string') return [message]
      const out = message.format<T>(plain<T>(values))
      return (Array.isArray(out) ? out : [out]) as (string | T)[]
    },
    has: (key): key is Key => Object.hasOwn(catalog, key),
    ...write,
  }
}

function formatsOf(tag: string) {
  // Intl formats a Temporal date some fifty times slower than a number: a calendar date is its midnight in UTC.
  const dates = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(tag, { ...options, timeZone: 'UTC' })
    const written = remembered(5_000, (at: number) => format.format(at))
    return { format: (day: Temporal.PlainDate) => written(midnight(day)) }
  }
  const money = new Intl.NumberFormat(tag, { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' })
  const count = new Intl.NumberFormat(tag)
  const list = new Intl.ListFormat(tag)
  const short = dates({ month: 'short', day: 'numeric' })
  const shortYear = dates({ month: 'short', day: 'numeric', year: 'numeric' })
  const long = dates({ month: 'long', day: 'numeric' })
  const full = dates({ month: 'long', day: 'numeric', year: 'numeric' })
  const weekday = dates({ weekday: 'long', month: 'long', day: 'numeric' })
  const month = dates({ month: 'long', year: 'numeric' })
  const times = new Map<string, Intl.DateTimeFormat>()

  function timeIn(zone: string): Intl.DateTimeFormat {
    let format = times.get(zone)
    if (!format) {
      format = new Intl.DateTimeFormat(tag, { hour: 'numeric', minute: '2-digit', timeZone: zone })
      times.set(zone, format)
    }
    return format
  }

  // A string keeps every cent of a large amount; Intl's own typing knows numeric literals alone.
  const dollars = remembered(5_000, (cents: Cents) => money.format(decimalText(cents) as `${number}`))
  const time = (at: Temporal.Instant, zone: string) =>
    timeIn(zone)
      .format(at.epochMilliseconds)
      .replace(/[\u00a0\u202f]/g, ' ')
  const otherYear = (day: Temporal.PlainDate, today?: Temporal.PlainDate) => today && day.year !== today.year

  return {
    money: (cents: Cents) => dollars(cents).replace('-', '−'),
    moneyParts(cents: Cents) {
      const text = dollars(cents < 0n ? -cents : cents)
      return { sign: cents < 0n ? '−' : '', symbol: text.slice(0, 1), digits: text.slice(1) }
    },
    day: (day: Temporal.PlainDate, today?: Temporal.PlainDate) =>
      (otherYear(day, today) ? shortYear : short).format(day),
    dayOfMonth: (day: Temporal.PlainDate, today?: Temporal.PlainDate) =>
      (otherYear(day, today) ? full : long).format(day),
    dayOfWeek: (day: Temporal.PlainDate) =>
      weekday.format(day).replace(/^\p{Ll}/u, first => first.toLocaleUpperCase(tag)),
    dayFull: (day: Temporal.PlainDate) => full.format(day),
    month: (day: Temporal.PlainDate) => month.format(day),
    time,
    dateTime(at: Temporal.Instant, zone: string) {
      const day = shortYear.format(at.toZonedDateTimeISO(zone).toPlainDate())
      return `${day}${tag === 'es-US' ? ',' : ' at'} ${time(at, zone)}`
    },
    count: (n: number) => count.format(n),
    list: (names: readonly string[]) => list.format(names),
  }
}

function withRelativeDays(words: Catalog<WordKey>): Words {
  return {
    ...words,
    relativeDue(day, today) {
      const left = daysBetween(today, day)
      if (left < 0) return words.t('due.was', { day: words.day(day, today) })
      if (left <= 7) return words.t('due.in', { days: left })
      return words.t('due.on', { day: words.day(day, today) })
    },
    relativePast(day, today) {
      const ago = daysBetween(day, today)
      return ago >= 0 && ago <= 6
        ? words.t('past.ago', { days: ago })
        : words.t('past.on', { day: words.day(day, today) })
    },
  }
}
