import {
  apartDecimals,
  type Cents,
  compareDecimals,
  type Decimal,
  decimalText,
  exactText,
  MOST_CENTS,
  roundHalfUp,
  subtractDecimals,
  sumDecimals,
  ZERO,
} from '../../kernel/money.ts'
import { type Answer, figuresOf, isEqual } from './adjudications.ts'

/** What a line came to, in cents: charged = insurancePaid + discount + patientShare, unless it waits for the insurer. */
export type LineMoney = {
  readonly charged: Cents
  readonly insurancePaid: Cents
  readonly discount: Cents
  readonly patientShare: Cents
  readonly waiting: boolean
}

/** What an answer makes of a line, exactly. */
export type Judged = {
  readonly charged: Decimal
  /** By this insurer and those before it. */
  readonly paid: Decimal
  readonly share: Decimal
  /** Whether something was taken off: what is left when the rest is rounded is then the discount, else the share. */
  readonly isDiscounted: boolean
}

/** A claim that cannot become a bill as it stands, with the reason for whoever looks into it. */
export class Held extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'Held'
  }
}

/**
 * Whether the insurer said who pays: a payment, a patient's part, what it took off, or that it does not cover. Naming
 * only what was submitted or allowed is no answer.
 */
export function isAnswered({ amounts, reductions }: Answer): boolean {
  const { submitted: _, allowed: __, paidByPatient: ___, ...told } = amounts
  return Object.keys(told).length > 0 || reductions.length > 0
}

/** What this insurer paid the practice: as it says, else its benefit less what it sent the patient; undefined where it says neither. */
export function ownPayment({ amounts }: Answer): Decimal | undefined {
  if (amounts.paid) return amounts.paid
  return amounts.benefit && subtractDecimals(amounts.benefit, amounts.paidToPatient ?? ZERO)
}

/** The patient's share as the insurer states it, or undefined where it has to be worked out (domain.md, rule 4). */
export function statedShare({ amounts, isNoncoveredTheirs }: Answer, paid: Decimal | undefined): Decimal | undefined {
  if (amounts.memberLiability) return amounts.memberLiability
  const sum = sumDecimals(partsOf({ amounts, isNoncoveredTheirs }))
  const isWhole = paid !== undefined && amounts.allowed !== undefined && isEqual(paid, amounts.allowed)
  return sum.units > 0n || isWhole ? sum : undefined
}

/**
 * What an insurer's answer makes of a line that was charged so much (domain.md, "Insurance claims become bills", 2 to 6).
 * `prior` is what earlier payers' own answers paid; without it what this answer says of a prior payer counts. Throws
 * `Held`, with all figures, where it cannot be told whose a part is.
 */
export function judge(answer: Answer, charge: Decimal | null, prior?: Decimal): Judged {
  const charged = charge ?? answer.amounts.submitted
  if (!charged) throw new Held('The insurer answered a line whose charge is not named.')
  const own = ownPayment(answer)
  const before = prior ?? answer.amounts.priorPaid
  const paid = sumDecimals([own ?? ZERO, before ?? ZERO])
  const held = (why: string) => new Held(`${why} (charged ${exactText(charged)}; ${figuresOf(answer)}).`)
  if (own && own.units < 0n) throw held('The insurer sent the patient more than its benefit')
  if (isDenied(answer, paid)) throw held('It was denied, and the insurer does not say whose it is')
  const stated = statedShare(answer, paid)
  const judged = stated ? withShare(answer, charged, paid, stated) : withoutShare(answer, charged, own, paid)
  if (typeof judged === 'string') throw held(judged)
  return judged
}

/** Rule 3: nothing allowed, nothing paid, and nothing said to be the patient's. */
function isDenied({ amounts, isNoncoveredTheirs }: Answer, paid: Decimal): boolean {
  const isNothing = !amounts.allowed || amounts.allowed.units === 0n
  const parts = sumDecimals(partsOf({ amounts, isNoncoveredTheirs }))
  return isNothing && paid.units === 0n && !amounts.memberLiability && parts.units === 0n
}

function partsOf({ amounts, isNoncoveredTheirs }: Pick<Answer, 'amounts' | 'isNoncoveredTheirs'>): Decimal[] {
  const noncovered = isNoncoveredTheirs ? amounts.noncovered : undefined
  return [amounts.deductible, amounts.copay, amounts.coinsurance, noncovered].filter(part => part !== undefined)
}

