import { sql } from 'kysely'
import type { PatientId, PracticeId } from '../kernel/ids.ts'
import { list, rows, type Tx, unnested } from '../platform/database.ts'

/**
 * A name by which a claim may come again: an address, a number that it has with its system, or an id without a base on a
 * day of service. `source` is the claim as billing knows it.
 */
export type ClaimName = {
  readonly name: string
  readonly patient: PatientId
  readonly source: string
  /** What the claim told when it last came, hashed; null where only an answer to it did. */
  readonly content: string | null
}

/** The claims that are known by these names, whoever's they are. */
export async function findClaimNames(tx: Tx, practice: PracticeId, names: readonly string[]): Promise<ClaimName[]> {
  return rows(
    tx,
    sql<ClaimName>`select name, patient_id as patient, source, content_hash as content from exchange.claim_name
      where practice_id = ${practice} and name = any (${list(names)})`,
  )
}

/** Remembers names of claims, and what the claims tell now; safe to repeat. */
export async function recordClaimNames(tx: Tx, practice: PracticeId, names: readonly ClaimName[]): Promise<void> {
  const each = [...new Map(names.map(one => [`${one.patient} ${one.name}`, one])).values()]
  const given = unnested('given', each, {
    name: ['text', one => one.name],
    patient: ['text', one => one.patient],
    source: ['text', one => one.source],
    content: ['text', one => one.content],
  })
  await sql`insert into exchange.claim_name as known (practice_id, name, patient_id, source, content_hash)
    select ${practice}, name, patient, source, content from ${given}
    on conflict (practice_id, name, patient_id) do update set content_hash = excluded.content_hash
      where known.source = excluded.source and excluded.content_hash is distinct from known.content_hash and excluded.content_hash is not null`.execute(
    tx,
  )
}

/** Frees the numbers of claims that ask for nothing any more: a claim that comes in their place has the same. */
export async function freeClaimNumbers(tx: Tx, practice: PracticeId, sources: readonly string[]): Promise<void> {
  await sql`delete from exchange.claim_name where practice_id = ${practice} and source = any (${list(sources)}) and name like 'number %'`.execute(
    tx,
  )
}
