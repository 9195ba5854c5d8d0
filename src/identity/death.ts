import { sql } from 'kysely'
import { recordEvent } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { PatientId, PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import type { Tx } from '../platform/database.ts'

/** The logins of a practice that are this patient themselves. */
const own = (practice: PracticeId, patient: PatientId) =>
  sql`(select login_id from identity.access_grant where practice_id = ${practice} and patient_id = ${patient} and kind = 'self')`

/**
 * Ends what a patient who died could open here, also of others in the household: with it the mails that their login was
 * sent, and the links under way. What other people hold stays. Records patient.died.
 */
export async function endAccessOfDead(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  patient: PatientId,
): Promise<void> {
  const { practice } = actor
  await sql`update identity.link set spent_at = now() where practice_id = ${practice} and login_id in ${own(practice, patient)}
    and purpose in ('access', 'step') and spent_at is null`.execute(tx)
  await sql`update identity.access_grant set ends_at = now(), would_end_at = ends_at, ended_for = 'death'
    where practice_id = ${practice} and login_id in ${own(practice, patient)} and (ends_at is null or ends_at > now())`.execute(
    tx,
  )
  await recordEvent(app, tx, actor, { type: 'patient.died', subject: patient, patient })
}

/** Gives back what ended because of a death that was none. */
export async function giveBackAccess(tx: Tx, practice: PracticeId, patient: PatientId): Promise<void> {
  await sql`update identity.access_grant set ends_at = would_end_at, would_end_at = null, ended_for = null
    where practice_id = ${practice} and login_id in ${own(practice, patient)} and ended_for = 'death'`.execute(tx)
}
