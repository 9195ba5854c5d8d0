import type { Fate } from '../file-report.ts'
import type { Bill } from './bills.ts'
import type { Remark } from './hear.ts'
import type { ClaimAnswer, ClaimReading } from './reading.ts'

/**
 * What became of one claim of a file: a bill, beside what the file alone comes to; held with the reason, or nothing with
 * the reason. `reading` is what this file says.
 */
export type Mapped =
  | { readonly reading: ClaimReading; readonly bill: Bill; readonly counted: Bill }
  | { readonly reading: ClaimReading; readonly held: string }
  | { readonly reading: ClaimReading; readonly noted: string }

/** A line for each claim and for each answer to it, so that nothing of a file passes in silence. */
export function fatesOf(mapped: Mapped): Fate[] {
  const { claim, answers, isAsked } = mapped.reading
  const own = claimFate(mapped)
  const remarks = 'bill' in mapped ? mapped.bill.remarks : []
  const each = answers.map(answer => answerFate(claim, answer, own, remarks))
  return isAsked || answers.length === 0 ? [{ claim, answer: null, ...own }, ...each] : each
}

type Word = Pick<Fate, 'is' | 'why'>

function claimFate(mapped: Mapped): Word {
  if ('held' in mapped) return { is: 'held', why: mapped.held }
  if ('noted' in mapped) return { is: 'noted', why: mapped.noted }
  const { lines } = mapped.bill
  if (lines.length === 0) return { is: 'noted', why: 'It asks for nothing.' }
  return { is: lines.every(line => line.waiting) ? 'waiting' : 'taken', why: null }
}

function answerFate(claim: string, answer: ClaimAnswer, own: Word, remarks: readonly Remark[]): Fate {
  const remark = remarks.find(one => one.of === answer.source)
  if (remark) return { claim, answer: answer.name, is: 'noted', why: remark.why }
  return { claim, answer: answer.name, ...own }
}
