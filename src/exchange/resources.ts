import { sql } from 'kysely'
import type { PatientId, PracticeId } from '../kernel/ids.ts'
import { changed, rows, type Tx, unnested } from '../platform/database.ts'
import { resourceText } from './fhir/canonical.ts'
import { baseOf } from './fhir/sources.ts'
import type { ImportId } from './imports.ts'

/** A FHIR resource kept as it came, for the record. */
export type ResourceFacts = {
  readonly source: string
  readonly type: string
  readonly patient: PatientId | null
  /** The base of its relative references. */
  readonly base: string | null
  readonly resource: unknown
  /** The Bundle entry's text; its `resource` is what is kept. */
  readonly entry: string
  readonly hash: string
}

/** Keeps resources untouched, once per source; answers how many were new or say something else than before. */
export async function recordResources(
  tx: Tx,
  practice: PracticeId,
  from: ImportId,
  resources: readonly ResourceFacts[],
): Promise<number> {
  const each = new Map(resources.map(one => [keyOf(one), one]))
  const made = await rows(tx, insertResources(practice, from, [...each.values()]))
  for (const one of made) each.delete(keyOf(one))
  if (each.size === 0) return made.length
  const other = await findChanged(tx, practice, [...each.values()])
  if (other.length === 0) return made.length
  return made.length + (await changed(tx, updateResources(practice, from, other)))
}

type Key = Pick<ResourceFacts, 'type' | 'source'>

function keyOf({ type, source }: Key): string {
  return `${type} ${source}`
}

function given(resources: readonly ResourceFacts[]) {
  return unnested('given', resources, {
    type: ['text', one => one.type],
    source: ['text', one => one.source],
    patient: ['text', one => one.patient],
    hash: ['text', one => one.hash],
    entry: ['text', one => one.entry],
  })
}

function insertResources(practice: PracticeId, from: ImportId, resources: readonly ResourceFacts[]) {
  return sql<Key>`insert into exchange.resource (practice_id, type, source, patient_id, content_hash, body, import_id)
    select ${practice}, type, source, patient, hash, entry::json -> 'resource', ${from} from ${given(resources)}
    on conflict (practice_id, type, source) do nothing returning type, source`
}

function updateResources(practice: PracticeId, from: ImportId, resources: readonly ResourceFacts[]) {
  return sql`update exchange.resource r set patient_id = given.patient, content_hash = given.hash,
      body = given.entry::json -> 'resource', import_id = ${from} from ${given(resources)}
    where r.practice_id = ${practice} and r.type = given.type and r.source = given.source`
}

/** Those that are kept with other words, or as another person's: another spelling of the same is no change. */
async function findChanged(
  tx: Tx,
  practice: PracticeId,
  resources: readonly ResourceFacts[],
): Promise<ResourceFacts[]> {
  const kept = await rows(
    tx,
    sql<Key & { body: unknown; patient: PatientId | null }>`select r.type, r.source, r.body, r.patient_id as patient
      from exchange.resource r join ${given(resources)} on r.type = given.type and r.source = given.source
      where r.practice_id = ${practice} and r.content_hash <> given.hash`,
  )
  const known = new Map(kept.map(one => [keyOf(one), one]))
  return resources.filter(one => {
    const before = known.get(keyOf(one))
    if (!before) return false
    const base = baseOf(before.source) ?? one.base
    return before.patient !== one.patient || resourceText(before.body, base) !== resourceText(one.resource, one.base)
  })
}
