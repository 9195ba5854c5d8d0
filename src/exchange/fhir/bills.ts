import type { Diagnosis } from '../../billing/charges.ts'
import {
  type Currency,
  type Decimal,
  decimalText,
  roundHalfUp,
  subtractDecimals,
  sumDecimals,
} from '../../kernel/money.ts'
import { clinicianOf, diagnosesOf, locationOf, patientOf, servedOn } from './bill-facts.ts'
import { answered, cents, Held, isAnswered, type LineMoney, unanswered } from './bill-line.ts'
import type { ClaimFacts, ItemFacts } from './claims.ts'
import type { Concept } from './concepts.ts'
import type { FileFacts } from './facts.ts'
import { payerOf } from './payers.ts'
import type { Reference } from './references.ts'
import { lastingSource } from './sources.ts'

export type BillLine = LineMoney & {
  /** The claim item's number; 0 is what the claim's total has above its items. */
  readonly sequence: number
  readonly code: string | null
  readonly codeSystem: string | null
  readonly description: string
  readonly units: number
  readonly servicedOn: Temporal.PlainDate
  readonly diagnoses: readonly Diagnosis[]
}

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
  /** What the claim contradicts itself in, and what was made of it. */
  readonly note: string | null
}

/** A claim with the explanation that answers it; either may be missing. */
export type Case = {
  readonly source: string
  readonly claim: ClaimFacts | null
  readonly explanations: readonly ClaimFacts[]
}

/** Why a claim asks for no money, in a sentence; undefined for one that does. */
export function notAsking({ claim, explanations }: Case): string | undefined {
  const asked = claim ?? explanations.find(explains) ?? explanations[0]
  const use = asked?.use ?? 'claim'
  const status = asked?.status ?? 'active'
  if (use !== 'claim') return `It is a ${use}; nothing is billed.`
  return status === 'active' ? undefined : `Its status is "${status}"; nothing is billed.`
}

/** What a claim asks for in total, rounded: its total, else the sum of its lines. */
export function claimedCents({ claim, explanations }: Case): bigint {
  const asked = claim ?? explanations[0]
  const total = claim?.total ?? explanations[0]?.total
  return roundHalfUp(total?.value ?? sumDecimals((asked?.items ?? []).map(item => askedFor(item, item) ?? ZERO)))
}

const ZERO: Decimal = { units: 0n, scale: 0 }

/**
 * A claim and its answer as a bill, by domain.md ("Insurance claims become bills").
 * Throws `Held` with the reason when it cannot become one as it stands.
 */
export function billOf(one: Case, facts: FileFacts, currency: Currency): Bill {
  const active = one.explanations.filter(explains)
  if (active.length > 1) throw new Held(`${active.length} explanations of benefit answer it.`)
  const explanation = active[0] ?? null
  const asked = one.claim ?? explanation
  if (!asked) throw new Held('Its explanation of benefit is not in force.')
  refuseCurrencies([asked, explanation], currency)
  const payer = payerOf(asked, explanation, facts)
  const answers = pairItems(asked, explanation)
  const servicedOn = servedOn(asked, asked.items[0], facts)
  const lines = answers.flatMap(({ item, answer }) => lineOf(item, answer, asked, payer.insured, facts) ?? [])
  const total = asked.total ?? explanation?.total
  if (total) cents(total.value, 'total')
  const beside = total && subtractDecimals(total.value, sumDecimals(lines.map(line => line.exact)))
  const rest = beside ? roundHalfUp(beside) : 0n
  const visit = beside && rest > 0n ? [restLine(asked, beside, payer.insured, servicedOn, facts)] : []
  const patient = patientOf(asked, facts.index)
  return {
    source: lastingSource(one.source, patient),
    claim: one.source,
    patient,
    clinician: clinicianOf(asked, explanation, facts),
    location: locationOf(asked, explanation, facts),
    payer: payer.name,
    title: titleOf(asked),
    servicedOn,
    issuedOn: explanation?.createdOn ?? asked.createdOn ?? servicedOn,
    lines: [...visit, ...lines.map(({ exact: _, ...line }) => line)],
    note: rest < 0n && total ? below(total.value, rest) : null,
  }
}

