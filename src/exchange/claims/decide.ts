import type { BookedLine, ClaimBooks } from '../../billing/claim-books.ts'
import { contradiction, isSame } from '../../billing/contradictions.ts'
import { type LowerLine, takesElsewhere } from '../../billing/next-answer.ts'
import type { ChargeId } from '../../kernel/ids.ts'
import { type Cents, decimalText, sumCents } from '../../kernel/money.ts'
import { Held } from '../fhir/bill-line.ts'
import { type Bill, billOf, notAsking, type Terms } from '../fhir/bills.ts'
import type { Mapped } from '../fhir/fates.ts'
import type { Remark } from '../fhir/hear.ts'
import type { BillLine } from '../fhir/lines.ts'
import type { ClaimReading } from '../fhir/reading.ts'
import type { KeptClaim } from './kept-claims.ts'
import { isEnded, mergeReading } from './merge.ts'
import { figuresHash } from './reading-text.ts'

/** What a claim of a file is decided by. */
export type Told = {
  readonly reading: ClaimReading
  /** Why it cannot be told which claim it is, or whose. */
  readonly held: string | null
  readonly kept: KeptClaim | undefined
  readonly books: ClaimBooks | undefined
  /** What payments under way reserve of its bills. */
  readonly reserved: Cents
  /** How many payments the household made since 30 days before the service. */
  readonly received: number
  readonly terms: Terms
}

/** What is to be done about a claim: nothing, unless it names something. */
export type Decision = {
  readonly mapped: Mapped
  readonly reading: ClaimReading
  readonly state: KeptClaim['state']
  /** Take what is in the books out of them first. */
  readonly withdraw?: boolean
  /** A later payer's answer to what was billed. */
  readonly lower?: { readonly answer: string; readonly lines: readonly LowerLine[] }
  /** Charges that wait and are charged otherwise now. */
  readonly drop?: readonly ChargeId[]
  /** What to bill of it, as far as it is new. */
  readonly bill?: Bill
}

/** Decides what a file's word on a claim does, beside all that is known of it and what the books have. */
export function decide(told: Told): Decision {
  const { kept, held } = told
  const { reading, remarks } =
    kept && held === null ? mergeReading(kept.reading, told.reading) : { reading: told.reading, remarks: [] }
  try {
    if (kept?.answer && kept.answeredOf === figuresHash(reading))
      return {
        reading,
        mapped: { reading: told.reading, noted: `${STAFF[kept.answer]} That stands.` },
        state: 'answered',
      }
    if (held !== null) throw new Held(held)
    return decideReading({ ...told, known: reading, remarks })
  } catch (error) {
    if (!(error instanceof Held)) throw error
    return { reading, mapped: { reading: told.reading, held: error.message }, state: 'held' }
  }
}

/** What a file says, beside what is known with it. */
type Merged = Told & { readonly known: ClaimReading; readonly remarks: readonly Remark[] }
type Begun = Pick<Decision, 'reading' | 'state'> & { readonly mapped: Extract<Mapped, { bill: Bill }> }

function decideReading(told: Merged): Decision {
  const { reading, known, kept, books, terms, remarks } = told
  const noted = notAsking(known)
  if (noted !== undefined) return endOrNote(told, noted)
  const bill = billOf(known, terms)
  const mapped = { reading, bill: { ...bill, remarks: [...bill.remarks, ...remarks] }, counted: countedOf(told, bill) }
  const begun = { reading: known, mapped, state: kept?.answer ? ('answered' as const) : ('taken' as const) }
  if (!books) {
    if (kept?.answer)
      throw new Held(`${STAFF[kept.answer]} This file says otherwise: ${shareNow(bill.lines)} is the patient's share.`)
    refuseAnotherPayment(told, bill)
    return { ...begun, bill }
  }
  if (isSame(books.lines, bill.lines)) return extended(told, begun, books, bill)
  const why = contradiction(books.lines, bill.lines, whyBound(told))
  if (kept?.answer) throw new Held(`${STAFF[kept.answer]} ${why}`)
  return lowered(told, begun, books, bill) ?? replaced(told, begun, bill, why)
}

/** What the file comes to by itself, where it can be told; with what is known else. */
function countedOf({ reading, terms }: Merged, bill: Bill): Bill {
  try {
    return billOf(reading, terms)
  } catch (error) {
    if (error instanceof Held) return bill
    throw error
  }
}

