import type { PracticeId } from '../kernel/ids.ts'
import type { Tx } from '../platform/database.ts'
import { type ClaimName, findClaimNames } from './claim-names.ts'
import { casesOf, entryOf } from './fhir/cases.ts'
import type { FileFacts } from './fhir/facts.ts'
import type { EntryNote } from './file-report.ts'
import { type NamedCase, nameCase, namesOf, type SettledCase } from './name-claims.ts'
import type { People } from './same-person.ts'

/** A file's claims, each once; what came twice is noted. */
export type SettledCases = {
  readonly cases: readonly SettledCase[]
  readonly notes: readonly EntryNote[]
  /** The names to remember them by. */
  readonly names: readonly ClaimName[]
  /** The claims that ask for nothing any more: another may have their numbers. */
  readonly ended: readonly string[]
}

/** Finds out which of a file's claims are known here under whatever name (domain.md, "The same thing twice"). */
export async function matchClaims(
  tx: Tx,
  practice: PracticeId,
  facts: FileFacts,
  people: People,
): Promise<SettledCases> {
  const named = nameCases(facts, people)
  const asked = named.flatMap(one => [one.own, ...one.numbers, ...(one.like ? [one.like] : [])])
  return settleCases(named, await findClaimNames(tx, practice, [...new Set(asked)]))
}

/** A file's claims by their names. */
export function nameCases(facts: FileFacts, people: People): NamedCase[] {
  return casesOf(facts).map(one => nameCase(one, facts, people))
}

type Sorting = {
  /** Claims by their names: those known here, and those of the file so far. */
  readonly known: Map<string, ClaimName[]>
  readonly cases: NamedCase[]
  readonly places: Map<string, number>
  readonly notes: EntryNote[]
  readonly names: ClaimName[]
}

/** The claims of a file beside those that are known by the same names, and beside each other. */
export function settleCases(named: readonly NamedCase[], known: readonly ClaimName[]): SettledCases {
  const byName = Map.groupBy(known, one => one.name)
  const sorting: Sorting = { known: byName, cases: [], places: new Map(), notes: [], names: [] }
  for (const one of named) sortIn(sorting, one)
  const { cases, notes, names } = sorting
  return { cases, notes, names, ended: cases.filter(one => !one.asks).map(one => one.source) }
}

function sortIn(sorting: Sorting, one: NamedCase): void {
  const twin = one.held === null ? findTwin(sorting, one) : undefined
  if (twin && 'held' in twin) keep(sorting, { ...one, held: twin.held })
  else {
    const settled = twin ? { ...one, source: twin.source, patient: twin.patient } : one
    if (settled.held === null) remember(sorting, settled)
    if (twin?.repeats) note(sorting, settled, twin.repeats)
    else keep(sorting, settled)
  }
}

/** What came before under another name: only its answers may tell something new. */
function note(sorting: Sorting, one: NamedCase, why: string): void {
  const { cases, places, notes } = sorting
  notes.push({ claim: one.name, why, entry: entryOf(one) })
  const at = places.get(one.source)
  const first = at === undefined ? undefined : cases[at]
  if (at !== undefined && first) cases[at] = { ...first, explanations: [...first.explanations, ...one.explanations] }
  else if (one.explanations.length > 0) keep(sorting, one)
}

function keep({ cases, places }: Sorting, one: NamedCase): void {
  places.set(one.source, cases.length)
  cases.push(one)
}

function remember({ known, names }: Sorting, one: NamedCase): void {
  const { patient, source, content } = one
  if (patient === null) return
  for (const name of namesOf(one)) {
    const fact = { name, patient, source, content }
    names.push(fact)
    known.set(name, [...(known.get(name) ?? []), fact])
  }
}

type Twin =
  | { readonly held: string }
  | { readonly source: string; readonly patient: ClaimName['patient']; readonly repeats: string | null }

/** The claim that this one is, where it is known here or stands earlier in the file; or why that cannot be. */
function findTwin({ known }: Sorting, one: NamedCase): Twin | undefined {
  const isTheirs = ({ patient }: ClaimName) => one.records.includes(patient)
  const byOwn = known.get(one.own) ?? []
  const mine = byOwn.find(isTheirs)
  if (mine) return { source: mine.source, patient: mine.patient, repeats: null }
  if (byOwn.length > 0 && one.own.startsWith('address '))
    return { held: 'It is known here as a claim of another patient.' }
  for (const name of one.asks ? [...one.numbers, ...(one.like ? [one.like] : [])] : []) {
    const found = known.get(name)?.find(isTheirs)
    if (found) return twin(one, name, found)
  }
  return undefined
}

function twin(one: NamedCase, name: string, { source, patient, content }: ClaimName): Twin {
  const called = name.startsWith('number ') ? `the number ${name.slice(name.indexOf('|') + 1)}` : 'the id and the day'
  if (content !== null && one.content !== null && content !== one.content)
    return { held: `It has ${called} of a claim that is known here, and says otherwise.` }
  return {
    source,
    patient,
    repeats: `It has ${called} of a claim that is known here, and says the same: it is billed once.`,
  }
}
