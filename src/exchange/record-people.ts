import { recordTraits, replacePatient } from '../identity/known-people.ts'
import { type SaidOfPatient, updateFromFile } from '../identity/patient-record.ts'
import { recordPatient } from '../identity/patients.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AccountId, PatientId, PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import type { Tx } from '../platform/database.ts'
import type { FileFacts } from './fhir/facts.ts'
import type { PatientFacts } from './fhir/patients.ts'
import { isLasting } from './fhir/sources.ts'
import { isSameName, type People, type Standing } from './same-person.ts'

export type Household = { readonly id: PatientId; readonly account: AccountId }

/** A file's people as they are recorded, by the addresses that the file gives them, and how many of them are new. */
export type RecordedPeople = {
  readonly patients: ReadonlyMap<string, Household>
  /** Who is new, and who of those known here has a record that the file changed, by one of those addresses. */
  readonly made: readonly string[]
  readonly updated: readonly string[]
}

export type PeopleOrder = {
  readonly facts: FileFacts
  readonly people: People
  /** The household that somebody new joins, by the address that the file gives them; one of their own when absent. */
  readonly accountOf: (source: string) => AccountId | undefined
}

/**
 * Records who is new, brings into the records of those known what the file says of them now, remembers by what each is
 * known, and joins the records of which one replaced the other.
 */
export async function recordPeople(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  { facts, people, accountOf }: PeopleOrder,
): Promise<RecordedPeople> {
  const { practice } = actor
  const patients = new Map<string, Household>()
  const made = new Map<PatientId, Household>()
  const sources: { made: string[]; updated: string[] } = { made: [], updated: [] }
  const seen = new Set<PatientId>()
  for (const [source, standing] of people.standings) {
    if ('why' in standing) continue
    const { id, known } = standing
    const isOld = people.replaced.has(source) || known?.oldSources.includes(source) === true
    const household = known ?? made.get(id) ?? (await recordNew(tx, practice, standing, accountOf))
    if (!known && !made.has(id)) {
      made.set(id, household)
      sources.made.push(standing.person.source)
    }
    const said = known && !isOld && !seen.has(id) ? saidOf(facts.patients.get(source)) : undefined
    if (said) {
      seen.add(id)
      if ((await updateFromFile(app, tx, actor, id, said)).length > 0) sources.updated.push(source)
    }
    patients.set(source, { id, account: household.account })
    await recordWhatNames(tx, practice, facts.patients.get(source), { source, standing, isOld })
  }
  for (const { from, to } of people.joins) await replacePatient(tx, practice, from, to)
  return { patients, ...sources }
}

/** What a file says of a patient now. */
function saidOf(patient: PatientFacts | undefined): SaidOfPatient | undefined {
  if (!patient) return undefined
  const { givenName, familyName, suffix, phone, email, address, death, writtenThereAt } = patient
  return {
    name: { givenName, familyName, suffix },
    ...(phone === null ? {} : { phone }),
    ...(email === null ? {} : { email }),
    ...(Object.keys(address).length === 0 ? {} : { address }),
    ...(death === null ? {} : { death }),
    writtenThereAt,
  }
}

type Told = Exclude<Standing, { why: string }>

async function recordNew(
  tx: Tx,
  practice: PracticeId,
  standing: Extract<Told, { known: null }>,
  accountOf: (source: string) => AccountId | undefined,
): Promise<Household> {
  const { person, id } = standing
  const account = accountOf(person.source)
  return recordPatient(tx, practice, { ...person, id, ...(account ? { account } : {}) })
}

/** Files name a person again by what this one says of them: where that is new it is remembered. */
async function recordWhatNames(
  tx: Tx,
  practice: PracticeId,
  said: PatientFacts | undefined,
  { source, standing, isOld }: { source: string; standing: Told; isOld: boolean },
): Promise<void> {
  const { id, known } = standing
  const identifiers = (said?.identifiers ?? []).filter(
    one => !known?.identifiers.some(other => other.system === one.system && other.value === one.value),
  )
  const isKnownBy = (isOld ? known?.oldSources : known?.sources)?.includes(source)
  const sources = isLasting(source) && !isKnownBy ? [source] : []
  const names = [known ?? standing.person, ...(known?.formerNames ?? [])]
  const formerNames = (said ? [said, ...said.formerNames] : []).filter(
    one => !names.some(name => isSameName(name, one)),
  )
  if (identifiers.length + sources.length + formerNames.length > 0)
    await recordTraits(tx, practice, id, { sources, oldSources: isOld ? sources : [], identifiers, formerNames })
}
