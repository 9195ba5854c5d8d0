import { sql } from 'kysely'
import type { PatientId, PracticeId } from '../kernel/ids.ts'
import { changed, type Tx } from '../platform/database.ts'
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
  return changed(
    tx,
    sql`insert into exchange.resource as known (practice_id, source, type, patient_id, content_hash, body, import_id)
      select ${practice}, source, type, patient, hash, entry::json -> 'resource', ${from}
      from unnest(${each.map(one => one.source)}::text[], ${each.map(one => one.type)}::text[],
        ${each.map(one => one.patient)}::text[], ${each.map(one => one.hash)}::text[],
        ${each.map(one => one.entry)}::text[]) as entries (source, type, patient, hash, entry)
      on conflict (practice_id, source) do update set type = excluded.type, patient_id = excluded.patient_id,
        content_hash = excluded.content_hash, body = excluded.body, import_id = excluded.import_id
      where known.content_hash <> excluded.content_hash`,
  )
}
