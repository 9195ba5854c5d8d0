import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import { readClocks } from '../processor/clocks.ts'
import { type ConnectionToLookAt, leaseConnections, markSeen, type Wanted } from '../processor/connections.ts'
import type { DisputeState, PaymentsApp, RefundState } from '../processor/processor.ts'
import { leaseOpenDisputes, markLookedAt } from '../returns/disputes.ts'
import { takeShown } from './take-shown.ts'

export type LookedForReturns = {
  readonly listed: number
  /** What was asked and not answered: it is asked again. */
  readonly silent: number
}

/** The processor's lists lag, and its clock may have been put back since the last look (reliability 2). */
const OVERLAP = { hours: 24 }
/** A bank's inquiry becomes a dispute, or ends, within this time; a refund that was done is sent back within less. */
const MAY_CHANGE = { hours: 24 * 130 }

/** Practices with lists or disputes to ask about; the sweep then works inside one practice a transaction. */
export async function listPracticesWithReturnsDue(app: PaymentsApp): Promise<PracticeId[]> {
  const { rows } = await sql<{
    practice: PracticeId
  }>`select payments.practices_with_returns_due() as practice`.execute(app.db.kysely)
  return rows.map(row => row.practice)
}

/**
 * Asks the processor for what went back of a practice's payments and whose event may never have come: lists each connection's new
 * disputes and refunds, whoever made them, and asks for the verdict of each dispute that is open here. Looks at what is `wanted`; with
 * `all` at everything, and further back. Safe to repeat and beside anything else.
 */
export async function lookForReturns(
  app: PaymentsApp,
  practice: PracticeId,
  { wanted = 'due', by = 'recovery' }: { wanted?: Wanted; by?: string } = {},
): Promise<LookedForReturns> {
  const scope = wholePractice(practice)
  let listed = 0
  let silent = 0
  for (const connection of await transact(app.db, scope, tx => leaseConnections(tx, practice, wanted))) {
    const found = await listNew(app, practice, connection, { isAll: wanted === 'all', by })
    listed += found ?? 0
    if (found === undefined) silent++
  }
  for (const open of await transact(app.db, scope, tx => leaseOpenDisputes(tx, practice, wanted === 'all'))) {
    const answer = await app.processor.retrieveDispute(open.processorAccount, open.processorDispute)
    if ('value' in answer) await takeShown(app, practice, open, { dispute: answer.value }, by)
    if ('refused' in answer) app.log.warn('the processor knows nothing of a dispute that is open here', { practice })
    if ('unknown' in answer) silent++
    else await transact(app.db, scope, tx => markLookedAt(tx, practice, open.id))
  }
  return { listed, silent }
}

/** Takes in what a connection's two lists show since the last look; answers how many, or nothing where one was not answered. */
async function listNew(
  app: PaymentsApp,
  practice: PracticeId,
  connection: ConnectionToLookAt,
  { isAll, by }: { isAll: boolean; by: string },
): Promise<number | undefined> {
  const clocks = await readClocks(app, practice, connection)
  if (!clocks) return undefined
  const now = clocks.theirs
  const oldest = now.subtract(MAY_CHANGE)
  const { processorAccount: at, disputesSeenUntil, refundsSeenUntil } = connection
  const since = (seenUntil: Temporal.Instant) => {
    const newest = seenUntil.subtract(OVERLAP)
    return isAll ? earlier(oldest, newest) : newest
  }
  const disputes = await app.processor.listDisputes(at, since(disputesSeenUntil))
  const refunds = await app.processor.listRefunds(at, since(refundsSeenUntil))
  if (!('value' in disputes && 'value' in refunds)) return undefined
  const mayBecome = ({ status, openedAt }: DisputeState) =>
    status === 'inquiry' && Temporal.Instant.compare(openedAt, oldest) > 0
  const take = (shown: { dispute: DisputeState } | { refund: RefundState }) =>
    takeShown(app, practice, connection, shown, by)
  const until = {
    disputes: await seenUntil(disputes.value, now, async dispute => ({
      at: dispute.openedAt,
      isOver: (await take({ dispute })) !== 'again' && !mayBecome(dispute),
    })),
    refunds: await seenUntil(refunds.value, now, async refund => ({
      at: refund.madeAt,
      isOver: (await take({ refund })) !== 'again',
    })),
  }
  await transact(app.db, wholePractice(practice), tx => markSeen(tx, practice, connection.id, until))
  return disputes.value.length + refunds.value.length
}

/**
 * Takes all in and answers until when the list has been seen. What may still change holds the mark back, so that it is listed again: an
 * inquiry keeps the day it began when it becomes a dispute.
 */
async function seenUntil<Shown>(
  list: readonly Shown[],
  now: Temporal.Instant,
  take: (shown: Shown) => Promise<{ at: Temporal.Instant; isOver: boolean }>,
): Promise<Temporal.Instant> {
  let until = now
  for (const shown of list) {
    const { at, isOver } = await take(shown)
    if (!isOver) until = earlier(until, at)
  }
  return until
}

function earlier(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) < 0 ? a : b
}
