import fc from 'fast-check'
import type { Answer, Said } from '../../src/exchange/fhir/adjudications.ts'
import { type Decimal, parseDecimal } from '../../src/kernel/money.ts'

export function decimal(text: string | number): Decimal {
  const found = parseDecimal(String(text))
  if (!found) throw new Error(`${text} is no decimal`)
  return found
}

type Figures = Partial<Record<Said, string | number>> & { theirs?: boolean; off?: Record<string, number> }

/** What an insurer says: figures by their kind, `theirs` where what is not covered is the patient's, `off` by code. */
export function says({ theirs = false, off = {}, ...figures }: Figures): Answer {
  return {
    amounts: Object.fromEntries(Object.entries(figures).map(([said, text]) => [said, decimal(text)])),
    isNoncoveredTheirs: theirs,
    reductions: Object.entries(off).map(([code, amount]) => ({ code, amount: decimal(amount) })),
    wrong: [],
    unknown: [],
    currencies: [],
  }
}

const SAID: readonly Said[] = [
  'submitted',
  'allowed',
  'paid',
  'benefit',
  'priorPaid',
  'discount',
  'deductible',
  'coinsurance',
  'copay',
  'noncovered',
  'memberLiability',
  'paidToPatient',
  'paidByPatient',
]

/** Any figures at all. */
export function amountsOf(amount: fc.Arbitrary<Decimal | undefined>) {
  return fc
    .record(Object.fromEntries(SAID.map(said => [said, amount])) as Record<Said, typeof amount>)
    .map(
      amounts =>
        Object.fromEntries(Object.entries(amounts).filter(([, each]) => each !== undefined)) as Answer['amounts'],
    )
}
