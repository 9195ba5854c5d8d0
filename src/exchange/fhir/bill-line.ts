import {
  addDecimals,
  type Cents,
  type Decimal,
  decimalText,
  MOST_CENTS,
  roundHalfUp,
  subtractDecimals,
} from '../../kernel/money.ts'
import type { Answer, Said } from './adjudications.ts'

/** What a line came to, in cents: charged = insurancePaid + discount + patientShare, unless it waits for the insurer. */
export type LineMoney = {
  readonly charged: Cents
  readonly insurancePaid: Cents
  readonly discount: Cents
  readonly patientShare: Cents
  readonly waiting: boolean
}

/** A claim that cannot become a bill as it stands, with the reason for whoever looks into it. */
export class Held extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'Held'
  }
}

/**
 * Whether the insurer said who pays a line: a payment, a patient's part, or that it does not cover it. Naming only
 * what was submitted or allowed is no answer.
 */
export function isAnswered(answer: Answer | null): answer is Answer {
  const told: Said[] = [
    'paid',
    'benefit',
    'deductible',
    'coinsurance',
    'copay',
    'memberLiability',
    'noncovered',
    'discount',
  ]
  return answer !== null && told.some(said => answer.amounts[said] !== undefined)
}

/** A line that no insurer answered: it waits, or is the patient's own where nobody insures (domain.md). */
export function unanswered(asked: Decimal, insured: boolean): LineMoney {
  const charged = cents(asked, 'charge')
  return { charged, insurancePaid: 0n, discount: 0n, patientShare: insured ? 0n : charged, waiting: insured }
}

/**
 * A line that the insurer answered, by domain.md: charged = submitted, insurance paid = the payment to the provider,
 * discount = submitted minus allowed, each rounded half-up to cents; the patient's share is the rest, and must agree
 * with deductible + coinsurance + copay where given, to a cent. Throws `Held` where it does not, or cannot be told.
 */
export function answered(answer: Answer, asked: Decimal | null): LineMoney {
  const { amounts } = answer
  if (answer.doubled) throw new Held(`The insurer names two amounts of what is ${words[answer.doubled]}.`)
  const submitted = amounts.submitted ?? asked
  if (!submitted) throw new Held('The insurer answered a line whose charge is not named.')
  const part = patientPart(answer)
  const paid = amounts.paid ?? amounts.benefit ?? { units: 0n, scale: 0 }
  const charged = cents(submitted, 'charge')
  const insurancePaid = cents(paid, 'payment')
  const discount = cents(taken(submitted, paid, part, answer), 'allowed amount above its charge, so a discount')
  const patientShare = charged - insurancePaid - discount
  if (patientShare < 0n) throw new Held('The insurer paid more than it allowed.')
  if (part && apart(patientShare, roundHalfUp(part)) > 1n)
    throw new Held(
      `What is left for the patient (${decimalText(patientShare)}) is not what the insurer says is theirs (${decimalText(roundHalfUp(part))}).`,
    )
  return { charged, insurancePaid, discount, patientShare, waiting: false }
}

/** What the insurer took off: submitted minus allowed; where it names no allowed amount, what its other words leave. */
function taken(submitted: Decimal, paid: Decimal, part: Decimal | undefined, { amounts }: Answer): Decimal {
  if (amounts.allowed) return subtractDecimals(submitted, amounts.allowed)
  if (amounts.discount) return amounts.discount
  if (part) return subtractDecimals(subtractDecimals(submitted, paid), part)
  throw new Held('The insurer does not say what it allowed.')
}

/** Deductible + coinsurance + copay where any is given; else the member's liability as one amount. */
function patientPart({ amounts }: Answer): Decimal | undefined {
  const parts = [amounts.deductible, amounts.coinsurance, amounts.copay].filter(one => one !== undefined)
  return parts.length ? parts.reduce(addDecimals) : amounts.memberLiability
}

/** An amount of a claim in cents, from zero to the most one order may name. */
export function cents(value: Decimal, what: string): Cents {
  const rounded = roundHalfUp(value)
  if (rounded < 0n) throw new Held(`It has a ${what} below zero.`)
  if (rounded > MOST_CENTS) throw new Held(`It has a ${what} above ${decimalText(MOST_CENTS)}.`)
  return rounded
}

function apart(a: Cents, b: Cents): Cents {
  return a > b ? a - b : b - a
}

const words: Readonly<Record<Said, string>> = {
  submitted: 'submitted',
  allowed: 'allowed',
  paid: 'paid to the provider',
  benefit: 'paid',
  discount: 'taken off',
  deductible: 'deductible',
  coinsurance: 'coinsurance',
  copay: 'copay',
  noncovered: 'not covered',
  memberLiability: "the member's own",
}
