/** A strict calendar date `YYYY-MM-DD` between 1900 and 2199; undefined for anything else. */
export function parseDay(text: string): Temporal.PlainDate | undefined {
  if (!/^(19|20|21)\d\d-\d\d-\d\d$/.test(text)) return undefined
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' })
  } catch {
    return undefined
  }
}

/** The calendar date in a zone at an instant: a practice's "today". */
export function dayIn(zone: string, at: Temporal.Instant): Temporal.PlainDate {
  return at.toZonedDateTimeISO(zone).toPlainDate()
}

/** Whole days from `a` to `b`; negative when `b` is earlier. */
export function daysBetween(a: Temporal.PlainDate, b: Temporal.PlainDate): number {
  return (midnight(b) - midnight(a)) / DAY_MS
}

/** A date's midnight in UTC, in milliseconds since 1970: a number for what compares or formats many. */
export function midnight(day: Temporal.PlainDate): number {
  return Date.UTC(day.year, day.month - 1, day.day)
}

const DAY_MS = 86_400_000

/** Whole years of age on a day. */
export function ageOn(birth: Temporal.PlainDate, day: Temporal.PlainDate): number {
  return birth.until(day, { largestUnit: 'year' }).years
}
