import { type Decimal, exactText, subtractDecimals, sumDecimals, ZERO } from '../../kernel/money.ts'
import { type Answer, isEqual } from './adjudications.ts'
import { Held, isAnswered, type Judged, judge, ownPayment, statedShare } from './bill-line.ts'
import { refuseHeader } from './headers.ts'
import { hear, type Remark } from './hear.ts'
import type { ClaimAnswer, ClaimReading } from './reading.ts'

/** What a claim's answers come to together: line by line, or as a whole where they speak of the whole claim alone. */
export type Outcome = {
  readonly lines: ReadonlyMap<number, Judged>
  readonly whole: Judged | null
  /** The answers that stand, first payer first. */
  readonly by: readonly ClaimAnswer[]
  /** What stood before the last of them answered as a later payer. */
  readonly before: Outcome | null
  readonly remarks: readonly Remark[]
}

const NOTHING: Outcome = { lines: new Map(), whole: null, by: [], before: null, remarks: [] }

/**
 * Takes a claim's answers in their order, payer by payer (domain.md, "Several answers to one claim"). Throws `Held` with
 * all figures where what they say cannot be told apart or does not add up.
 */
export function outcomeOf(reading: ClaimReading): Outcome {
  const { turns, remarks } = hear(reading.answers)
  let outcome: Outcome = { ...NOTHING, remarks }
  for (const turn of turns) outcome = take(reading, outcome, turn)
  return outcome
}

/** Takes the answers of one turn: each as the next payer's where it is one; one alone else takes the place of what stands. */
function take(reading: ClaimReading, before: Outcome, turn: readonly ClaimAnswer[]): Outcome {
  let outcome = before
  let left = [...turn]
  while (left.length > 0) {
    const [only, ...others] = left
    const alone = only && others.length === 0
    const next = follower(reading, outcome, left) ?? (alone ? placed(reading, outcome, only) : undefined)
    const begun = next ?? firstOf(reading, outcome, left)
    if (!begun) throw new Held(apart(reading, left))
    outcome = begun.outcome
    left = left.filter(each => each !== begun.answer)
  }
  return outcome
}

type Taken = { readonly answer: ClaimAnswer; readonly outcome: Outcome }

function follower(reading: ClaimReading, outcome: Outcome, left: readonly ClaimAnswer[]): Taken | undefined {
  for (const answer of left) {
    const next = corrects(answer, outcome) ? undefined : follow(reading, outcome, answer)
    if (next) return { answer, outcome: next }
  }
  return undefined
}

/** Of several that say no order, the one after which all others follow as next payers. */
function firstOf(reading: ClaimReading, outcome: Outcome, left: readonly ClaimAnswer[]): Taken | undefined {
  if (outcome.by.length > 0) return undefined
  for (const answer of left) {
    try {
      const begun = begin(reading, outcome, answer)
      const others = left.filter(each => each !== answer)
      let at: Taken | undefined = { answer, outcome: begun }
      for (let rest = others; at && rest.length > 0; rest = rest.filter(each => each !== at?.answer))
        at = follower(reading, at.outcome, rest)
      if (at) return { answer, outcome: begun }
    } catch (error) {
      if (!(error instanceof Held)) throw error
    }
  }
  return undefined
}

function apart(reading: ClaimReading, answers: readonly ClaimAnswer[]): string {
  const shares = answers.map(answer => {
    try {
      return exactText(sumDecimals(judgedOf(begin(reading, NOTHING, answer)).map(each => each.share)))
    } catch (error) {
      if (!(error instanceof Held)) throw error
      return `an amount that cannot be told (${error.message})`
    }
  })
  return `${answers.length} explanations of benefit answer it, and nothing says which comes after the other: they leave the patient ${shares.join(' and ')}.`
}

/** Whether an answer says, or by its day and payer shows, that it corrects one that stands. */
function corrects(answer: ClaimAnswer, { by }: Outcome): boolean {
  const isLater = (one: ClaimAnswer) =>
    one.createdOn !== null &&
    answer.createdOn !== null &&
    Temporal.PlainDate.compare(answer.createdOn, one.createdOn) > 0
  return (
    by.length > 0 &&
    (answer.isCorrection || by.some(one => one.payer !== null && one.payer === answer.payer && isLater(one)))
  )
}

