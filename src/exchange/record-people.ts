import { recordTraits, replacePatient } from '../identity/known-people.ts'
import { recordPatient } from '../identity/patients.ts'
import type { AccountId, PatientId, PracticeId } from '../kernel/ids.ts'
import type { Tx } from '../platform/database.ts'
import type { FileFacts } from './fhir/facts.ts'
import { isLasting } from './fhir/sources.ts'
import { isSameName, type People, type Standing } from './same-person.ts'

export type Household = { readonly id: PatientId; readonly account: AccountId }

/** A file's people as they are recorded, by the addresses that the file gives them, and how many of them are new. */
export type RecordedPeople = { readonly patients: ReadonlyMap<string, Household>; readonly made: number }

/** Records who is new, remembers by what each is known, and joins the records of which one replaced the other. */
export async function recordPeople(
  tx: Tx,
  practice: PracticeId,
  facts: FileFacts,
  people: People,
  accountOf: (source: string) => AccountId | undefined,
): Promise<RecordedPeople> {
  const patients = new Map<string, Household>()
  const made = new Map<PatientId, Household>()
  for (const [source, standing] of people.standings) {
    if ('why' in standing) continue
    const household = standing.known ?? made.get(standing.id) ?? (await recordNew(tx, practice, standing, accountOf))
    if (!standing.known) made.set(standing.id, household)
    patients.set(source, { id: standing.id, account: household.account })
    await recordWhatNames(tx, practice, facts, source, standing)
  }
  for (const { from, to } of people.joins) await replacePatient(tx, practice, from, to)
  return { patients, made: made.size }
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
  facts: FileFacts,
  source: string,
  standing: Told,
): Promise<void> {
  const { id, known } = standing
  const said = facts.patients.get(source)
  const identifiers = (said?.identifiers ?? []).filter(
    one => !known?.identifiers.some(other => other.system === one.system && other.value === one.value),
  )
  const sources = isLasting(source) && !known?.sources.includes(source) ? [source] : []
  const names = [known ?? standing.person, ...(known?.formerNames ?? [])]
  const formerNames = (said ? [said, ...said.formerNames] : []).filter(
    one => !names.some(name => isSameName(name, one)),
  )
  if (identifiers.length + sources.length + formerNames.length > 0)
    await recordTraits(tx, practice, id, { sources, identifiers, formerNames })
}
