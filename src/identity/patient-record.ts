import { sql } from 'kysely'
import { recordEvent } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AccountId, PatientId, PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { one, type Tx, write } from '../platform/database.ts'
import type { Address } from '../practice/practices.ts'
import { endAccessOfDead, giveBackAccess } from './death.ts'
import type { Death, PersonName } from './patients.ts'

export type Name = PersonName & { readonly suffix: string | null }

/** The parts of a patient's record that change with time. */
export type PatientRecord = {
  readonly name: Name
  readonly phone: string | null
  readonly email: string | null
  readonly address: Address
  readonly death: Death
}

/** What a file says of them now; a part that it leaves out says nothing. */
export type SaidOfPatient = Partial<PatientRecord> & { readonly writtenThereAt?: Temporal.Instant | null }

export type Part = keyof PatientRecord
const PARTS: readonly Part[] = ['name', 'phone', 'email', 'address', 'death']

/** What a file says of a part, where the record says otherwise and stands. */
export type Difference = { readonly part: Part; readonly theirs: unknown; readonly foundAt: Temporal.Instant }

type Kept = PatientRecord & { readonly writtenHere: readonly Part[]; readonly writtenThereAt: Temporal.Instant | null }

/**
 * Brings into a patient's record what a later file says of them. What staff or the person wrote here stands, and so does an
 * address of mail that is known: a new one opens nothing by itself. What differs is kept for staff to see. A death ends the
 * access of whoever died. Answers which parts changed. Records patient.updated and patient.died.
 */
export async function updateFromFile(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  patient: PatientId,
  said: SaidOfPatient,
): Promise<Part[]> {
  const kept = await lockRecord(tx, actor.practice, patient)
  const { writtenThereAt = null } = said
  if (writtenThereAt && kept.writtenThereAt && Temporal.Instant.compare(writtenThereAt, kept.writtenThereAt) < 0)
    return []
  const differing = PARTS.filter(part => said[part] !== undefined && differs(part, kept, said))
  const stands = (part: Part) => kept.writtenHere.includes(part) || (part === 'email' && kept.email !== null)
  const changes = differing.filter(part => !stands(part))
  await keepDifferences(tx, actor.practice, patient, said, differing.filter(stands))
  if (changes.length === 0 && !writtenThereAt) return []
  const next = { ...kept, ...Object.fromEntries(changes.map(part => [part, said[part]])) } as Kept
  await writeRecord(tx, actor.practice, patient, { ...next, writtenThereAt: writtenThereAt ?? kept.writtenThereAt })
  await followChange(app, tx, actor, patient, kept, next, changes)
  return changes
}

/**
 * Writes parts of a patient's record as staff, or the person themselves, have them: from then on no file changes these.
 * Answers which parts changed. Records patient.updated and patient.died.
 */
export async function writeHere(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  patient: PatientId,
  wanted: Partial<PatientRecord>,
): Promise<Part[]> {
  const kept = await lockRecord(tx, actor.practice, patient)
  const written = PARTS.filter(part => wanted[part] !== undefined)
  const changes = written.filter(part => differs(part, kept, wanted))
  const next = { ...kept, ...wanted, writtenHere: [...new Set([...kept.writtenHere, ...written])] }
  await writeRecord(tx, actor.practice, patient, next)
  await sql`delete from identity.patient_difference where practice_id = ${actor.practice} and patient_id = ${patient}
    and part = any (${written}::text[])`.execute(tx)
  await followChange(app, tx, actor, patient, kept, next, changes)
  return changes
}

/** What files say otherwise than the records of a household's people; the query for batches. */
export function selectDifferences(practice: PracticeId, account: AccountId) {
  return sql<
    Difference & { patient: PatientId }
  >`select d.patient_id as patient, d.part, d.theirs, d.found_at as "foundAt"
    from identity.patient p join identity.patient_difference d on d.practice_id = p.practice_id and d.patient_id = p.id
    where p.practice_id = ${practice} and p.account_id = ${account} order by p.id, d.part`
}

