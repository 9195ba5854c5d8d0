import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import { type EventId, newId, type PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { changed, type Tx, transact, write } from '../platform/database.ts'
import { removeInBatches } from '../platform/prune.ts'
import type { EventType } from './events.ts'

/** What somebody unknown does at a door. */
export type DoorAct = 'link.asked' | 'link.refused' | 'sign-in.wrong' | 'sign-in.refused' | 'staff.locked'

/** Counts one more of it in this hour: strangers leave a row an hour, however often they knock. */
export async function countAtDoor(tx: Tx, practice: PracticeId, what: DoorAct): Promise<void> {
  await write(
    tx,
    sql`insert into audit.door (practice_id, hour, what) values (${practice}, date_trunc('hour', now(), 'UTC'), ${what})
      on conflict (practice_id, hour, what) do update set times = door.times + 1`,
  )
}

/** The same in a transaction of its own. */
export async function countAlone(app: Pick<App, 'db'>, practice: PracticeId, what: DoorAct): Promise<void> {
  await transact(app.db, wholePractice(practice), tx => countAtDoor(tx, practice, what))
}

/** Announces what somebody unknown set off, and counts it; the event itself is kept no longer than it takes to tell of it. */
export async function recordPassing(
  app: Pick<App, 'queue'>,
  tx: Tx,
  practice: PracticeId,
  facts: { type: EventType & DoorAct; subject: string; data?: Readonly<Record<string, string>> },
): Promise<EventId> {
  const id = newId('evt')
  await write(
    tx,
    sql`insert into audit.passing (practice_id, id, type, subject, data)
      values (${practice}, ${id}, ${facts.type}, ${facts.subject}, ${JSON.stringify(facts.data ?? {})})`,
  )
  await countAtDoor(tx, practice, facts.type)
  await app.queue.announce(tx, facts.type, { practice, event: id })
  return id
}

/** Removes a practice's passing events after a week: telling of one is tried for about a day. */
export async function prunePassing(app: Pick<App, 'db'>, practice: PracticeId, most?: number): Promise<number> {
  const remove = (
    limit: number,
  ) => sql`delete from audit.passing where practice_id = ${practice} and id = any (array(select id from audit.passing
    where practice_id = ${practice} and at < statement_timestamp() - interval '7 days' limit ${limit} for update skip locked))`
  return removeInBatches(limit => transact(app.db, wholePractice(practice), tx => changed(tx, remove(limit))), most)
}
