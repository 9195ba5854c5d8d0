import type { KnownPerson } from '../identity/known-people.ts'
import type { PersonName } from '../identity/patients.ts'
import type { PatientId } from '../kernel/ids.ts'
import type { PatientFacts } from './fhir/patients.ts'

/** A patient of a file who can be told from others: with a name and a whole birth date. */
export type Person = PatientFacts & { readonly bornOn: Temporal.PlainDate }

export function isWhole(patient: PatientFacts): patient is Person {
  return patient.bornOn !== null && (patient.givenName !== '' || patient.familyName !== '')
}

/** Who a patient of a file is: somebody known here, somebody new with the facts to record, or not to be told. */
export type Standing =
  | { readonly id: PatientId; readonly known: KnownPerson }
  | { readonly id: PatientId; readonly known: null; readonly person: Person }
  | { readonly why: string }

/** Two records known here of which a file says that one replaced the other. */
export type Join = { readonly from: PatientId; readonly to: PatientId }

/** Everybody whom a file names, by the address that the file gives them, and the records that it joins. */
export type People = {
  readonly standings: ReadonlyMap<string, Standing>
  /** The records of the file that another one replaced. */
  readonly replaced: ReadonlySet<string>
  readonly joins: readonly Join[]
}

/** Somebody whom a patient of a file may be. */
export type Candidate = Omit<KnownPerson, 'id' | 'account' | 'replaced' | 'oldSources'> & { readonly id: string }

/** Who somebody is: one of the candidates, nobody of them, or one about whom the evidence does not agree. */
export type Verdict<One extends Candidate> = { readonly is: One } | { readonly why: string } | 'nobody'

/**
 * By what is theirs alone: an identifier with its system, or an address that means the same in every file. Where that
 * names one person, birth date and name must agree with it; a changed name agrees if the given name, or a former name
 * of either record, does.
 */
export function byEvidence<One extends Candidate>(person: Person, known: readonly One[]): Verdict<One> {
  const named = known.filter(one => one.sources.includes(person.source) || sharesIdentifier(one, person))
  const [one, ...others] = named
  if (!one) return 'nobody'
  if (others.length > 0) return { why: 'What identifies its patient belongs to several people known here.' }
  if (isAnother(one, person))
    return { why: `Its patient has other identifiers than ${one.id}, who is known by the same address.` }
  if (agrees(one, person)) return { is: one }
  return { why: `Its patient is identified as ${one.id}, whose name or birth date is another.` }
}

/** By given name, family name and birth date, among those whose identifiers do not say that they are somebody else. */
export function byName<One extends Candidate>(person: Person, known: readonly One[]): Verdict<One> {
  const fitting = known.filter(
    one => one.bornOn.equals(person.bornOn) && isSameName(one, person) && !isAnother(one, person),
  )
  const [one, ...others] = fitting
  if (!one) return 'nobody'
  if (others.length === 0) return { is: one }
  return { why: `Its patient fits ${fitting.length} people known here by name and birth date.` }
}

function sharesIdentifier(known: Candidate, { identifiers }: Person): boolean {
  return known.identifiers.some(a => identifiers.some(b => a.system === b.system && a.value === b.value))
}

/** Two differing values in one system are two people. */
function isAnother(known: Candidate, { identifiers }: Person): boolean {
  return identifiers.some(({ system }) => {
    const ours = known.identifiers.filter(one => one.system === system).map(one => one.value)
    const theirs = identifiers.filter(one => one.system === system).map(one => one.value)
    return ours.length > 0 && !ours.some(value => theirs.includes(value))
  })
}

function agrees(known: Candidate, person: Person): boolean {
  if (!known.bornOn.equals(person.bornOn)) return false
  if (firstGiven(known) === firstGiven(person)) return true
  return (
    person.formerNames.some(name => isSameName(name, known)) || known.formerNames.some(name => isSameName(name, person))
  )
}

export function isSameName(a: PersonName, b: PersonName): boolean {
  return plain(a.givenName) === plain(b.givenName) && plain(a.familyName) === plain(b.familyName)
}

function firstGiven({ givenName }: PersonName): string {
  return plain(givenName).split(' ')[0] ?? ''
}

/** A name as it is compared: letters in one spelling, without case, spaces as one. */
function plain(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
}
