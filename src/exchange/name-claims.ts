import type { PatientId } from '../kernel/ids.ts'
import { notAsking } from './fhir/bills.ts'
import { dayOfCase } from './fhir/cases.ts'
import type { FileFacts } from './fhir/facts.ts'
import { type Case, isInForce } from './fhir/reading.ts'
import { bareOf, isLasting } from './fhir/sources.ts'
import type { People, Standing } from './same-person.ts'

/** A claim of a file as billing is to know it, or why it cannot be told which it is or whose. */
export type SettledCase = Case & {
  readonly held: string | null
  /** Whose it is; null where that is not to be told. */
  readonly patient: PatientId | null
}

/** A claim with the names by which it may be known. */
export type NamedCase = SettledCase & {
  readonly asks: boolean
  /** All records of its patient: their own, and those that it replaced. */
  readonly records: readonly PatientId[]
  /** Its own name, the numbers that it has, and the name under which the same claim may have come otherwise. */
  readonly own: string
  readonly numbers: readonly string[]
  readonly like: string | null
  /** What it tells, hashed; null where the file has an answer to it alone. */
  readonly content: string | null
}

/** A claim by its names. What is known by a bare id alone is one claim for one person and one day of service. */
export function nameCase(one: Case, facts: FileFacts, people: People): NamedCase {
  const { standings } = people
  const patient = patientOf(one, standings)
  const lasting = isLasting(one.source)
  const bare = lasting ? bareOf(one.source) : one.source
  const day = dayOfCase(one, facts)?.toString() ?? 'undated'
  const asked = one.claim ?? one.explanations.find(isInForce) ?? one.explanations[0]
  const asks = asked !== undefined && notAsking(asked) === undefined
  return {
    ...one,
    source: lasting ? one.source : `${patient} ${day} ${one.source}`,
    patient,
    records: patient === null ? [] : recordsOf(patient, people),
    asks,
    own: lasting ? `address ${one.source}` : `bare ${day} ${bare}`,
    numbers: asks ? (one.claim?.identifiers ?? []).map(number => `number ${number}`) : [],
    like: bare === undefined ? null : `${lasting ? 'bare' : 'under'} ${day} ${bare}`,
    content: one.claim?.content ?? null,
    held: whyHeld(one, facts, standings),
  }
}

/** The name under which a claim with a bare id finds one that has a base. */
export function namesOf({ own, numbers, like }: NamedCase): string[] {
  const under = own.startsWith('address ') && like ? [like.replace(/^bare/, 'under')] : []
  return [own, ...under, ...numbers]
}

/** Whose it is, where all that it and its answers name are one person. */
function patientOf({ patients }: Case, standings: ReadonlyMap<string, Standing>): PatientId | null {
  const found = new Set(patients.map(source => idOf(standings.get(source))))
  return found.size === 1 ? ([...found][0] ?? null) : null
}

function idOf(standing: Standing | undefined): PatientId | null {
  return standing && 'id' in standing ? standing.id : null
}

function recordsOf(patient: PatientId, { standings, joins }: People): PatientId[] {
  const known = [...standings.values()].find(one => 'id' in one && one.id === patient)
  const before = known && 'id' in known ? (known.known?.replaced ?? []) : []
  return [patient, ...before, ...joins.filter(join => join.to === patient).map(join => join.from)]
}

function whyHeld(one: Case, { contradicted }: FileFacts, standings: ReadonlyMap<string, Standing>): string | null {
  const resources = [...(one.claim ? [one.claim] : []), ...one.explanations]
  if (resources.some(each => contradicted.has(each.source))) return 'The file says it twice, and differently.'
  const found = one.patients.map(source => standings.get(source))
  if (found.some(standing => standing === undefined)) return 'Its patient is not in this file.'
  const why = found.find(standing => standing !== undefined && 'why' in standing)
  if (why && 'why' in why) return why.why
  return new Set(found.map(idOf)).size > 1 ? 'Its answer is about another patient than the claim.' : null
}