/** Rule 5: what is left must be a discount that the insurer's other figures explain, so that no debt is written off by chance. */
function withShare(answer: Answer, charged: Decimal, paid: Decimal, share: Decimal): Judged | string {
  const left = subtractDecimals(charged, sumDecimals([paid, share]))
  const explained = discountsOf(answer, charged, share).filter(discount => isEqual(left, discount))
  if (explained.length === 0)
    return `Neither what was allowed nor a discount explains what is left of it, ${exactText(left)}, after the payment and the patient's share of ${exactText(share)}`
  const nearest = explained.reduce((best, one) => (isNearer(left, one, best) ? one : best))
  if (nearest.units < 0n) return 'The discount would be below zero'
  return { charged, paid, share, isDiscounted: nearest.units > 0n }
}

/** Every discount that the figures can explain, none first. */
function discountsOf({ amounts, reductions }: Answer, charged: Decimal, share: Decimal): Decimal[] {
  const submitted = amounts.submitted ?? charged
  const bases = [ZERO, amounts.allowed && subtractDecimals(submitted, amounts.allowed), amounts.discount]
  const own = sumDecimals(reductions.map(each => each.amount))
  const sequestered = amounts.allowed && percent(subtractDecimals(amounts.allowed, share), 2n)
  return bases
    .filter(base => base !== undefined)
    .flatMap(base => [ZERO, own, sequestered ?? ZERO].map(more => sumDecimals([base, more])))
}

/** Rule 6: the share is what the insurer allowed and did not pay. */
function withoutShare(answer: Answer, charged: Decimal, own: Decimal | undefined, paid: Decimal): Judged | string {
  const { amounts, reductions, isNoncoveredTheirs } = answer
  if (!own) return 'The insurer does not say what it paid'
  if (amounts.noncovered && amounts.noncovered.units > 0n && !isNoncoveredTheirs)
    return 'The insurer does not say whose it is what it does not cover'
  if (partsOf(answer).length > 0)
    return "The insurer says that nothing is the patient's, but it paid other than it allowed"
  if (!amounts.allowed && !amounts.discount) return 'The insurer says neither what it allowed nor what it took off'
  const off = sumDecimals(reductions.map(each => each.amount))
  const share = amounts.allowed
    ? subtractDecimals(amounts.allowed, sumDecimals([paid, off]))
    : subtractDecimals(charged, sumDecimals([paid, amounts.discount ?? ZERO]))
  const discount = amounts.allowed
    ? sumDecimals([subtractDecimals(amounts.submitted ?? charged, amounts.allowed), off])
    : (amounts.discount ?? ZERO)
  if (share.units < 0n) return 'The insurer paid more than it allowed'
  if (discount.units < 0n) return 'The discount would be below zero'
  if (!isEqual(sumDecimals([paid, discount, share]), charged))
    return `What the insurer paid and took off and what is left for the patient, ${exactText(share)}, are not what was charged`
  return { charged, paid, share, isDiscounted: discount.units > 0n }
}

function percent(value: Decimal, of: bigint): Decimal {
  return { units: value.units * of, scale: value.scale + 2 }
}

function isNearer(to: Decimal, one: Decimal, other: Decimal): boolean {
  return compareDecimals(apartDecimals(to, one), apartDecimals(to, other)) < 0
}

/** A judged line in cents: payment and share round half-up, and the discount is what is left, or the share where there is none. */
export function inCents({ paid, share, isDiscounted }: Judged, charged: Cents): LineMoney {
  const insurancePaid = least(charged, cents(paid, 'payment'))
  const patientShare = isDiscounted ? least(charged - insurancePaid, cents(share, 'share')) : charged - insurancePaid
  return { charged, insurancePaid, discount: charged - insurancePaid - patientShare, patientShare, waiting: false }
}

/** A line that no insurer answered: it waits, or is the patient's own where nobody insures (domain.md). */
export function unanswered(charged: Cents, insured: boolean): LineMoney {
  return { charged, insurancePaid: 0n, discount: 0n, patientShare: insured ? 0n : charged, waiting: insured }
}

/** An amount of a claim in cents, from zero to the most one order may name. */
export function cents(value: Decimal, what: string): Cents {
  if (compareDecimals(value, ZERO) < 0) throw new Held(`It has a ${what} below zero: ${exactText(value)}.`)
  const rounded = roundHalfUp(value)
  if (rounded > MOST_CENTS) throw new Held(`It has a ${what} above ${decimalText(MOST_CENTS)}: ${exactText(value)}.`)
  return rounded
}

function least(a: Cents, b: Cents): Cents {
  return a < b ? a : b
}
