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
  return a.until(b, { largestUnit: 'day' }).days
}

/** Whole years of age on a day. */
export function ageOn(birth: Temporal.PlainDate, day: Temporal.PlainDate): number {
  return birth.until(day, { largestUnit: 'year' }).years
}
