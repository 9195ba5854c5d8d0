import { sql } from 'kysely'
import type { AccountId, PracticeId } from '../kernel/ids.ts'
import { one, type Tx } from '../platform/database.ts'

/** How many payments of a household were received on or after a day of the practice. */
export async function countReceivedSince(
  tx: Tx,
  practice: PracticeId,
  account: AccountId,
  { day, zone }: { day: Temporal.PlainDate; zone: string },
): Promise<number> {
  const from = day.toZonedDateTime(zone).toInstant()
  const { n } = await one(
    tx,
    sql<{ n: number }>`select count(*)::int4 as n from payments.payment
      where practice_id = ${practice} and account_id = ${account} and status = 'succeeded' and received_at >= ${from}`,
  )
  return n
}
