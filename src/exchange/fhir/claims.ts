import { type Decimal, parseDecimal } from '../../kernel/money.ts'
import { LONGEST, shortened } from '../../kernel/texts.ts'
import { type Answer, headerOf, NO_ANSWER, readAnswer } from './adjudications.ts'
import { isAnswered } from './bill-line.ts'
import { contentOf, writtenContentOf } from './canonical.ts'
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
  instantOf,
  integerOf,
  numberText,
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
  readonly answer: Answer
  /** Whether only its details are answered, and not the item. */
  readonly isAnsweredInParts: boolean
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
  /** What the file calls the resource. */
  readonly name: string
  /** The numbers it has, each with its system. */
  readonly identifiers: readonly string[]
  /** A hash of what it tells, apart from its ids and dates of record. */
  readonly content: string
  /** When its sender last changed it, as it says. */
  readonly updatedAt: Temporal.Instant | null
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
  /** What it says of the whole claim. */
  readonly header: Answer
  /** Its place among the payers: 1 is the primary. */
  readonly precedence: number | null
  /** Whether it says that it takes the place of another. */
  readonly isCorrection: boolean
  /** Whether it has money on items that the claim did not have. */
  readonly isAddedTo: boolean
}

/** Reads a Claim or an ExplanationOfBenefit (FHIR R4). */
export function readClaim(resource: Element, known: { source: string; name: string; entry: number }): ClaimFacts {
  const explains = textOf(resource, 'resourceType') === 'ExplanationOfBenefit'
  const insurances = children(resource, 'insurance')
  const focal = insurances.find(one => child(one, 'focal')?.value === true) ?? insurances[0]
  const coverage = referenceOf(focal, 'coverage')
  const contained = containedBy(resource, coverage)
  const items = children(resource, 'item').map(item => readItem(item, explains))
  noteLongTitle(resource, items)
  const identifiers = children(resource, 'identifier').flatMap(numberOf)
  return {
    ...known,
    identifiers,
    content: claimContent(resource, known.source, identifiers),
    updatedAt: instantOf(child(resource, 'meta'), 'lastUpdated') ?? null,
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
    containedCoverage: contained ? readCoverage(contained, `${known.source}${coverage?.target ?? ''}`) : null,
    insurer: referenceOf(resource, 'insurer'),
    items,
    diagnoses: children(resource, 'diagnosis').map(readDiagnosis),
    total: explains ? totalSubmitted(resource) : (amountOf(resource, 'total') ?? null),
    claim: explains ? referenceOf(resource, 'claim') : null,
    ...(explains ? readExplanation(resource) : CLAIM),
  }
}

const CLAIM = { outcome: null, header: NO_ANSWER, precedence: null, isCorrection: false, isAddedTo: false }

function readExplanation(resource: Element) {
  const related = children(resource, 'related').flatMap(one => codesOf(child(one, 'relationship')))
  return {
    outcome: textOf(resource, 'outcome') ?? null,
    header: readAnswer(headerOf(resource)),
    precedence: integerOf(resource, 'precedence') ?? null,
    isCorrection: related.some(code => ['prior', 'replaces', 'replaced'].includes(code.toLowerCase())),
    isAddedTo: children(resource, 'addItem').some(
      item => netOf(item) !== null || isSaid(readAnswer(children(item, 'adjudication'))),
    ),
  }
}

function isSaid({ amounts, reductions, wrong, unknown }: Answer): boolean {
  return Object.keys(amounts).length + reductions.length + wrong.length + unknown.length > 0
}

/** What a claim tells is compared with what another file tells where it has a number, or an id that others may have. */
export function claimContent(resource: Element, source: string, identifiers: readonly string[]): string {
  const isClaim = textOf(resource, 'resourceType') === 'Claim'
  const isCompared = isClaim && (identifiers.length > 0 || !source.startsWith('urn:uuid:'))
  return isCompared ? contentOf(resource) : writtenContentOf(resource)
}

/** Its first item's words are its bill's title too. */
function noteLongTitle({ origin }: Element, items: readonly ItemFacts[]): void {
  const words = items.map(item => item.what?.display).find(Boolean) ?? ''
  if (shortened(words, LONGEST.title) !== words)
    origin?.note(`Its title has ${[...words].length} characters and is cut to ${LONGEST.title}.`)
}

/** An identifier that tells a claim from all others; a value without its system may be anybody's. */
function numberOf(identifier: Element): string[] {
  const system = textOf(identifier, 'system')
  const value = textOf(identifier, 'value')
  return system && value ? [`${system}|${value}`] : []
}

function readItem(item: Element, explains: boolean): ItemFacts {
  const answer = explains ? readAnswer(children(item, 'adjudication')) : NO_ANSWER
  const what = conceptOf(child(item, 'productOrService')) ?? conceptOf(child(item, 'revenue'))
  return {
    sequence: integerOf(item, 'sequence') ?? 0,
    what: what ?? null,
    units: wholeUnits(child(item, 'quantity')),
    net: netOf(item),
    servicedOn: dayOf(item, 'servicedDate') ?? dayOf(child(item, 'servicedPeriod'), 'start') ?? null,
    diagnoses: children(item, 'diagnosisSequence').map(one => Number(numberText(one.value) ?? Number.NaN)),
    encounter: referencesOf(item, 'encounter')[0] ?? null,
    answer,
    isAnsweredInParts:
      explains && !isAnswered(answer) && detailsOf(item).some(detail => isAnswered(readAnswer(detail))),
  }
}

/** What is said of the details of an item, and of theirs. */
function detailsOf(item: Element): Element[][] {
  const details = [...children(item, 'detail'), ...children(item, 'subDetail')]
  return details.flatMap(detail => [children(detail, 'adjudication'), ...detailsOf(detail)])
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
  const text = numberText(value) ?? ''
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
  const { amounts, currencies } = readAnswer(headerOf(explanation))
  return amounts.submitted ? { value: amounts.submitted, currency: currencies[0] ?? null } : null
}
