import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { findNamed } from '../payments/payments.ts'
import { transact } from '../platform/database.ts'
import { readClocks } from '../processor/clocks.ts'
import { type Connection, type ConnectionToLookAt, leaseConnections, markSeen } from '../processor/connections.ts'
import type { DisputeState, PaymentsApp } from '../processor/processor.ts'
import { takeDispute } from '../returns/dispute.ts'
import { leaseOpenDisputes, markAsked } from '../returns/disputes.ts'

export type LookedForDisputes = {
  readonly listed: number
  /** What was asked and not answered: it is asked again. */
  readonly silent: number
}

/** Lists lag, and the processor's clock may have been put right. */
const OVERLAP = { hours: 24 }
/** A bank's inquiry becomes a dispute, or ends, within this time. */
const MAY_CHANGE = { hours: 24 * 130 }

/** Practices with disputes to ask about; the sweep then works inside one practice a transaction. */
export async function listPracticesWithDisputesDue(app: PaymentsApp): Promise<PracticeId[]> {
  const { rows } = await sql<{
    practice: PracticeId
  }>`select payments.practices_with_disputes_due() as practice`.execute(app.db.kysely)
  return rows.map(row => row.practice)
}

/**
 * Asks the processor for a practice's disputes whose event may never have come: lists each connection's new ones, and asks for the
 * verdict of each that is open here. Looks at what is due; with `early` lists
 * also what is not due; with `all` looks at everything, and further back. Safe to repeat and beside anything else.
 */
export async function lookForDisputes(
  app: PaymentsApp,
  practice: PracticeId,
  { all = false, early = all, by = 'recovery' }: { all?: boolean; early?: boolean; by?: string } = {},
): Promise<LookedForDisputes> {
  const scope = wholePractice(practice)
  let listed = 0
  let silent = 0
  for (const connection of await transact(app.db, scope, tx => leaseConnections(tx, practice, early))) {
    const found = await listNew(app, practice, connection, { all, by })
    listed += found ?? 0
    if (found === undefined) silent++
  }
  for (const open of await transact(app.db, scope, tx => leaseOpenDisputes(tx, practice, all))) {
    const answer = await app.processor.retrieveDispute(open.processorAccount, open.processorDispute)
    if (!('value' in answer)) {
      silent++
      continue
    }
    await guarded(app, () => takeShown(app, practice, open, answer.value, by))
    await transact(app.db, scope, tx => markAsked(tx, practice, open.processorDispute))
  }
  return { listed, silent }
}

/**
 * Takes in what a connection's list shows since the last look; answers how many, or nothing where there was no answer. What may
 * still change holds the mark back, so that it is listed again: an inquiry keeps the day it began when it becomes a dispute.
 */
async function listNew(
  app: PaymentsApp,
  practice: PracticeId,
  connection: ConnectionToLookAt,
  { all, by }: { all: boolean; by: string },
): Promise<number | undefined> {
  const clocks = await readClocks(app, practice, connection)
  if (!clocks) return undefined
  const now = clocks.theirs
  const [newest, oldest] = [connection.seenUntil.subtract(OVERLAP), now.subtract(MAY_CHANGE)]
  const since = all && Temporal.Instant.compare(oldest, newest) < 0 ? oldest : newest
  const answer = await app.processor.listDisputes(connection.processorAccount, since)
  if (!('value' in answer)) return undefined
  let seenUntil = now
  for (const dispute of answer.value) {
    const outcome = await guarded(app, () => takeShown(app, practice, connection, dispute, by))
    const { openedAt } = dispute
    const isYoung = Temporal.Instant.compare(openedAt, oldest) > 0
    const mayChange = outcome === 'again' || (dispute.status === 'inquiry' && isYoung)
    if (mayChange && Temporal.Instant.compare(openedAt, seenUntil) < 0) seenUntil = openedAt
  }
  await transact(app.db, wholePractice(practice), tx => markSeen(tx, practice, connection.id, seenUntil))
  return answer.value.length
}

/** Takes in a dispute that the processor shows, where its payment is one of ours; `again` when its payment has not settled here yet, or cannot be asked for. */
export async function takeShown(
  app: PaymentsApp,
  practice: PracticeId,
  { processorAccount }: Pick<Connection, 'processorAccount'>,
  dispute: DisputeState,
  by: string,
): Promise<'taken' | 'not started here' | 'again'> {
  try {
    await takeDispute(app, practice, dispute, by)
    return 'taken'
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'dispute.before-payment') throw error
  }
  if (dispute.intent === '') return 'not started here'
  const intent = await app.processor.look(processorAccount, dispute.intent)
  if ('unknown' in intent) return 'again'
  if (!('value' in intent)) return 'not started here'
  const payment = await transact(app.db, wholePractice(practice), tx => findNamed(tx, practice, intent.value))
  return payment ? 'again' : 'not started here'
}

/** One dispute's trouble never stops the others; it is looked at again later. */
async function guarded<T>(app: PaymentsApp, work: () => Promise<T>): Promise<T | 'again'> {
  try {
    return await work()
  } catch (error) {
    app.log.error('a dispute could not be taken in; it is tried again', { error })
    return 'again'
  }
}
