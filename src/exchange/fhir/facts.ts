import type { EntryNote } from '../file-report.ts'
import { refuseWrongAmounts } from './amounts.ts'
import { awaitReference, type BundleIndex, newIndex } from './bundle-index.ts'
import { type ClaimFacts, readClaim } from './claims.ts'
import { type Concept, conceptOf } from './concepts.ts'
import { type CoverageFacts, readCoverage } from './coverages.ts'
import { child, type Element, needsExact, parseExact } from './element.ts'
import { type EncounterFacts, readEncounter } from './encounters.ts'
import type { Entry } from './entry.ts'
import { type PatientFacts, readPatient } from './patients.ts'
import { type ClinicianFacts, type OrganizationFacts, readOrganization, readPractitioner } from './people.ts'
import type { Reference } from './references.ts'
import { baseOf } from './sources.ts'

/** The types that billing takes; all others are kept untouched for the record. */
export const TAKEN = [
  'Patient',
  'Organization',
  'Practitioner',
  'Coverage',
  'Encounter',
  'Claim',
  'ExplanationOfBenefit',
]

/** What a file is read beside: the practice's day and zone. */
export type Reading = { readonly today: Temporal.PlainDate; readonly zone: string }

/** All that billing needs of a file, by source: small, however large the file. */
export type FileFacts = {
  readonly reading: Reading
  readonly index: BundleIndex
  readonly patients: Map<string, PatientFacts>
  readonly organizations: Map<string, OrganizationFacts>
  readonly clinicians: Map<string, ClinicianFacts>
  readonly coverages: Map<string, CoverageFacts>
  readonly encounters: Map<string, EncounterFacts>
  readonly conditions: Map<string, Concept>
  readonly claims: Map<string, ClaimFacts>
  readonly explanations: ClaimFacts[]
  /** What the file calls people and places that are not in it. */
  readonly displays: Map<string, string>
  /** What the file says twice and differently, under two addresses of one resource. */
  readonly contradicted: Set<string>
  /** What was made of entries that their sender may not expect. */
  readonly notes: EntryNote[]
}

export function newFacts(reading: Reading): FileFacts {
  return {
    reading,
    index: newIndex(),
    patients: new Map(),
    organizations: new Map(),
    clinicians: new Map(),
    coverages: new Map(),
    encounters: new Map(),
    conditions: new Map(),
    claims: new Map(),
    explanations: [],
    displays: new Map(),
    contradicted: new Set(),
    notes: [],
  }
}

/**
 * Adds one entry's facts; refuses wrong elements and references that lead to a resource of a wrong type. Of a resource
 * that came before under another address the first word counts, and what is said otherwise is remembered.
 */
export function collect(facts: FileFacts, entry: Entry, isNew: boolean): void {
  const { source, name } = entry
  const money = entry.type === 'Claim' || entry.type === 'ExplanationOfBenefit'
  const note = (why: string) => void facts.notes.push({ claim: name, why, entry: entry.index })
  const origin = { base: baseOf(entry.fullUrl), zone: facts.reading.zone, note }
  const resource = child(
    { value: money && needsExact(entry.text) ? parseExact(entry.text) : entry, path: [], origin },
    'resource',
  )
  if (!resource) return
  if (money) refuseWrongAmounts(resource)
  if (!isNew) {
    if (money || entry.type === 'Patient') collectAgain(facts, entry, resource)
    return
  }
  if (entry.type === 'Patient')
    facts.patients.set(source, readPatient(resource, { source, name, entry: entry.index }, facts.reading.today))
  else if (entry.type === 'Organization')
    facts.organizations.set(source, readOrganization(resource, source, facts.reading.today))
  else if (entry.type === 'Practitioner')
    facts.clinicians.set(source, readPractitioner(resource, source, facts.reading.today))
  else if (entry.type === 'Condition') collectCondition(facts, resource, source)
  else if (entry.type === 'Coverage') collectCoverage(facts, entry, readCoverage(resource, source))
  else if (entry.type === 'Encounter') collectEncounter(facts, entry, readEncounter(resource, source))
  else if (money) collectClaim(facts, entry, readClaim(resource, { source, name, entry: entry.index }))
}

/** Of a resource that the file said before: whether it says the same again. */
function collectAgain(facts: FileFacts, { type, source, name, index }: Entry, resource: Element): void {
  const { patients, claims, explanations, contradicted, reading } = facts
  const known = { source, name, entry: index }
  const before =
    type === 'Patient'
      ? patients.get(source)
      : type === 'Claim'
        ? claims.get(source)
        : explanations.find(one => one.source === source)
  const again = type === 'Patient' ? readPatient(resource, known, reading.today) : readClaim(resource, known)
  if (before?.content !== again.content) contradicted.add(source)
}

function collectCondition(facts: FileFacts, resource: Element, source: string): void {
  const what = conceptOf(child(resource, 'code'))
  if (what) facts.conditions.set(source, what)
}

function collectCoverage(facts: FileFacts, entry: Entry, coverage: CoverageFacts): void {
  facts.coverages.set(entry.source, coverage)
  expectTypes(facts, entry, coverage.beneficiary, ['Patient'])
  expectTypes(facts, entry, coverage.payor, ['Organization', 'Patient', 'RelatedPerson'])
}

function collectEncounter(facts: FileFacts, entry: Entry, encounter: EncounterFacts): void {
  facts.encounters.set(entry.source, encounter)
  expectTypes(facts, entry, encounter.subject, ['Patient', 'Group'])
  expectTypes(facts, entry, encounter.clinician, ['Practitioner', 'PractitionerRole', 'RelatedPerson'])
  expectTypes(facts, entry, encounter.location, ['Organization', 'Location'])
}

function collectClaim(facts: FileFacts, entry: Entry, claim: ClaimFacts): void {
  if (entry.type === 'Claim') facts.claims.set(entry.source, claim)
  else facts.explanations.push(claim)
  expectTypes(facts, entry, claim.patient, ['Patient'])
  expectTypes(facts, entry, claim.provider, ['Practitioner', 'PractitionerRole', 'Organization'])
  expectTypes(facts, entry, claim.facility, ['Location'])
  expectTypes(facts, entry, claim.coverage, ['Coverage'])
  expectTypes(facts, entry, claim.insurer, ['Organization'])
  expectTypes(facts, entry, claim.claim, ['Claim'])
  for (const member of claim.careTeam)
    expectTypes(facts, entry, member, ['Practitioner', 'PractitionerRole', 'Organization'])
  for (const { encounter } of claim.items) expectTypes(facts, entry, encounter, ['Encounter'])
  for (const { reference } of claim.diagnoses) expectTypes(facts, entry, reference, ['Condition'])
}

/** What a reference leads to must be of these types (FHIR R4); what it is called is remembered for those outside. */
function expectTypes(facts: FileFacts, entry: Entry, reference: Reference | null, types: readonly string[]): void {
  const target = reference?.target
  if (!target || target.startsWith('#')) return
  if (reference.display && !facts.displays.has(target)) facts.displays.set(target, reference.display)
  awaitReference(facts.index, {
    target,
    named: reference.named ?? target,
    types,
    entry: entry.index,
    path: [...reference.path, 'reference'],
  })
}
