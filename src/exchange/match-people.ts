import { findKnownPeople, type KnownPerson } from '../identity/known-people.ts'
import { newId, type PracticeId } from '../kernel/ids.ts'
import type { Tx } from '../platform/database.ts'
import { resolve } from './fhir/bundle-index.ts'
import type { FileFacts } from './fhir/facts.ts'
import { isLasting } from './fhir/sources.ts'
import { followReplacements } from './replaced-people.ts'
import { byEvidence, byName, type Candidate, isWhole, type People, type Person, type Standing } from './same-person.ts'

/** Finds out who a file's patients are, among those of the practice (domain.md, "The same person"). */
export async function matchPeople(tx: Tx, practice: PracticeId, facts: FileFacts): Promise<People> {
  const people = wholePeople(facts)
  const known = await findKnownPeople(tx, practice, {
    sources: [...people.map(one => one.source), ...namedElsewhere(facts)].filter(isLasting),
    identifiers: people.flatMap(one => one.identifiers),
    bornOn: people.map(one => one.bornOn),
  })
  return tellPeople(facts, known)
}

/** Who they are, beside everybody known that they might be. */
export function tellPeople(facts: FileFacts, known: readonly KnownPerson[]): People {
  const people = wholePeople(facts)
  const told = tellByEvidence(people, known, facts.contradicted)
  const rest = people.filter(person => !told.has(person.source))
  tellByName(rest, known, told)
  // Whoever the file says twice, by an identifier that is theirs alone, is who the first one turned out to be.
  for (const [source, standing] of told) if ('as' in standing) told.set(source, told.get(standing.as) ?? standing)
  const standings = told as Map<string, Standing>
  for (const patient of facts.patients.values())
    if (!isWhole(patient)) standings.set(patient.source, { why: 'Its patient has no whole birth date or no name.' })
  for (const source of namedElsewhere(facts)) {
    const one = known.find(({ sources }) => sources.includes(source))
    if (one) standings.set(source, { id: one.id, known: one })
  }
  return { standings, ...followReplacements(facts, standings) }
}

type Told = Map<string, Standing | { readonly as: string }>

/** By identifiers and lasting addresses: somebody known, or somebody whom the file has said before. */
function tellByEvidence(
  people: readonly Person[],
  known: readonly KnownPerson[],
  contradicted: ReadonlySet<string>,
): Told {
  const told: Told = new Map()
  const before: Candidate[] = []
  for (const person of people) {
    if (contradicted.has(person.source)) {
      told.set(person.source, { why: 'The file says twice, and differently, who its patient is.' })
      continue
    }
    const verdict = byEvidence<KnownPerson | Candidate>(person, [...known, ...before])
    if (verdict === 'nobody') before.push({ ...person, id: person.source, sources: [] })
    else if ('why' in verdict) told.set(person.source, verdict)
    else told.set(person.source, isKnown(verdict.is) ? { id: verdict.is.id, known: verdict.is } : { as: verdict.is.id })
  }
  return told
}

function isKnown(one: KnownPerson | Candidate): one is KnownPerson {
  return 'account' in one
}

/**
 * By name and birth date. Whom another patient of the file is known to be nobody else in it is; two who fit the same
 * person cannot be told from each other. Whoever fits nobody is new.
 */
function tellByName(rest: readonly Person[], known: readonly KnownPerson[], told: Told): void {
  const taken = new Set([...told.values()].map(one => ('known' in one ? one.id : undefined)))
  const free = known.filter(one => !taken.has(one.id))
  const verdicts = rest.map(person => ({ person, verdict: byName(person, free) }))
  for (const { person, verdict } of verdicts) {
    if (verdict === 'nobody') told.set(person.source, { id: newId('pat'), known: null, person })
    else if ('why' in verdict) told.set(person.source, verdict)
    else {
      const fitting = verdicts.filter(
        one => typeof one.verdict === 'object' && 'is' in one.verdict && one.verdict.is === verdict.is,
      )
      const why = `${fitting.length} patients of this file fit ${verdict.is.id} by name and birth date, its patient among them.`
      told.set(person.source, fitting.length > 1 ? { why } : { id: verdict.is.id, known: verdict.is })
    }
  }
}

function wholePeople(facts: FileFacts): Person[] {
  return [...facts.patients.values()].filter(isWhole)
}

/** The people whom claims and links name by an address outside the file, by which an earlier file may have brought them. */
function namedElsewhere({ claims, explanations, patients, index }: FileFacts): string[] {
  const named = [
    ...[...claims.values(), ...explanations].map(one => one.patient?.target),
    ...[...patients.values()].flatMap(one => [one.replacedBy, ...one.replaces]),
  ]
  return [...new Set(named)].filter(
    target => typeof target === 'string' && isLasting(target) && resolve(index, target) === null,
  ) as string[]
}
