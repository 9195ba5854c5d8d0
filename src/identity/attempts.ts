import { sql } from 'kysely'
import { one, type Tx } from '../platform/database.ts'

/**
 * Counts one more try at a key, if it is allowed, and answers whether it is; one after another, so that two hundred at once are not
 * one more than the limit. A key is a login's or an address's, whatever practice it is tried at.
 */
export async function countAttempt(
  tx: Tx,
  key: string,
  { most, minutes }: { most: number; minutes: number },
): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx)
  const { tried } = await one(
    tx,
    sql<{ tried: bigint }>`select count(*) as tried from identity.attempt
      where key = ${key} and at > clock_timestamp() - make_interval(mins => ${minutes})`,
  )
  if (tried >= most) return false
  await sql`insert into identity.attempt (key) values (${key})`.execute(tx)
  return true
}