async function lockRecord(tx: Tx, practice: PracticeId, patient: PatientId): Promise<Kept> {
  const row = await one(
    tx,
    sql<
      Omit<Kept, 'name' | 'death'> & Name & { died: boolean; on: Temporal.PlainDate | null }
    >`select given_name as "givenName",
      family_name as "familyName", suffix, phone, email, address, deceased as died, deceased_on as on,
      written_here as "writtenHere", written_there_at as "writtenThereAt"
      from identity.patient where practice_id = ${practice} and id = ${patient} for no key update`,
  )
  const { givenName, familyName, suffix, died, on, ...rest } = row
  return { ...rest, name: { givenName, familyName, suffix }, death: { died, on } }
}

async function writeRecord(tx: Tx, practice: PracticeId, patient: PatientId, record: Kept): Promise<void> {
  const { name, phone, email, address, death, writtenHere, writtenThereAt } = record
  await write(
    tx,
    sql`update identity.patient set given_name = ${name.givenName}, family_name = ${name.familyName}, suffix = ${name.suffix}, phone = ${phone},
      email = ${email}, address = ${JSON.stringify(address)}, deceased = ${death.died}, deceased_on = ${death.died ? death.on : null},
      written_here = ${writtenHere}::text[], written_there_at = ${writtenThereAt} where practice_id = ${practice} and id = ${patient}`,
  )
}

/** A name in other letters of case, a death without its day: those say nothing new. */
function differs(part: Part, ours: PatientRecord, theirs: Partial<PatientRecord>): boolean {
  if (part === 'death') {
    const { died, on } = theirs.death ?? ours.death
    return died !== ours.death.died || (on !== null && on.toString() !== ours.death.on?.toString())
  }
  return plain(part, ours) !== plain(part, theirs)
}

function plain(part: Exclude<Part, 'death'>, record: Partial<PatientRecord>): string {
  const { name, address, phone, email } = record
  const texts = {
    name: [name?.givenName, name?.familyName, name?.suffix],
    address: [...(address?.lines ?? []), address?.city, address?.state, address?.postalCode],
    phone: [phone],
    email: [email],
  }
  const words = texts[part].map(text => (text ?? '').normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim())
  return JSON.stringify(words)
}

async function keepDifferences(
  tx: Tx,
  practice: PracticeId,
  patient: PatientId,
  said: SaidOfPatient,
  parts: readonly Part[],
): Promise<void> {
  const told = PARTS.filter(part => said[part] !== undefined)
  if (told.length === 0) return
  await sql`delete from identity.patient_difference where practice_id = ${practice} and patient_id = ${patient}
    and part = any (${told}::text[]) and not (part = any (${parts}::text[]))`.execute(tx)
  for (const part of parts)
    await sql`insert into identity.patient_difference as known (practice_id, patient_id, part, theirs)
      values (${practice}, ${patient}, ${part}, ${JSON.stringify(said[part])})
      on conflict (practice_id, patient_id, part) do update set theirs = excluded.theirs, found_at = now()
        where known.theirs is distinct from excluded.theirs`.execute(tx)
}

async function followChange(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  patient: PatientId,
  before: PatientRecord,
  now: PatientRecord,
  changes: readonly Part[],
): Promise<void> {
  if (changes.length === 0) return
  if (changes.includes('name'))
    await sql`insert into identity.former_name (practice_id, patient_id, given_name, family_name)
      values (${actor.practice}, ${patient}, ${before.name.givenName}, ${before.name.familyName}) on conflict do nothing`.execute(
      tx,
    )
  await recordEvent(app, tx, actor, {
    type: 'patient.updated',
    subject: patient,
    patient,
    data: { parts: changes.join() },
  })
  if (before.death.died === now.death.died) return
  if (now.death.died) await endAccessOfDead(app, tx, actor, patient)
  else await giveBackAccess(tx, actor.practice, patient)
}
