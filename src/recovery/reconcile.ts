import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import { isId, type PracticeId } from '../kernel/ids.ts'
import { takeAttempt } from '../payments/ask.ts'
import { findPayment } from '../payments/payments.ts'
import { one, transact } from '../platform/database.ts'
import { readClocks } from '../processor/clocks.ts'
import { listConnections } from '../processor/connections.ts'
import type { AttemptState, PaymentsApp } from '../processor/processor.ts'
import { lookForReturns } from './look-for-returns.ts'
import { recoverPractice } from './recover.ts'

export type Reconciled = {
  readonly looked: number
  readonly settled: number
  readonly unsettled: number
  /** Disputes and refunds that the processor's lists show. */
  readonly returns: number
  /** Listings of the processor that it did not answer: what they would show is not known. */
  readonly silent: number
}

/** How far back the processor's own records are read, by its own clock. */
const LOOK_BACK = { hours: 24 * 4 }

/**
 * Settles what was left open, from the processor's own records: every unsettled payment and refund is looked at, then what
 * the processor shows as succeeded, refunded or disputed is compared with ours. Safe to repeat and beside anything else.
 */
export async function reconcile(app: PaymentsApp, practice: PracticeId): Promise<Reconciled> {
  const looked = await recoverPractice(app, practice, { all: true, by: 'reconcile' })
  const connections = await transact(app.db, wholePractice(practice), tx => listConnections(tx, practice))
  let settled = 0
  let silent = 0
  for (const connection of connections) {
    const clocks = await readClocks(app, practice, connection)
    if (!clocks) {
      silent++
      continue
    }
    for await (const page of app.processor.find(connection.processorAccount, clocks.theirs.subtract(LOOK_BACK))) {
      if (!('value' in page)) silent++
      else for (const attempt of page.value) if (await settleListed(app, practice, attempt)) settled++
    }
  }
  const returns = await lookForReturns(app, practice, { wanted: 'all', by: 'reconcile' })
  const { unsettled } = await transact(app.db, wholePractice(practice), tx =>
    one(
      tx,
      sql<{ unsettled: bigint }>`select count(*) as unsettled from payments.unsettled where practice_id = ${practice}`,
    ),
  )
  return {
    looked,
    settled,
    unsettled: Number(unsettled),
    returns: returns.listed,
    silent: silent + returns.silent,
  }
}

/** Settles one succeeded attempt that we do not hold as received. */
async function settleListed(app: PaymentsApp, practice: PracticeId, attempt: AttemptState): Promise<boolean> {
  const { payment: id } = attempt
  if (attempt.status !== 'succeeded' || attempt.practice !== practice || !id || !isId('pay', id)) return false
  const payment = await transact(app.db, wholePractice(practice), tx => findPayment(tx, practice, id))
  if (!payment || payment.status === 'succeeded') return false
  await takeAttempt(app, practice, id, { value: attempt }, 'reconcile')
  return true
}
