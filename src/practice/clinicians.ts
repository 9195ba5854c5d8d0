import { sql } from 'kysely'
import { type ClinicianId, newId, type PracticeId } from '../kernel/ids.ts'
import { one, type Tx } from '../platform/database.ts'

/** Someone who gives care at a practice. */
export type Clinician = {
  readonly id: ClinicianId
  readonly name: string
  /** National Provider Identifier (US). */
  readonly npi: string | null
  readonly credentials: string | null
}

/** `source` is where the facts come from: a FHIR fullUrl or reference; recorded once per practice. */
export type ClinicianFacts = Omit<Clinician, 'id'> & { readonly source: string }

/** Records a clinician once per source; a second time the first one is found and nothing changes. */
export async function recordClinician(
  tx: Tx,
  practice: PracticeId,
  facts: ClinicianFacts,
): Promise<{ id: ClinicianId; made: boolean }> {
  const { source, name, npi, credentials } = facts
  return one(
    tx,
    sql<{ id: ClinicianId; made: boolean }>`with fresh as (
        insert into practice.clinician (practice_id, id, source, name, npi, credentials)
        values (${practice}, ${newId('cln')}, ${source}, ${name}, ${npi}, ${credentials})
        on conflict (practice_id, source) do nothing returning id)
      select id, true as made from fresh
      union all select id, false from practice.clinician where practice_id = ${practice} and source = ${source} limit 1`,
  )
}
