import { sql } from 'kysely'
import { type CoverageId, newId, type PatientId, type PracticeId } from '../kernel/ids.ts'
import { changed, type Tx } from '../platform/database.ts'

/** An insurance that a patient has or had, as a practice knows it (FHIR Coverage). */
export type CoverageFacts = {
  readonly patient: PatientId
  /** Where the facts come from; recorded once per practice. */
  readonly source: string
  readonly payer: string
  readonly memberId: string | null
  readonly status: string | null
}

/** Records a coverage once per source, and what a later file changed of it; true when anything was new. */
export async function recordCoverage(tx: Tx, practice: PracticeId, facts: CoverageFacts): Promise<boolean> {
  const id: CoverageId = newId('cov')
  const { patient, source, payer, memberId, status } = facts
  const rows = await changed(
    tx,
    sql`insert into insurance.coverage as known (practice_id, id, patient_id, source, payer, member_id, status)
      values (${practice}, ${id}, ${patient}, ${source}, ${payer}, ${memberId}, ${status})
      on conflict (practice_id, source) do update set payer = excluded.payer, member_id = excluded.member_id, status = excluded.status
      where (known.payer, known.member_id, known.status) is distinct from (excluded.payer, excluded.member_id, excluded.status)
        and known.patient_id = excluded.patient_id`,
  )
  return rows > 0
}
