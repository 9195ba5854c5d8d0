import {
  type Cents,
  type Currency,
  decimalText,
  exactText,
  mostCents,
  roundHalfUp,
  sumCents,
  sumDecimals,
} from '../../kernel/money.ts'
import { type Outcome, outcomeOf } from './answers.ts'
import { cents, Held } from './bill-line.ts'
import type { Remark } from './hear.ts'
import { askedFor, type BillLine, linesOf } from './lines.ts'
import { type ClaimReading, isInForce } from './reading.ts'
import type { Reference } from './references.ts'

/** One claim as charges: who, where, when, and its lines. Patient, clinician, location are named by their sources. */
export type Bill = {
  readonly source: string
  /** What the file calls the claim. */
  readonly claim: string
  readonly patient: string
  readonly clinician: Reference | null
  readonly location: Reference | null
  readonly payer: string | null
  readonly title: string
  readonly servicedOn: Temporal.PlainDate
  readonly issuedOn: Temporal.PlainDate
  readonly lines: readonly BillLine[]
  /** What the insurer says that the patient paid before, and what it sent the patient itself. */
  readonly paidBefore: Cents
  readonly paidToPatient: Cents
  /** What its lines were before each later payer answered, first payer first. */
  readonly stages: readonly (readonly BillLine[])[]
  /** The answer that stands last; null where none does. */
  readonly answeredBy: string | null
  /** What of the claim and its answers is to be told although the claim is taken. */
  readonly remarks: readonly Remark[]
}

/** By what a claim is judged besides itself. */
export type Terms = { readonly currency: Currency; readonly today: Temporal.PlainDate }

/** Why a claim asks for no money, in a sentence; undefined for one that does. */
export function notAsking({ use, status }: Pick<ClaimReading, 'use' | 'status'>): string | undefined {
  if ((use ?? 'claim') !== 'claim') return `It is a ${use}; nothing is billed.`
  return (status ?? 'active') === 'active' ? undefined : `Its status is "${status}"; nothing is billed.`
}

/** What a claim asks for in total, rounded: its total, else the sum of its lines. */
export function claimedCents(reading: ClaimReading): Cents {
  const { total, items, answers } = reading
  const asked = items.flatMap(item => askedFor(item, answers) ?? [])
  return roundHalfUp(total ?? answers.find(each => each.total)?.total ?? sumDecimals(asked))
}

/** What a claim asks for, rounded: its total, or its items where they come to more. */
export function askedCents(reading: ClaimReading): Cents {
  const items = roundHalfUp(sumDecimals(reading.items.flatMap(item => askedFor(item, reading.answers) ?? [])))
  return mostCents(claimedCents(reading), items)
}

/**
 * A claim and its answers as a bill, by domain.md ("Insurance claims become bills").
 * Throws `Held` with the reason when it cannot become one as it stands.
 */
export function billOf(reading: ClaimReading, terms: Terms): Bill {
  const { patient, servicedOn, createdOn } = reading
  refuseReading(reading, terms)
  if (patient === null) throw new Held('It names no patient.')
  if (servicedOn === null) throw new Held('It names no date of service.')
  const outcome = outcomeOf(reading)
  const { lines, remark } = linesOf(reading, outcome, servicedOn)
  const share = sumCents(lines.map(line => line.patientShare))
  const paidBefore = toldOf(outcome, 'paidByPatient')
  if (paidBefore > share)
    throw new Held(
      `The insurer says that the patient paid ${decimalText(paidBefore)}, which is more than their share of ${decimalText(share)}.`,
    )
  const paidToPatient = toldOf(outcome, 'paidToPatient')
  const { source, claim, clinician, location, title } = reading
  return {
    source,
    claim,
    patient,
    clinician,
    location,
    payer: reading.payer.name,
    title,
    servicedOn,
    issuedOn: outcome.by.at(-1)?.createdOn ?? createdOn ?? servicedOn,
    lines,
    stages: stagesOf(outcome).map(stage => linesOf(reading, stage, servicedOn).lines),
    answeredBy: outcome.by.at(-1)?.source ?? null,
    paidBefore,
    paidToPatient,
    remarks: [
      ...outcome.remarks,
      ...[remark, toldToPatient(paidToPatient), toldBefore(paidBefore)].flatMap(why =>
        why ? [{ of: claim, why }] : [],
      ),
    ],
  }
}

/** What stood before each later payer answered. */
function stagesOf({ before }: Outcome): Outcome[] {
  return before ? [...stagesOf(before), before] : []
}

function toldToPatient(sent: Cents): string | undefined {
  return sent > 0n ? `The insurer sent ${decimalText(sent)} to the patient, not to the practice.` : undefined
}

function toldBefore(paid: Cents): string | undefined {
  return paid > 0n
    ? `The insurer says that the patient paid ${decimalText(paid)} before: so much of the share is closed.`
    : undefined
}

/** Rule 1, of the claim itself: also where nobody answered it. */
function refuseReading(reading: ClaimReading, { currency, today }: Terms): void {
  const answers = reading.answers.filter(isInForce)
  const other = [reading, ...answers].flatMap(one => one.currencies).find(name => name !== currency)
  if (other) throw new Held(`It is in ${other.toUpperCase()}; this practice bills in ${currency.toUpperCase()}.`)
  const asked = [
    reading.total,
    ...reading.items.map(item => item.net),
    ...answers.flatMap(each => each.lines.map(line => line.net)),
  ]
  const below = asked.find(amount => amount !== null && amount.units < 0n)
  if (below) throw new Held(`It has a figure below zero: ${exactText(below)}.`)
  const last = today.add({ years: 1 })
  const days = [reading.servicedOn, ...reading.items.map(item => item.servicedOn)]
  const far = days.find(day => day && Temporal.PlainDate.compare(day, last) > 0)
  if (far) throw new Held(`Its service is more than a year ahead: ${far}.`)
  refuseNumbers(reading.items)
  for (const answer of answers) refuseNumbers(answer.lines)
  const known = new Set(reading.items.map(item => item.sequence))
  if (answers.some(each => each.lines.some(line => !known.has(line.sequence))))
    throw new Held('Its explanation of benefit answers an item that the claim does not have.')
}

function refuseNumbers(items: readonly { readonly sequence: number }[]): void {
  if (items.some(item => item.sequence === 0)) throw new Held('One of its items has no number.')
  if (new Set(items.map(item => item.sequence)).size < items.length)
    throw new Held('Two of its items have the same number.')
}

/** What the answers say beside who pays what: as the last of them says that says it, of its lines or of the whole. */
function toldOf({ by }: Outcome, key: 'paidByPatient' | 'paidToPatient'): Cents {
  for (const { lines, header } of by.toReversed()) {
    const said = lines.flatMap(line => line.said.amounts[key] ?? [])
    const whole = header.amounts[key]
    if (said.length > 0) return cents(sumDecimals(said), 'payment')
    if (whole) return cents(whole, 'payment')
  }
  return 0n
}