/** One answer that follows nothing: the first payer's, which came late, where what stands follows it; else it takes the place of all that stands. */
function placed(reading: ClaimReading, outcome: Outcome, answer: ClaimAnswer): Taken {
  const first = earlier(reading, outcome, answer)
  if (first) return { answer, outcome: first }
  const remarks = outcome.by.map(one => ({ of: one.source, why: `${answer.name} takes its place.` }))
  return { answer, outcome: begin(reading, { ...NOTHING, remarks: [...outcome.remarks, ...remarks] }, answer) }
}

function earlier(reading: ClaimReading, outcome: Outcome, answer: ClaimAnswer): Outcome | undefined {
  const isOther = answer.payer !== null && !outcome.by.some(one => one.payer === answer.payer)
  if (outcome.by.length === 0 || answer.isCorrection || !isOther) return undefined
  let first: Outcome | undefined = begin(reading, { ...NOTHING, remarks: outcome.remarks }, answer)
  for (const next of outcome.by) first = first && follow(reading, first, next)
  return first
}

/** An answer on its own: each line by its figures; as one line where it has figures for the whole claim alone. */
function begin(reading: ClaimReading, { remarks }: Outcome, answer: ClaimAnswer): Outcome {
  const lines = new Map<number, Judged>()
  for (const { sequence, said, net } of answer.lines)
    if (isAnswered(said)) lines.set(sequence, judge(said, chargeOf(reading, sequence, net)))
  const whole = lines.size > 0 ? null : judge(answer.header, wholeCharge(reading))
  const outcome = { lines, whole, by: [answer], before: null, remarks }
  if (!whole) refuseHeader(answer, lines)
  return outcome
}

function chargeOf({ items }: ClaimReading, sequence: number, net: Decimal | null): Decimal | null {
  return items.find(item => item.sequence === sequence)?.net ?? net
}

/** What the whole claim asks for: its total, else what its items do, where every one says it. */
function wholeCharge({ total, items }: ClaimReading): Decimal | null {
  const nets = items.map(item => item.net).filter(net => net !== null)
  return total ?? (nets.length > 0 ? sumDecimals(nets) : null)
}

/** The next payer's answer: its own payment and the share it leaves are the share that the one before left, line by line. */
function follow(reading: ClaimReading, before: Outcome, answer: ClaimAnswer): Outcome | undefined {
  if (before.by.length === 0) return undefined
  const said = answer.lines.filter(line => isAnswered(line.said))
  const by = [...before.by, answer]
  if (said.length === 0) {
    const whole = before.whole && followLine(before.whole, answer.header)
    return whole ? { ...before, whole, by, before } : undefined
  }
  if (before.whole) return undefined
  if (said.every(line => !before.lines.has(line.sequence))) return beside(reading, before, answer)
  const lines = new Map(before.lines)
  for (const line of said) {
    const known = before.lines.get(line.sequence)
    const judged = known && followLine(known, line.said)
    if (!judged) return undefined
    lines.set(line.sequence, judged)
  }
  refuseHeader(answer, lines)
  return { ...before, lines, by, before }
}

/** An answer to lines that no other answered stands beside what does. */
function beside(reading: ClaimReading, before: Outcome, answer: ClaimAnswer): Outcome {
  const own = begin(reading, before, answer)
  return { ...before, lines: new Map([...before.lines, ...own.lines]), by: [...before.by, answer], before }
}

function followLine(before: Judged, said: Answer): Judged | undefined {
  const own = ownPayment(said)
  const share = shareLeft(before, said, own)
  if (!share || share.units < 0n || !isEqual(sumDecimals([own ?? ZERO, share]), before.share)) return undefined
  return { ...before, paid: sumDecimals([before.paid, own ?? ZERO]), share }
}

/** What a next payer leaves of a share: as it states; else what it allowed, of the whole charge or of that share, less payments. */
function shareLeft(before: Judged, said: Answer, own: Decimal | undefined): Decimal | undefined {
  const stated = statedShare(said, own && sumDecimals([before.paid, own]))
  if (stated ?? (!own || !said.amounts.allowed)) return stated
  const { allowed } = said.amounts
  if (!allowed) return undefined
  const rest = subtractDecimals(allowed, before.paid)
  return [rest, allowed].some(each => isEqual(each, before.share))
    ? subtractDecimals(before.share, own ?? ZERO)
    : undefined
}

/** What an outcome comes to, a line each. */
export function judgedOf({ lines, whole }: Outcome): Judged[] {
  return whole ? [whole] : [...lines.values()]
}
