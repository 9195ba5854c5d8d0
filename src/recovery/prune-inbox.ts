import { sql } from 'kysely'
import { removeInBatches } from '../platform/prune.ts'
import type { PaymentsApp } from '../processor/processor.ts'

/**
 * Removes events 40 days after they were worked through; one that still waits stays, however old. A processor sends an event again
 * for three days and lists it for thirty, so that whatever comes twice is still known by its id. Answers how many went.
 */
export async function pruneInbox(app: PaymentsApp, most?: number): Promise<number> {
  return removeInBatches(async most => {
    const gone = await sql`delete from payments.inbox where event_id = any (array(select event_id from payments.inbox
      where processed_at < statement_timestamp() - interval '40 days' order by processed_at limit ${most} for update skip locked))`.execute(
      app.db.kysely,
    )
    return Number(gone.numAffectedRows ?? 0n)
  }, most)
}
