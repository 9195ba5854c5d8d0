import type { Diagnosis } from '../../billing/charges.ts'
import type { Decimal } from '../../kernel/money.ts'
import { isolated, LONGEST, shortened } from '../../kernel/texts.ts'
import type { Answer } from './adjudications.ts'
import { clinicianOf, diagnosesOf, locationOf, patientOf, servedOn } from './bill-facts.ts'
import type { ClaimFacts, ItemFacts } from './claims.ts'
import type { FileFacts } from './facts.ts'
import { type Payer, payerOf } from './payers.ts'
import type { Reference } from './references.ts'

/** One item that a claim asks money for. */
export type ClaimItem = {
  readonly sequence: number
  readonly code: string | null
  readonly codeSystem: string | null
  readonly description: string
  readonly units: number
  readonly servicedOn: Temporal.PlainDate | null
  readonly diagnoses: readonly Diagnosis[]
  readonly net: Decimal | null
}

/** What one explanation of benefit says. */
export type ClaimAnswer = {
  readonly source: string
  /** What the file calls it. */
  readonly name: string
  readonly updatedAt: Temporal.Instant | null
  readonly status: string | null
  readonly outcome: string | null
  readonly createdOn: Temporal.PlainDate | null
  readonly payer: string | null
  readonly precedence: number | null
  readonly isCorrection: boolean
  readonly isAddedTo: boolean
  readonly total: Decimal | null
  readonly lines: readonly {
    readonly sequence: number
    readonly net: Decimal | null
    readonly said: Answer
    readonly isAnsweredInParts: boolean
  }[]
  readonly header: Answer
  /** The currencies that it names anywhere. */
  readonly currencies: readonly string[]
}

/** A claim with its answers as files tell them, and all that a bill of it needs. Nothing is decided yet. */
export type ClaimReading = {
  /** Under what it is recorded; a second file finds it again by this. */
  readonly source: string
  /** What the file calls it. */
  readonly claim: string
  /** By what the file knows its patient; null where it names none. */
  readonly patient: string | null
  /** What the file says of the patient: name and birth date. */
  readonly person: string | null
  /** The numbers that the claim has, each with its system, and a hash of what it tells. */
  readonly numbers: readonly string[]
  readonly content: string | null
  readonly clinician: Reference | null
  readonly location: Reference | null
  readonly payer: Payer
  /** Whether the claim itself was read, and not only answers that repeat it. */
  readonly isAsked: boolean
  readonly updatedAt: Temporal.Instant | null
  readonly use: string | null
  readonly status: string | null
  readonly title: string
  readonly servicedOn: Temporal.PlainDate | null
  readonly createdOn: Temporal.PlainDate | null
  readonly total: Decimal | null
  readonly items: readonly ClaimItem[]
  readonly diagnoses: readonly Diagnosis[]
  /** The currencies in which it asks. */
  readonly currencies: readonly string[]
  readonly answers: readonly ClaimAnswer[]
}

/** A claim with the explanations that answer it, as a file has them; the claim may be missing. */
export type Case = {
  /** By what it is recorded: once, however often it comes and however it is addressed. */
  readonly source: string
  /** What the file calls it. */
  readonly name: string
  readonly claim: ClaimFacts | null
  readonly explanations: readonly ClaimFacts[]
  /** Whom claim and answers are about: one, or nobody may be billed. */
  readonly patients: readonly string[]
}

/** Reads a claim and its answers out of a file: what they refer to is looked up, and nothing more. */
export function readingOf({ source, name, claim, explanations }: Case, facts: FileFacts): ClaimReading | undefined {
  const answer = explanations.find(isInForce) ?? explanations[0] ?? null
  const asked = claim ?? answer
  if (!asked) return undefined
  const title = isolated(shortened(titleOf(asked), LONGEST.title))
  return {
    source,
    claim: name,
    patient: patientOf(asked, facts.index),
    person: personOf(patientOf(asked, facts.index), facts),
    numbers: claim?.identifiers ?? [],
    content: claim?.content ?? null,
    clinician: clinicianOf(asked, answer, facts),
    location: locationOf(asked, answer, facts),
    payer: payerOf(asked, answer, facts),
    isAsked: claim !== null,
    updatedAt: asked.updatedAt,
    use: asked.use,
    status: asked.status,
    title,
    servicedOn: servedOn(asked, asked.items[0], facts) ?? null,
    createdOn: asked.createdOn,
    total: asked.total?.value ?? null,
    items: asked.items.map(item => itemOf(item, asked, title, facts)),
    diagnoses: diagnosesOf(asked, facts, () => true),
    currencies: currenciesOf(asked),
    answers: explanations.map(each => answerOf(each, facts)),
  }
}

function personOf(patient: string | null, facts: FileFacts): string | null {
  const said = facts.patients.get(patient ?? '')
  if (!said) return null
  const name = [said.givenName, said.familyName].filter(Boolean).join(' ')
  return [name, said.bornOn && `born ${said.bornOn}`].filter(Boolean).join(', ')
}

function itemOf(item: ItemFacts, claim: ClaimFacts, title: string, facts: FileFacts): ClaimItem {
  return {
    sequence: item.sequence,
    code: item.what?.code ?? null,
    codeSystem: item.what?.system ?? null,
    description: item.what?.display ?? title,
    units: item.units,
    servicedOn: servedOn(claim, item, facts) ?? null,
    diagnoses: diagnosesOf(claim, facts, number => item.diagnoses.includes(number)),
    net: item.net?.value ?? null,
  }
}

function answerOf(explanation: ClaimFacts, facts: FileFacts): ClaimAnswer {
  const { source, name, updatedAt, status, outcome, createdOn } = explanation
  const { precedence, isCorrection, isAddedTo, total, header } = explanation
  const lines = explanation.items.map(({ sequence, net, answer, isAnsweredInParts }) => ({
    sequence,
    net: net?.value ?? null,
    said: answer,
    isAnsweredInParts,
  }))
  const payer = payerOf(explanation, null, facts).name
  return {
    source,
    name,
    updatedAt,
    status,
    outcome,
    createdOn,
    payer,
    precedence,
    isCorrection,
    isAddedTo,
    total: total?.value ?? null,
    lines,
    header,
    currencies: currenciesOf(explanation),
  }
}

/** An explanation answers while it is in force and not merely queued. */
export function isInForce({ status, outcome }: Pick<ClaimAnswer, 'status' | 'outcome'>): boolean {
  return (status ?? 'active') === 'active' && !['queued', 'error'].includes(outcome ?? 'complete')
}

function currenciesOf({ total, header, items }: ClaimFacts): string[] {
  const asked = items.flatMap(item => [item.net?.currency, ...item.answer.currencies])
  const named = [total?.currency, ...header.currencies, ...asked]
  return [...new Set(named.filter(name => typeof name === 'string'))]
}

function titleOf(claim: ClaimFacts): string {
  return (
    claim.items.map(item => item.what?.display).find(Boolean) ?? (claim.type === 'pharmacy' ? 'Medication' : 'Visit')
  )
}
