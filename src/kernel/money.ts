/** An amount in integer minor units of its currency. */
export type Cents = bigint

/** The ISO 4217 codes that Portico bills in; both have two minor digits. */
export type Currency = 'usd' | 'cad'

/** An exact decimal number: `units / 10^scale`. */
export type Decimal = { readonly units: bigint; readonly scale: number }

export const ZERO: Decimal = { units: 0n, scale: 0 }

/** The largest amount one order may name: what a card network accepts in one charge. */
export const MOST_CENTS: Cents = 99_999_999n

/** The least a card network charges. */
export const LEAST_CARD_CENTS: Cents = 50n

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/

/** Reads a JSON or FHIR decimal exactly; undefined when the text is not one or is out of range. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const units = BigInt(whole + fraction) * (sign ? -1n : 1n)
  const scale = fraction.length - Number(exponent)
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 }
}

/** Rounds to cents, a half cent away from zero (domain.md: "rounded half-up to cents"). */
export function roundHalfUp(value: Decimal): Cents {
  const scaled = value.units * 100n
  const unit = 10n ** BigInt(value.scale)
  const magnitude = scaled < 0n ? -scaled : scaled
  const rounded = (magnitude * 2n + unit) / (unit * 2n)
  return scaled < 0n ? -rounded : rounded
}

/** The exact sum of decimals. */
export function sumDecimals(values: readonly Decimal[]): Decimal {
  return values.reduce<Decimal>(addDecimals, ZERO)
}

/** The exact sum of two decimals. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { units: atScale(a, scale) + atScale(b, scale), scale }
}

/** The exact difference `a - b`. */
export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return addDecimals(a, { units: -b.units, scale: b.scale })
}

/** A decimal's place beside another: below zero, zero or above, as for sorting. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const { units } = subtractDecimals(a, b)
  return units < 0n ? -1 : units > 0n ? 1 : 0
}

/** How far two decimals are from each other. */
export function apartDecimals(a: Decimal, b: Decimal): Decimal {
  const { units, scale } = subtractDecimals(a, b)
  return { units: units < 0n ? -units : units, scale }
}

/** A decimal as it was written, with two digits behind the point at least: `112.416`, `75.00`. */
export function exactText({ units, scale }: Decimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${whole}.${fraction.padEnd(2, '0')}`
}

function atScale(value: Decimal, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale)
}

/** What a person typed as dollars (`185`, `185.00`, `1,250.50`, `$40`); undefined when it is no amount above zero. */
export function parseDollars(text: string): Cents | undefined {
  const match = /^\s*\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,2}))?\s*$/.exec(text)
  if (!match?.[1]) return undefined
  const cents = BigInt(match[1].replaceAll(',', '')) * 100n + BigInt((match[2] ?? '').padEnd(2, '0'))
  return cents > 0n && cents <= MOST_CENTS ? cents : undefined
}

/** `18500n` as `185.00`: for forms, files and JSON; what people read is formatted by their language. */
export function decimalText(cents: Cents): string {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0')
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** The sum of amounts. */
export function sumCents(amounts: Iterable<Cents>): Cents {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}

/** The smaller of two amounts. */
export function leastCents(a: Cents, b: Cents): Cents {
  return a < b ? a : b
}

/** The larger of two amounts. */
export function mostCents(a: Cents, b: Cents): Cents {
  return a < b ? b : a
}
