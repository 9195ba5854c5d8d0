import { compareDecimals, type Decimal, exactText, subtractDecimals, sumDecimals, ZERO } from '../../kernel/money.ts'
import { type Amounts, type Answer, isEqual, NAMES, type Said } from './adjudications.ts'
import { Held, isAnswered, type Judged, ownPayment } from './bill-line.ts'
import type { ClaimAnswer } from './reading.ts'

/** The patient's parts, which a header may name where its lines leave them to be worked out. */
const PARTS: readonly Said[] = ['deductible', 'coinsurance', 'copay']

/**
 * Rule 7: what an answer says of the whole claim it says again of its lines. Throws `Held` where a figure differs from
 * what its lines come to by more than a cent a line. What was submitted goes by rounding instead.
 */
export function refuseHeader(answer: ClaimAnswer, judged: ReadonlyMap<number, Judged>): void {
  const lines = answer.lines.filter(line => isAnswered(line.said))
  const known = lines.flatMap(line => judged.get(line.sequence) ?? [])
  const said = lines.map(line => line.said)
  const { amounts, reductions } = answer.header
  for (const key of Object.keys(amounts) as Said[]) {
    const theirs = sumOf(key, said, known)
    if (theirs) refuseDifference(NAMES[key], amounts[key] ?? ZERO, theirs, lines.length)
  }
  refuseParts(amounts, said, known)
  for (const { code, amount } of reductions) {
    const same = said.flatMap(each => each.reductions.filter(one => one.code === code))
    if (same.length > 0) refuseDifference(code, amount, sumDecimals(same.map(one => one.amount)), lines.length)
  }
}

/** The patient's parts that no line states are all of the share, or some of it where the lines state it as one amount. */
function refuseParts(header: Amounts, said: readonly Answer[], judged: readonly Judged[]): void {
  const parts = PARTS.flatMap(key => header[key] ?? [])
  if (parts.length === 0 || isStated(said, PARTS)) return
  const share = sumDecimals(judged.map(each => each.share))
  const sum = sumDecimals(parts)
  if (isStated(said, ['memberLiability']) && compareDecimals(sum, share) < 0) return
  refuseDifference("the patient's parts", sum, share, judged.length)
}

/** What the lines come to of one kind of figure: as they state it, else as it follows; undefined where nothing does. */
function sumOf(key: Said, said: readonly Answer[], judged: readonly Judged[]): Decimal | undefined {
  if (key === 'submitted') return undefined
  if (isStated(said, [key])) return sumDecimals(said.flatMap(each => each.amounts[key] ?? []))
  if (PARTS.includes(key)) return isStated(said, PARTS) ? ZERO : undefined
  if (key === 'paidByPatient' || key === 'paidToPatient') return undefined
  if (key === 'memberLiability') return sumDecimals(judged.map(each => each.share))
  if (key === 'paid' || key === 'benefit') return sumDecimals(said.flatMap(each => ownPayment(each) ?? []))
  if (key === 'discount') return sumDecimals(judged.map(discountOf))
  if (key === 'allowed') return sumDecimals(judged.map(each => subtractDecimals(each.charged, discountOf(each))))
  return ZERO
}

function discountOf({ charged, paid, share }: Judged): Decimal {
  return subtractDecimals(charged, sumDecimals([paid, share]))
}

function isStated(said: readonly Answer[], keys: readonly Said[]): boolean {
  return said.some(each => keys.some(key => each.amounts[key] !== undefined))
}

function refuseDifference(name: string, header: Decimal, lines: Decimal, count: number): void {
  if (isEqual(header, lines, count)) return
  throw new Held(
    `For the whole claim the insurer says ${name} ${exactText(header)}, but its lines come to ${exactText(lines)}.`,
  )
}
