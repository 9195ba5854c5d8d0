import { decimalText, sumCents } from '../kernel/money.ts'
import type { ClaimLine } from './bill-claim.ts'
import type { BookedLine } from './claim-books.ts'

const PARTS = [
  ['patientShare', "the patient's share"],
  ['insurancePaid', "the insurance's payment"],
  ['discount', 'the discount'],
  ['charged', 'the charge'],
] as const

/** Whether lines say of all that was answered what the books do; what still waits in the books may be told otherwise. */
export function isSame(booked: readonly BookedLine[], lines: readonly ClaimLine[]): boolean {
  return differing(booked, lines).length === 0
}

/** How lines contradict the books, with both amounts, in a sentence; `bound` says why the books stand. */
export function contradiction(
  booked: readonly BookedLine[],
  lines: readonly ClaimLine[],
  bound: string | undefined,
): string {
  const other = differing(booked, lines)
  const and = bound ? `, and ${bound}` : ''
  for (const [part, name] of PARTS) {
    const ours = sumCents(other.map(({ charge }) => charge[part]))
    const theirs = sumCents(other.map(({ line }) => line?.[part] ?? 0n))
    if (ours !== theirs)
      return `It is already in the books with ${decimalText(ours)} as ${name}${and}; this file says ${decimalText(theirs)}.`
  }
  return `It is already in the books with the same sums${and}, but divided otherwise among its lines.`
}

function differing(booked: readonly BookedLine[], lines: readonly ClaimLine[]) {
  return booked.flatMap(charge => {
    const line = lines.find(one => one.sequence === charge.sequence)
    return charge.waiting || (line && isEqual(charge, line)) ? [] : [{ charge, line }]
  })
}

/** A cent may have moved between payment and discount where a later payer bore part of the share. */
function isEqual(charge: BookedLine, line: ClaimLine): boolean {
  if (line.waiting || charge.charged !== line.charged || charge.patientShare !== line.patientShare) return false
  return charge.nextPaid > 0n || (charge.insurancePaid === line.insurancePaid && charge.discount === line.discount)
}
