import { type Decimal, parseDecimal } from '../../kernel/money.ts'
import { type Answer, readAnswer } from './adjudications.ts'
import { type Concept, codesOf, conceptOf } from './concepts.ts'
import { type CoverageFacts, readCoverage } from './coverages.ts'
import {
  type Amount,
  amountOf,
  child,
  children,
  dayOf,
  decimalOf,
  type Element,
  Exact,
  integerOf,
  textOf,
} from './element.ts'
import { containedBy, type Reference, referenceOf, referencesOf } from './references.ts'

/** One item of a Claim or an ExplanationOfBenefit. */
export type ItemFacts = {
  readonly sequence: number
  readonly what: Concept | null
  readonly units: number
  /** What is asked for the item; null when the file names no amount. */
  readonly net: Amount | null
  readonly servicedOn: Temporal.PlainDate | null
  readonly diagnoses: readonly number[]
  readonly encounter: Reference | null
  /** What the insurer said to it; only explanations have it. */
  readonly answer: Answer | null
}

export type DiagnosisFacts = {
  readonly sequence: number
  readonly what: Concept | null
  readonly reference: Reference | null
}

/** What billing needs of a Claim, or of an ExplanationOfBenefit, which repeats the claim and answers it. */
export type ClaimFacts = {
  readonly source: string
  readonly entry: number
  readonly use: string | null
  readonly status: string | null
  readonly type: string | null
  readonly patient: Reference | null
  readonly provider: Reference | null
  readonly facility: Reference | null
  readonly careTeam: readonly Reference[]
  readonly createdOn: Temporal.PlainDate | null
  readonly startedOn: Temporal.PlainDate | null
  readonly coverage: Reference | null
  readonly containedCoverage: CoverageFacts | null
  readonly insurer: Reference | null
  readonly items: readonly ItemFacts[]
  readonly diagnoses: readonly DiagnosisFacts[]
  readonly total: Amount | null
  /** Of an explanation alone: the claim it answers, and whether the answer is complete. */
  readonly claim: Reference | null
  readonly outcome: string | null
}

/** Reads a Claim or an ExplanationOfBenefit (FHIR R4). */
export function readClaim(resource: Element, source: string, entry: number): ClaimFacts {
  const explains = textOf(resource, 'resourceType') === 'ExplanationOfBenefit'
  const insurances = children(resource, 'insurance')
  const focal = insurances.find(one => child(one, 'focal')?.value === true) ?? insurances[0]
  const coverage = referenceOf(focal, 'coverage')
  const contained = containedBy(resource, coverage)
  return {
    source,
    entry,
    use: textOf(resource, 'use') ?? null,
    status: textOf(resource, 'status') ?? null,
    type: codesOf(child(resource, 'type'))[0] ?? null,
    patient: referenceOf(resource, 'patient'),
    provider: referenceOf(resource, 'provider'),
    facility: referenceOf(resource, 'facility'),
    careTeam: children(resource, 'careTeam')
      .map(one => referenceOf(one, 'provider'))
      .filter(one => one !== null),
    createdOn: dayOf(resource, 'created') ?? null,
    startedOn: dayOf(child(resource, 'billablePeriod'), 'start') ?? null,
    coverage,
    containedCoverage: contained ? readCoverage(contained, `${source}${coverage?.target ?? ''}`) : null,
    insurer: referenceOf(resource, 'insurer'),
    items: children(resource, 'item').map(item => readItem(item, explains)),
    diagnoses: children(resource, 'diagnosis').map(readDiagnosis),
    total: explains ? totalSubmitted(resource) : (amountOf(resource, 'total') ?? null),
    claim: explains ? referenceOf(resource, 'claim') : null,
    outcome: explains ? (textOf(resource, 'outcome') ?? null) : null,
  }
}

function readItem(item: Element, explains: boolean): ItemFacts {
  const what = conceptOf(child(item, 'productOrService')) ?? conceptOf(child(item, 'revenue'))
  return {
    sequence: integerOf(item, 'sequence') ?? 0,
    what: what ?? null,
    units: wholeUnits(child(item, 'quantity')),
    net: netOf(item),
    servicedOn: dayOf(item, 'servicedDate') ?? dayOf(child(item, 'servicedPeriod'), 'start') ?? null,
    diagnoses: children(item, 'diagnosisSequence').map(one =>
      Number(one.value instanceof Exact ? one.value.text : Number.NaN),
    ),
    encounter: referencesOf(item, 'encounter')[0] ?? null,
    answer: explains ? readAnswer(item, 'adjudication') : null,
  }
}

/** R4: net = quantity × unitPrice × factor, which some files leave to the reader. */
function netOf(item: Element): Amount | null {
  const net = amountOf(item, 'net')
  if (net) return net
  const price = amountOf(item, 'unitPrice')
  if (!price) return null
  const factors = [decimalOf(child(item, 'quantity'), 'value'), decimalOf(item, 'factor')]
  return {
    value: factors.reduce<Decimal>((product, factor) => (factor ? times(product, factor) : product), price.value),
    currency: price.currency,
  }
}

function times(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale }
}

/** Units as a charge counts them: whole and at least one; a fraction of a measure is one dispensing. */
function wholeUnits(quantity: Element | undefined): number {
  const value = child(quantity, 'value')?.value
  const text = value instanceof Exact ? value.text : ''
  const decimal = parseDecimal(text)
  const units =
    decimal && decimal.units % 10n ** BigInt(decimal.scale) === 0n ? decimal.units / 10n ** BigInt(decimal.scale) : 1n
  return units >= 1n && units <= 100_000n ? Number(units) : 1
}

function readDiagnosis(diagnosis: Element): DiagnosisFacts {
  return {
    sequence: integerOf(diagnosis, 'sequence') ?? 0,
    what: conceptOf(child(diagnosis, 'diagnosisCodeableConcept')) ?? null,
    reference: referenceOf(diagnosis, 'diagnosisReference'),
  }
}

function totalSubmitted(explanation: Element): Amount | null {
  const { amounts, currencies } = readAnswer(explanation, 'total')
  return amounts.submitted ? { value: amounts.submitted, currency: currencies[0] ?? null } : null
}