function below(total: Decimal, rest: bigint): string {
  const claimed = roundHalfUp(total)
  return `The claim's total, ${decimalText(claimed)}, is below the sum of its lines, ${decimalText(claimed - rest)}; the lines stand.`
}

/** An explanation answers while it is in force and not merely queued. */
function explains(explanation: ClaimFacts): boolean {
  return (
    (explanation.status ?? 'active') === 'active' && !['queued', 'error'].includes(explanation.outcome ?? 'complete')
  )
}

function refuseCurrencies(claims: readonly (ClaimFacts | null)[], currency: Currency): void {
  const named = claims.flatMap(claim => [
    claim?.total?.currency,
    ...(claim?.items ?? []).flatMap(item => [item.net?.currency, ...(item.answer?.currencies ?? [])]),
  ])
  const other = named.find(name => name && name !== currency)
  if (other) throw new Held(`It is in ${other.toUpperCase()}; this practice bills in ${currency.toUpperCase()}.`)
}

/** Matches the explanation's items to the claim's by their sequence. */
function pairItems(asked: ClaimFacts, explanation: ClaimFacts | null): { item: ItemFacts; answer: ItemFacts | null }[] {
  const answers = bySequence(explanation?.items ?? [])
  const items = bySequence(asked.items)
  if (asked !== explanation && [...answers.keys()].some(sequence => !items.has(sequence)))
    throw new Held('Its explanation of benefit answers an item that the claim does not have.')
  return [...items.values()].map(item => ({ item, answer: answers.get(item.sequence) ?? null }))
}

function bySequence(items: readonly ItemFacts[]): Map<number, ItemFacts> {
  const found = new Map(items.map(item => [item.sequence, item]))
  if (found.has(0)) throw new Held('One of its items has no number.')
  if (found.size < items.length) throw new Held('Two of its items have the same number.')
  return found
}

function askedFor(item: ItemFacts, answer: ItemFacts | null): Decimal | null {
  return answer?.answer?.amounts.submitted ?? item.net?.value ?? answer?.net?.value ?? null
}

/** One item's line; none when it asks for nothing, as the diagnoses that Synthea lists as items. */
function lineOf(item: ItemFacts, answer: ItemFacts | null, claim: ClaimFacts, insured: boolean, facts: FileFacts) {
  const exact = askedFor(item, answer)
  const said = answer?.answer ?? null
  if (!exact && !isAnswered(said)) return undefined
  const money = isAnswered(said) ? answered(said, exact) : unanswered(exact ?? ZERO, insured)
  if (money.charged === 0n) return undefined
  const servicedOn = servedOn(claim, item, facts)
  const diagnoses = diagnosesOf(claim, facts, number => item.diagnoses.includes(number))
  return {
    ...money,
    ...named(item.what, claim),
    sequence: item.sequence,
    units: item.units,
    servicedOn,
    diagnoses,
    exact: exact ?? ZERO,
  }
}

/** What the total has above the items is one more line, named by the first item: in Synthea's files, the visit. */
function restLine(
  claim: ClaimFacts,
  rest: Decimal,
  insured: boolean,
  servicedOn: Temporal.PlainDate,
  facts: FileFacts,
): BillLine {
  const money = unanswered(rest, insured)
  const diagnoses = diagnosesOf(claim, facts, () => true)
  return { ...money, ...named(claim.items[0]?.what ?? null, claim), sequence: 0, units: 1, servicedOn, diagnoses }
}

function named(what: Concept | null, claim: ClaimFacts) {
  return { code: what?.code ?? null, codeSystem: what?.system ?? null, description: what?.display ?? titleOf(claim) }
}

function titleOf(claim: ClaimFacts): string {
  return (
    claim.items.map(item => item.what?.display).find(Boolean) ?? (claim.type === 'pharmacy' ? 'Medication' : 'Visit')
  )
}
