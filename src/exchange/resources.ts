import { sql } from 'kysely'
import type { PatientId, PracticeId } from '../kernel/ids.ts'
import { changed, type Tx, unnested } from '../platform/database.ts'
import type { ImportId } from './imports.ts'

/** A FHIR resource kept as it came, for the record. */
export type ResourceFacts = {
  readonly source: string
  readonly type: string
  readonly patient: PatientId | null
  /** The Bundle entry's text; its `resource` is what is kept. */
  readonly entry: string
  readonly hash: string
}

/** Keeps resources untouched, once per source; answers how many were new or had changed. */
export async function recordResources(
  tx: Tx,
  practice: PracticeId,
  from: ImportId,
  resources: readonly ResourceFacts[],
): Promise<number> {
  const each = [...new Map(resources.map(one => [one.source, one])).values()]
  const entries = unnested('entries', each, {
    source: ['text', one => one.source],
    type: ['text', one => one.type],
    patient: ['text', one => one.patient],
    hash: ['text', one => one.hash],
    entry: ['text', one => one.entry],
  })
  return changed(
    tx,
    sql`insert into exchange.resource as known (practice_id, source, type, patient_id, content_hash, body, import_id)
      select ${practice}, source, type, patient, hash, entry::json -> 'resource', ${from} from ${entries}
      on conflict (practice_id, source) do update set type = excluded.type, patient_id = excluded.patient_id,
        content_hash = excluded.content_hash, body = excluded.body, import_id = excluded.import_id
      where known.content_hash <> excluded.content_hash`,
  )
}
