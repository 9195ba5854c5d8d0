import { pruneLinks, pruneSignIn } from '../identity/prune.ts'
import { dayIn } from '../kernel/dates.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import { closeDays } from '../payments/collected.ts'
import { pruneMailbox } from '../platform/mail.ts'
import type { TimedJob } from '../platform/queue.ts'
import { listZones } from '../practice/practices.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { lookForReturns } from '../recovery/look-for-returns.ts'
import { pruneInbox } from '../recovery/prune-inbox.ts'

/** A job of every day: from which time on, by whose clock, and what it does. Doing it twice must be doing it once. */
export type Schedule = { readonly name: string; readonly at: string } & (
  | { readonly zone: 'UTC'; run(app: PaymentsApp): Promise<unknown> }
  | { readonly zone: 'practice'; run(app: PaymentsApp, practice: PracticeId): Promise<unknown> }
)

const MAILBOX_DAYS = 30

/** Everything that is done because a day has come; a practice's day begins in its own zone. */
export const schedules: readonly Schedule[] = [
  { name: 'prune', at: '03:10', zone: 'UTC', run: prune },
  // Late enough that a machine whose clock is behind has no payment left for the day before.
  { name: 'close-days', at: '05:00', zone: 'practice', run: closeDays },
  { name: 'prune-links', at: '03:20', zone: 'practice', run: pruneLinks },
  { name: 'look-back', at: '03:40', zone: 'practice', run: lookBack },
]

/** A refund that was done may be sent back weeks later: where its event never came, only a look that far back shows it. */
async function lookBack(app: PaymentsApp, practice: PracticeId): Promise<void> {
  await lookForReturns(app, practice, { wanted: 'all' })
}

async function prune(app: PaymentsApp): Promise<void> {
  await pruneSignIn(app)
  await pruneInbox(app)
  await pruneMailbox(app.config.dataFolder, app.now().subtract({ hours: 24 * MAILBOX_DAYS }))
}

/**
 * Queues what has become due, once for each schedule, day and practice; what was due while no worker ran is done late, its last day
 * alone. Answers all that is due: given to the next look, that queues no more than what came since.
 */
export async function queueDue(
  app: PaymentsApp,
  { all = schedules, before = new Set() }: { all?: readonly Schedule[]; before?: ReadonlySet<string> } = {},
): Promise<ReadonlySet<string>> {
  const zones = await listZones(app.db)
  const due = all.flatMap(schedule => jobsOf(schedule, zones, app.now()))
  const fresh = due.filter(job => !before.has(JSON.stringify(job)))
  if (fresh.length > 0) await app.queue.queueTimed(fresh)
  return new Set(due.map(job => JSON.stringify(job)))
}

function jobsOf(
  { name: schedule, at, zone }: Schedule,
  practices: Awaited<ReturnType<typeof listZones>>,
  now: Temporal.Instant,
): TimedJob[] {
  if (zone === 'UTC') return [{ schedule, practice: null, due: `${dueOn(at, zone, now)}` }]
  const days = new Map(practices.map(({ timeZone }) => [timeZone, '']))
  for (const timeZone of days.keys()) days.set(timeZone, `${dueOn(at, timeZone, now)}`)
  return practices.map(({ id: practice, timeZone }) => ({ schedule, practice, due: days.get(timeZone) ?? '' }))
}

/** Does one timed job. One of a schedule that is not known here fails, and waits for a worker of the version that queued it. */
export async function runTimed(
  app: PaymentsApp,
  { schedule, practice }: TimedJob,
  all: readonly Schedule[] = schedules,
): Promise<void> {
  const found = all.find(({ name }) => name === schedule)
  assert(found, `there is no schedule ${schedule}`)
  if (found.zone === 'UTC') await found.run(app)
  else {
    assert(practice, `${schedule} is done for a practice`)
    await found.run(app, practice)
  }
}

/** The last day whose time of day has come in a zone. */
export function dueOn(at: string, zone: string, now: Temporal.Instant): Temporal.PlainDate {
  const today = dayIn(zone, now)
  const due = today.toZonedDateTime({ timeZone: zone, plainTime: at }).toInstant()
  return Temporal.Instant.compare(now, due) < 0 ? today.subtract({ days: 1 }) : today
}
