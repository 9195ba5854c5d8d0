import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { ConnectionId, PracticeId } from '../kernel/ids.ts'
import { one, type Tx, transact, write } from '../platform/database.ts'
import type { PaymentsApp } from './processor.ts'

/** The database's clock and the processor's, read at one instant; ours is the database's, never this process's (reliability 2). */
export type Clocks = {
  readonly ours: Temporal.Instant
  readonly theirs: Temporal.Instant
  /** Since when, by ours, they have gone together. */
  readonly since: Temporal.Instant
}

/** When something was sent, by both clocks; null by the processor's where that was not known then. */
export type Sent = {
  readonly submittedAt: Temporal.Instant | null
  readonly processorSubmittedAt: Temporal.Instant | null
}

export type Age = {
  /** Whether the processor still knows its key: it may be sent again. */
  readonly isRemembered: boolean
  /** Whether a complete listing that shows nothing of it means that it never arrived. */
  readonly isForgotten: boolean
  /** Whether both clocks tell the same, so that a listing that shows nothing proves something now. */
  readonly isSure: boolean
}

/** A processor keeps keys for a day at least; an hour of it is left for what is on its way (reliability 2). */
const REMEMBERED_SECONDS = 23 * 3600
const FORGOTTEN_SECONDS = 24 * 3600

/** How far the clocks may have moved against each other before nothing is decided by them. */
const APART_SECONDS = 60
/** A reading that took longer tells no offset. */
const SLOW_SECONDS = 10
/** How old what is kept may be, and how wrong, before it is written anew: no row that every payment writes. */
const KEPT_SECONDS = 5 * 60
const EXACT_SECONDS = 3
/** A listing's window starts earlier than what is sought was sent. */
const EARLIER = { hours: 24 }

/**
 * Reads both clocks, keeps how far they are apart, and says in the log when that has moved; undefined while the processor does
 * not answer, and then nothing may be decided by its records.
 */
export async function readClocks(
  app: PaymentsApp,
  practice: PracticeId,
  { id }: { readonly id: ConnectionId },
): Promise<Clocks | undefined> {
  const running = await app.processor.clock()
  if (!running) return undefined
  const read = await transact(app.db, wholePractice(practice), async tx => {
    const before = running()
    const kept = await one(tx, selectKept(practice, id))
    const after = running()
    const tookSeconds = secondsBetween(before, after)
    if (tookSeconds > SLOW_SECONDS) return undefined
    const theirs = before.add({ milliseconds: Math.round(tookSeconds * 500) })
    return keepOffset(tx, practice, id, kept, theirs)
  })
  if (!read) return undefined
  const { clocks, movedSeconds } = read
  if (movedSeconds !== 0)
    app.log.warn('the clock of the processor, or ours, has moved: for a day nothing is given up by its age', {
      practice,
      ms: Math.round(movedSeconds * 1000),
    })
  return clocks
}

type Kept = {
  readonly ours: Temporal.Instant
  readonly offset: number | null
  readonly since: Temporal.Instant | null
  readonly isOld: boolean
}

function selectKept(practice: PracticeId, id: ConnectionId) {
  return sql<Kept>`select clock_timestamp() as ours, extract(epoch from clock_offset)::float8 as offset, clock_since as since,
    coalesce(abs(extract(epoch from clock_timestamp() - clock_heard_at)) > ${KEPT_SECONDS}, true) as "isOld"
    from payments.connection where practice_id = ${practice} and id = ${id}`
}

/** Keeps a new offset where it differs or what is kept is old; one that moved stands from now on. */
async function keepOffset(
  tx: Tx,
  practice: PracticeId,
  id: ConnectionId,
  { ours, offset, since, isOld }: Kept,
  theirs: Temporal.Instant,
): Promise<{ clocks: Clocks; movedSeconds: number }> {
  const now = secondsBetween(ours, theirs)
  const moved = offset === null ? 0 : now - offset
  const hasMoved = Math.abs(moved) > APART_SECONDS
  const stands = since === null || hasMoved ? ours : since
  if (isOld || Math.abs(moved) > EXACT_SECONDS || stands === ours)
    await write(
      tx,
      sql`update payments.connection set clock_offset = make_interval(secs => ${now}), clock_heard_at = ${ours}, clock_since = ${stands},
        clock_moved = case when ${hasMoved} then make_interval(secs => ${moved}) else clock_moved end
        where practice_id = ${practice} and id = ${id}`,
    )
  return { clocks: { ours, theirs, since: stands }, movedSeconds: hasMoved ? moved : 0 }
}

/**
 * How old something that was sent is. Where both clocks tell the same, they are right. Else one of them has moved since: it is no older
 * than the older of both answers, and as old as the clocks have gone together since then.
 */
export function ageOf({ submittedAt, processorSubmittedAt }: Sent, { ours, theirs, since }: Clocks): Age {
  const byOurs = submittedAt ? secondsBetween(submittedAt, ours) : 0
  const byTheirs = processorSubmittedAt ? secondsBetween(processorSubmittedAt, theirs) : byOurs
  const isSure = processorSubmittedAt !== null && Math.abs(byOurs - byTheirs) <= APART_SECONDS
  const together = secondsBetween(since, ours)
  return {
    isRemembered: Math.max(byOurs, byTheirs) < REMEMBERED_SECONDS,
    isForgotten: (isSure ? Math.min(byOurs, together) : together) > FORGOTTEN_SECONDS,
    isSure,
  }
}

/** From when, by the processor's clock, a listing is complete for something that was sent: a day before it was, by whichever clock tells the earlier. */
export function listedSince(
  { submittedAt, processorSubmittedAt }: Sent,
  { ours, theirs }: Pick<Clocks, 'ours' | 'theirs'>,
): Temporal.Instant {
  const asNow = theirs.add(ours.until(submittedAt ?? ours))
  const asThen = processorSubmittedAt ?? asNow
  return (Temporal.Instant.compare(asNow, asThen) < 0 ? asNow : asThen).subtract(EARLIER)
}

function secondsBetween(from: Temporal.Instant, to: Temporal.Instant): number {
  return from.until(to).total('seconds')
}

/** When something is sent now, by the processor's clock, for the row of what is sent on this connection. */
export function processorNow(practice: PracticeId, connection: ReturnType<typeof sql>) {
  return sql`clock_timestamp() + (select clock_offset from payments.connection where practice_id = ${practice} and id = ${connection})`
}

/** What staff are told of a connection whose clock decides nothing now: `since` when it moved, null where it is not known at all. */
export type ClockTrouble = { readonly since: Temporal.Instant | null }

/** The practice's connections whose clock is not known, or has moved within the last day. */
export function selectClockTrouble(practice: PracticeId) {
  return sql<ClockTrouble>`select case when clock_offset is not null then clock_since end as since from payments.connection
    where practice_id = ${practice} and (clock_offset is null or (clock_moved is not null and clock_since > clock_timestamp() - interval '24 hours'))
    order by clock_since nulls first limit 1`
}
