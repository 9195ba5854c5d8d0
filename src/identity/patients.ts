import { sql } from 'kysely'
import { type AccountId, newId, type PatientId, type PracticeId } from '../kernel/ids.ts'
import { maybe, one, rows, type Tx } from '../platform/database.ts'
import { contains } from '../platform/like.ts'
import type { Address } from '../practice/practices.ts'
import { recordAccount, recordGuarantor } from './accounts.ts'
import { emailIn } from './emails.ts'

export type Gender = 'female' | 'male' | 'other' | 'unknown'

export type PersonName = { readonly givenName: string; readonly familyName: string }

/** Whether somebody died, and the day where it is known. */
export type Death = { readonly died: boolean; readonly on: Temporal.PlainDate | null }

export type Patient = PersonName & {
  readonly id: PatientId
  readonly account: AccountId
  readonly suffix: string | null
  readonly deceased: boolean
  readonly deceasedOn: Temporal.PlainDate | null
  /** The record that took this one's place, where it did. */
  readonly replacedBy: PatientId | null
  readonly bornOn: Temporal.PlainDate
  readonly gender: Gender
  readonly email: string | null
  readonly phone: string | null
  readonly address: Address
  readonly recordNumber: string | null
}

export type PatientFacts = Omit<Patient, 'id' | 'account' | 'suffix' | 'deceased' | 'deceasedOn' | 'replacedBy'> & {
  readonly id?: PatientId
  readonly suffix?: string | null
  readonly death?: Death | null
  /** When the record was written where it comes from, where that is told. */
  readonly writtenThereAt?: Temporal.Instant | null
  /** The household to join; a new one, with this patient as guarantor, when absent. */
  readonly account?: AccountId
}

const columns = sql`id, account_id as account, given_name as "givenName", family_name as "familyName", suffix, deceased, deceased_on as "deceasedOn", replaced_by as "replacedBy", born_on as "bornOn", gender, email, phone,
  address, record_number as "recordNumber"`

/** Records a new patient; whether it is somebody known is asked before (`findKnownPeople`). */
export async function recordPatient(
  tx: Tx,
  practice: PracticeId,
  facts: PatientFacts,
): Promise<{ id: PatientId; account: AccountId }> {
  const account = facts.account ?? (await recordAccount(tx, practice))
  const id = facts.id ?? newId('pat')
  const { died, on } = facts.death ?? { died: false, on: null }
  await sql`insert into identity.patient (practice_id, id, account_id, given_name, family_name, suffix, born_on, gender, deceased, deceased_on,
      email, phone, address, record_number, written_there_at)
    values (${practice}, ${id}, ${account}, ${facts.givenName}, ${facts.familyName}, ${facts.suffix ?? null}, ${facts.bornOn}, ${facts.gender},
      ${died}, ${died ? on : null}, ${facts.email}, ${facts.phone}, ${JSON.stringify(facts.address)}, ${facts.recordNumber},
      ${facts.writtenThereAt ?? null})`.execute(tx)
  if (!facts.account) await recordGuarantor(tx, practice, account, id)
  return { id, account }
}

/** The patient whom files name by this address, if any. */
export async function findPatientBySource(
  tx: Tx,
  practice: PracticeId,
  source: string,
): Promise<{ id: PatientId; account: AccountId } | undefined> {
  return maybe(
    tx,
    sql<{ id: PatientId; account: AccountId }>`select p.id, p.account_id as account
      from identity.patient_source s join identity.patient p on p.practice_id = s.practice_id and p.id = s.patient_id
      where s.practice_id = ${practice} and s.source = ${source}`,
  )
}

/** A patient this transaction may see. */
export async function getPatient(tx: Tx, practice: PracticeId, id: PatientId): Promise<Patient> {
  return one(tx, sql<Patient>`select ${columns} from identity.patient where practice_id = ${practice} and id = ${id}`)
}

/** The same, undefined when unknown or out of sight. */
export async function findPatient(tx: Tx, practice: PracticeId, id: PatientId): Promise<Patient | undefined> {
  return maybe(tx, sql<Patient>`select ${columns} from identity.patient where practice_id = ${practice} and id = ${id}`)
}

/** The household's patients, guarantor first, then by age; the query for batches. */
export function selectHousehold(practice: PracticeId, account: AccountId) {
  return sql<Patient>`select ${columns} from identity.patient p where practice_id = ${practice} and account_id = ${account}
    order by id = (select g.patient_id from identity.guarantor g where g.practice_id = ${practice} and g.account_id = ${account}) desc nulls last, born_on, id`
}

/** One page of the practice's patients by name, keyset paged: 50 after `after` (an id), matching `q` in name, email or record number. */
export async function listPatients(
  tx: Tx,
  practice: PracticeId,
  { q, after, limit = 50 }: { q?: string; after?: PatientId; limit?: number },
): Promise<Patient[]> {
  const like = q ? contains(q) : null
  const words = like
    ? sql`and (full_name ilike ${like} or email ilike ${like} or email = ${q ? (emailIn(q) ?? null) : null} or record_number ilike ${like})`
    : sql``
  const beyond = after
    ? sql`and (family_name, given_name, id) > (select family_name, given_name, id from identity.patient where practice_id = ${practice} and id = ${after})`
    : sql``
  return rows(
    tx,
    sql<Patient>`select ${columns} from identity.patient p where practice_id = ${practice} ${words} ${beyond}
      order by family_name, given_name, id limit ${limit}`,
  )
}

/** A person's name as they are called. */
export function fullName({ givenName, familyName, suffix }: PersonName & { suffix?: string | null }): string {
  return [givenName, familyName, suffix].filter(Boolean).join(' ')
}
