import { hear } from '../../src/audit/subscribers.ts'
import type { EventId, PracticeId } from '../../src/kernel/ids.ts'
import { subscribers } from '../../src/main/subscribers.ts'
import { sendLetters } from '../../src/notifications/send-letters.ts'
import type { PaymentsApp } from '../../src/processor/processor.ts'
import { query, type World } from './world.ts'

/** What a worker does with the events of this type, about this subject where one is given: they are heard, and what is to be sent is sent. */
export async function deliver(
  world: Pick<World, 'database'> & { readonly app: PaymentsApp },
  practice: PracticeId,
  { type, subject }: { type: string; subject?: string },
): Promise<void> {
  const events = await query<{ id: EventId }>(
    world,
    `select id from (select practice_id, id, type, subject, at from audit.event union all select practice_id, id, type, subject, at from audit.passing) e
      where practice_id = $1 and type = $2 and ($3::text is null or subject = $3) order by at, id`,
    [practice, type, subject ?? null],
  )
  for (const { id } of events) await hear(world.app, subscribers, { practice, event: id })
  await sendLetters(world.app, practice)
}

/** What a worker has still to do before everybody is told. */
export async function countUntold(world: Pick<World, 'database'>): Promise<number> {
  const [row] = await query<{ n: number }>(
    world,
    `select (select count(*) from pgboss.job where state in ('created', 'retry', 'active') and name not like '\\_\\_pgboss%')::int
      + (select count(*) from notifications.message where state = 'waiting')::int as n`,
  )
  return row?.n ?? -1
}
