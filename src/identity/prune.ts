import { type RawBuilder, sql } from 'kysely'
import { prunePassing } from '../audit/doors.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { changed, transact } from '../platform/database.ts'
import { removeInBatches } from '../platform/prune.ts'

/*
 * Times are compared with the statement's: an index is of no use to clock_timestamp(), which may change from row to row.
 */

/** Removes what sign-in at any practice keeps for a while: counts and sessions, each a day after its end. */
export async function pruneSignIn(app: App, most?: number): Promise<number> {
  const remove = (query: (most: number) => RawBuilder<unknown>) =>
    removeInBatches(async most => Number((await query(most).execute(app.db.kysely)).numAffectedRows ?? 0n), most)
  const counts = await remove(
    most => sql`delete from identity.allowance where key = any (array(select key from identity.allowance
      where ends_at < statement_timestamp() - interval '1 day' limit ${most} for update skip locked))`,
  )
  const sessions = await remove(
    most => sql`delete from identity.session where id = any (array(select id from identity.session
      where expires_at < statement_timestamp() - interval '1 day' limit ${most} for update skip locked))`,
  )
  return counts + sessions
}

/**
 * Removes a practice's links, invitations and codes 90 days after they were spent or too old: until then an old link still offers
 * to mail a new one. Askings, and the passing events about them, go after a week: the mail of one is tried for about a day.
 */
export async function pruneLinks(app: App, practice: PracticeId, most?: number): Promise<number> {
  const remove = (query: (most: number) => RawBuilder<unknown>) =>
    removeInBatches(most => transact(app.db, wholePractice(practice), tx => changed(tx, query(most))), most)
  const links = await remove(
    most => sql`delete from identity.link where practice_id = ${practice} and id = any (array(select id from identity.link
      where practice_id = ${practice} and least(expires_at, spent_at) < statement_timestamp() - interval '90 days' limit ${most} for update skip locked))`,
  )
  const askings = await remove(
    most => sql`delete from identity.link_request where practice_id = ${practice} and id = any (array(select id from identity.link_request
      where practice_id = ${practice} and at < statement_timestamp() - interval '7 days' limit ${most} for update skip locked))`,
  )
  return links + askings + (await prunePassing(app, practice, most))
}
