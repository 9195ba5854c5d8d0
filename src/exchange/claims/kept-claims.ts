import { sql } from 'kysely'
import type { ClinicianId, LocationId, PatientId, PracticeId } from '../../kernel/ids.ts'
import { list, rows, type Tx, unnested } from '../../platform/database.ts'
import type { ClaimReading } from '../fhir/reading.ts'
import { readingFrom, readingText } from './reading-text.ts'

/** What staff may answer to a held claim. */
export const HELD_ANSWERS = ['bill', 'not-theirs', 'leave'] as const
export type HeldAnswer = (typeof HELD_ANSWERS)[number]

/**
 * A claim as all files so far told it, and what became of it. `taken`: it is in the books as its answers say; `held`: staff
 * decide; `answered`: staff decided; `ended`: its sender took it back; `noted`: it asks for nothing.
 */
export type KeptClaim = {
  readonly key: string
  /** By what billing knows it; null while nobody knows whose it is. */
  readonly source: string | null
  /** What the file calls it. */
  readonly name: string
  readonly patient: PatientId | null
  readonly clinician: ClinicianId | null
  readonly location: LocationId | null
  readonly reading: ClaimReading
  readonly state: 'taken' | 'held' | 'answered' | 'ended' | 'noted'
  /** Why it is held. */
  readonly why: string | null
  readonly answer: HeldAnswer | null
  /** A hash of the figures that staff answered. */
  readonly answeredOf: string | null
}

type Row = Omit<KeptClaim, 'reading'> & { readonly reading: string }

const columns = sql`key, source, name, patient_id as patient, clinician_id as clinician, location_id as location, reading::text as reading, state, why, answer, answered_of as "answeredOf"`

function keptOf({ reading, ...row }: Row): KeptClaim {
  return { ...row, reading: readingFrom(reading) }
}

/** What is known of claims by these keys, or by what billing calls them. */
export async function findKept(tx: Tx, practice: PracticeId, keys: readonly string[]): Promise<KeptClaim[]> {
  const found = await rows(
    tx,
    sql<Row>`select ${columns} from exchange.claim where practice_id = ${practice} and (key = any (${list(keys)}) or source = any (${list(keys)}))`,
  )
  return found.map(keptOf)
}

/** The claims that wait for staff, by their key; of one name alone where it is given: as it is listed, or as its file called it. */
export async function listHeld(tx: Tx, practice: PracticeId, name?: string): Promise<KeptClaim[]> {
  const only = name === undefined ? sql`` : sql`and (key = ${name} or name = ${name})`
  const found = await rows(
    tx,
    sql<Row>`select ${columns} from exchange.claim where practice_id = ${practice} and state = 'held' ${only} order by held_at, key`,
  )
  return found.map(keptOf)
}

/** Whether a claim of this name was held once and is no longer. */
export async function wasHeld(tx: Tx, practice: PracticeId, name: string): Promise<boolean> {
  const found = await rows(
    tx,
    sql`select from exchange.claim where practice_id = ${practice} and (key = ${name} or name = ${name}) and held_at is not null limit 1`,
  )
  return found.length > 0
}

export type ClaimToKeep = Omit<KeptClaim, 'answer' | 'answeredOf'>

/** Keeps claims as they are known now; staff's answers stay beside them. */
export async function keepClaims(tx: Tx, practice: PracticeId, claims: readonly ClaimToKeep[]): Promise<void> {
  if (claims.length === 0) return
  const each = [...new Map(claims.map(claim => [claim.key, claim])).values()]
  const given = unnested('given', each, {
    key: ['text', claim => claim.key],
    source: ['text', claim => claim.source],
    name: ['text', claim => claim.name],
    patient: ['text', claim => claim.patient],
    clinician: ['text', claim => claim.clinician],
    location: ['text', claim => claim.location],
    reading: ['jsonb', claim => readingText({ ...claim.reading, clinician: null, location: null })],
    state: ['text', claim => claim.state],
    why: ['text', claim => claim.why],
  })
  // Staff's answer comes along, because the database looks at a row before it finds that it is there already.
  await sql`insert into exchange.claim as known (practice_id, key, source, name, patient_id, clinician_id, location_id, reading, state, why, held_at,
      answer, answered_of, answer_reason, answer_actor, answered_at)
    select ${practice}, given.key, given.source, given.name, given.patient, given.clinician, given.location, given.reading, given.state, given.why,
      case when given.state = 'held' then now() end, before.answer, before.answered_of, before.answer_reason, before.answer_actor, before.answered_at
    from ${given} left join exchange.claim before on before.practice_id = ${practice} and before.key = given.key
    on conflict (practice_id, key) do update set source = excluded.source, name = excluded.name, patient_id = excluded.patient_id,
      clinician_id = coalesce(excluded.clinician_id, known.clinician_id), location_id = coalesce(excluded.location_id, known.location_id),
      reading = excluded.reading, state = excluded.state, why = excluded.why,
      held_at = case when excluded.state = 'held' and known.state <> 'held' then now() else known.held_at end`.execute(
    tx,
  )
}

/** Records what staff decided of a held claim; answers whether it still was held. */
export async function recordHeldAnswer(
  tx: Tx,
  practice: PracticeId,
  answered: Pick<KeptClaim, 'key' | 'source' | 'patient'> & {
    answer: HeldAnswer
    of: string
    reason: string
    actor: string
  },
): Promise<boolean> {
  const found = await rows(
    tx,
    sql`update exchange.claim set state = 'answered', why = null, source = ${answered.source}, patient_id = ${answered.patient}, answer = ${answered.answer}, answered_of = ${answered.of},
        answer_reason = ${answered.reason}, answer_actor = ${answered.actor}, answered_at = now()
      where practice_id = ${practice} and key = ${answered.key} and state = 'held' returning key`,
  )
  return found.length === 1
}
