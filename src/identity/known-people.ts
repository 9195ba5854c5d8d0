import { sql } from 'kysely'
import type { AccountId, PatientId, PracticeId } from '../kernel/ids.ts'
import { list, rows, type Tx, unnested } from '../platform/database.ts'
import type { PersonName } from './patients.ts'

/** A number that is one person's own, such as a medical record number, with the system that gave it. */
export type Identifier = { readonly system: string; readonly value: string }

/** What tells a patient of this practice from all others. */
export type KnownPerson = PersonName & {
  readonly id: PatientId
  readonly account: AccountId
  readonly bornOn: Temporal.PlainDate
  readonly formerNames: readonly PersonName[]
  readonly identifiers: readonly Identifier[]
  /** The addresses under which files named them. */
  readonly sources: readonly string[]
  /** Those of them whose record another one replaced. */
  readonly oldSources: readonly string[]
  /** The records that this one replaced. */
  readonly replaced: readonly PatientId[]
}

export type Traits = {
  readonly sources: readonly string[]
  readonly identifiers: readonly Identifier[]
  readonly bornOn: readonly Temporal.PlainDate[]
}

/** Everybody who has one of these addresses, identifiers or birth dates; those whom another record replaced are that record. */
export async function findKnownPeople(
  tx: Tx,
  practice: PracticeId,
  { sources, identifiers, bornOn }: Traits,
): Promise<KnownPerson[]> {
  return rows(
    tx,
    sql<KnownPerson>`with hit as (
      select patient_id from identity.patient_source where practice_id = ${practice} and source = any (${list(sources)})
      union select i.patient_id from identity.patient_identifier i
        join ${numbers(identifiers)} on asked.system = i.system and asked.value = i.value
        where i.practice_id = ${practice}
      union select p.id from identity.patient p where p.practice_id = ${practice} and p.born_on = any (${list(bornOn.map(String))}::date[])
        and p.replaced_by is null)
    select p.id, p.account_id as account, p.given_name as "givenName", p.family_name as "familyName", p.born_on as "bornOn",
      coalesce((select json_agg(json_build_object('givenName', f.given_name, 'familyName', f.family_name)) from identity.former_name f
        where f.practice_id = p.practice_id and f.patient_id = p.id), '[]') as "formerNames",
      coalesce((select json_agg(json_build_object('system', i.system, 'value', i.value)) from identity.patient_identifier i
        where i.practice_id = p.practice_id and i.patient_id = p.id), '[]') as identifiers,
      coalesce((select json_agg(s.source) from identity.patient_source s
        where s.practice_id = p.practice_id and s.patient_id = p.id), '[]') as sources,
      coalesce((select json_agg(s.source) filter (where s.replaced) from identity.patient_source s
        where s.practice_id = p.practice_id and s.patient_id = p.id), '[]') as "oldSources",
      coalesce((select json_agg(r.id) from identity.patient r where r.practice_id = p.practice_id and r.replaced_by = p.id), '[]') as replaced
    from hit join identity.patient p on p.practice_id = ${practice} and p.id = hit.patient_id order by p.id`,
  )
}

function numbers(identifiers: readonly Identifier[]) {
  return unnested('asked', identifiers, { system: ['text', one => one.system], value: ['text', one => one.value] })
}

/** Remembers under which addresses, numbers and former names files name a patient; safe to repeat. */
export async function recordTraits(
  tx: Tx,
  practice: PracticeId,
  patient: PatientId,
  traits: Pick<KnownPerson, 'sources' | 'oldSources' | 'identifiers' | 'formerNames'>,
): Promise<void> {
  const { sources, oldSources, identifiers, formerNames } = traits
  const former = unnested('former', formerNames, {
    given_name: ['text', one => one.givenName],
    family_name: ['text', one => one.familyName],
  })
  await sql`insert into identity.patient_source as known (practice_id, source, patient_id, replaced)
    select ${practice}, source, ${patient}, source = any (${list(oldSources)}) from unnest(${list(sources)}) as source
    on conflict (practice_id, source) do update set replaced = true where excluded.replaced and not known.replaced`.execute(
    tx,
  )
  await sql`insert into identity.patient_identifier (practice_id, patient_id, system, value)
    select ${practice}, ${patient}, system, value from ${numbers(identifiers)} on conflict do nothing`.execute(tx)
  await sql`insert into identity.former_name (practice_id, patient_id, given_name, family_name)
    select ${practice}, ${patient}, given_name, family_name from ${former} on conflict do nothing`.execute(tx)
}

/**
 * Joins a patient's record to the one that replaced it: from now on what files say of the first is the second's. What
 * the first was billed stays where it is.
 */
export async function replacePatient(tx: Tx, practice: PracticeId, from: PatientId, to: PatientId): Promise<void> {
  const which = sql`practice_id = ${practice} and patient_id = ${from}`
  await sql`update identity.patient_source set patient_id = ${to}, replaced = true where ${which}`.execute(tx)
  await sql`insert into identity.patient_identifier (practice_id, patient_id, system, value)
    select practice_id, ${to}, system, value from identity.patient_identifier where ${which} on conflict do nothing`.execute(
    tx,
  )
  await sql`delete from identity.patient_identifier where ${which}`.execute(tx)
  await sql`insert into identity.former_name (practice_id, patient_id, given_name, family_name)
    select practice_id, ${to}, given_name, family_name from identity.patient where practice_id = ${practice} and id = ${from}
    union select practice_id, ${to}, given_name, family_name from identity.former_name where ${which} on conflict do nothing`.execute(
    tx,
  )
  await sql`update identity.patient set replaced_by = ${to} where practice_id = ${practice} and id = ${from}`.execute(
    tx,
  )
}