const STAFF = {
  bill: 'Staff billed it.',
  'not-theirs': "Staff said that it is not the patient's.",
  leave: 'Staff left it as it was.',
} as const

/** A claim that its sender took back leaves the books, unless something was paid on it; one that asks for no money changes nothing. */
function endOrNote(told: Merged, why: string): Decision {
  const { reading, known, books, kept } = told
  const state = isEnded(known) ? 'ended' : 'noted'
  if (!books || !isEnded(known)) return { reading: known, mapped: { reading, noted: why }, state }
  const bound = kept?.answer ? 'staff decided about it' : whyBound(told)
  if (bound) throw new Held(`Its status is "${known.status}", but ${bound}: its bill of ${billed(books)} stands.`)
  const gone = books.bills.length > 0 ? 'its bill was withdrawn' : 'what it asked for is gone from the books'
  const noted = `Its status is "${known.status}"; ${gone}.`
  return { reading: known, mapped: { reading, noted }, state, withdraw: true }
}

/** Why what is in the books cannot be taken out again without staff. */
function whyBound({ books, reserved }: Merged): string | undefined {
  const sum = (read: 'paid' | 'settled' | 'writtenOff') => sumCents((books?.bills ?? []).map(bill => bill[read]))
  if (sum('paid') > 0n) return 'something was paid on it'
  if (reserved > 0n) return 'a payment of it is under way'
  if (sum('settled') > 0n) return 'it was settled elsewhere'
  return sum('writtenOff') > 0n ? 'the practice bears part of it' : undefined
}

/** What the books have already, and more: what waits is billed when it is answered, or charged otherwise while it still waits. */
function extended(told: Merged, begun: Begun, { lines }: ClaimBooks, bill: Bill): Decision {
  const charged = (charge: BookedLine) => bill.lines.find(line => line.sequence === charge.sequence)?.charged
  const drop = lines.filter(charge => charge.waiting && charged(charge) !== charge.charged)
  const answered = new Set(lines.filter(charge => !charge.waiting).map(charge => charge.sequence))
  if (bill.lines.some(line => !line.waiting && !answered.has(line.sequence))) refuseAnotherPayment(told, bill)
  return { ...begun, drop: drop.map(charge => charge.id), bill }
}

/** A later payer's answer: what the books have is what the payers before it left. */
function lowered(told: Merged, begun: Begun, books: ClaimBooks, bill: Bill): Decision | undefined {
  if (!bill.answeredBy || !bill.stages.some(stage => isSame(books.lines, stage))) return undefined
  if (takesElsewhere(books, bill.lines)) {
    const less = sumCents(books.lines.map(line => line.patientShare - shareOf(bill, line.sequence)))
    throw new Held(
      `A later payer lowers what is the patient's by ${decimalText(less)}, but that was settled elsewhere, or the practice bears it.`,
    )
  }
  return { ...extended(told, begun, books, bill), lower: { answer: bill.answeredBy, lines: bill.lines } }
}

function shareOf(bill: Bill, sequence: number): Cents {
  return bill.lines.find(line => line.sequence === sequence)?.patientShare ?? 0n
}

/** What says otherwise takes the place of what was billed, while nothing was paid on it. */
function replaced(told: Merged, begun: Begun, bill: Bill, why: string): Decision {
  if (whyBound(told) || !told.kept) throw new Held(why)
  refuseAnotherPayment(told, bill)
  const was = told.books ? billed(told.books) : '0.00'
  const remark = `It takes the place of what was billed: ${was} was the patient's share, ${shareNow(bill.lines)} is.`
  const remarks = [...begun.mapped.bill.remarks, { of: told.reading.claim, why: remark }]
  return { ...begun, mapped: { ...begun.mapped, bill: { ...begun.mapped.bill, remarks } }, withdraw: true, bill }
}

function shareNow(lines: readonly BillLine[]): string {
  return `now ${decimalText(sumCents(lines.map(line => line.patientShare)))}`
}

function billed(books: ClaimBooks): string {
  return decimalText(sumCents(books.lines.map(line => line.patientShare)))
}

/** What the insurer says was paid before may be what Portico has received already. */
function refuseAnotherPayment({ received }: Merged, { paidBefore }: Bill): void {
  if (paidBefore > 0n && received > 0)
    throw new Held(
      `The insurer says that the patient paid ${decimalText(paidBefore)}, and a payment of the household was received since 30 days before the service: it may be the same money.`,
    )
}
