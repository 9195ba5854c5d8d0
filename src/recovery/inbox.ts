import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import { isId, type PracticeId } from '../kernel/ids.ts'
import { takeAttempt } from '../payments/ask.ts'
import { findNamed } from '../payments/payments.ts'
import { transact } from '../platform/database.ts'
import { type Connection, findPracticeOf, getConnectionById } from '../processor/connections.ts'
import type { PaymentsApp, ProcessorEvent } from '../processor/processor.ts'
import { takeRefund } from '../returns/refund.ts'
import { takeShown } from './look-for-disputes.ts'

/** Stores a signed event once by its id; answers are given before it is worked through (reliability 6). */
export async function storeEvent(app: PaymentsApp, event: ProcessorEvent, raw: string): Promise<void> {
  await sql`insert into payments.inbox (event_id, processor_account, type, body) values (${event.id}, ${event.account}, ${event.type}, ${raw})
    on conflict (event_id) do nothing`.execute(app.db.kysely)
  app.failpoint('inbox.stored')
}

/** Works through stored events that are due, shared among workers by a lease; answers how many it took. */
export async function processInbox(app: PaymentsApp): Promise<number> {
  const { rows: due } = await sql<{ id: string; account: string; type: string; object: string }>`update payments.inbox
    set attempts = attempts + 1, check_at = clock_timestamp() + make_interval(secs => least(600, 5 * power(2, least(attempts, 8))) * (0.75 + random() / 2))
    where event_id in (select event_id from payments.inbox where processed_at is null and check_at <= clock_timestamp() order by check_at limit 50 for update skip locked)
    returning event_id as id, processor_account as account, type, body #>> '{data,object,id}' as object`.execute(
    app.db.kysely,
  )
  for (const event of due) {
    try {
      await finish(app, event.id, await processEvent(app, event))
    } catch (error) {
      app.log.error('an event of the processor could not be processed; it is tried again', { event: event.id, error })
    }
  }
  return due.length
}

type StoredEvent = { readonly id: string; readonly account: string; readonly type: string; readonly object: string }

/** The object is fetched again rather than the event's order trusted. Answers what was done; `again` leaves it due. */
async function processEvent(app: PaymentsApp, event: StoredEvent): Promise<string> {
  const owner = await findPracticeOf(app.db, event.account)
  if (!owner) return 'no practice has this account'
  const connection = await transact(app.db, wholePractice(owner.practice), tx =>
    getConnectionById(tx, owner.practice, owner.connection),
  )
  if (event.type.startsWith('payment_intent.') || event.type.startsWith('checkout.session.'))
    return takeAbout(app, owner.practice, connection, event.object)
  if (event.type.startsWith('charge.dispute.')) {
    const answer = await app.processor.retrieveDispute(connection.processorAccount, event.object)
    return 'value' in answer ? takeShown(app, owner.practice, connection, answer.value, 'webhook') : 'again'
  }
  if (event.type.startsWith('refund.') || event.type === 'charge.refund.updated') {
    const answer = await app.processor.retrieveRefund(connection.processorAccount, event.object)
    if ('unknown' in answer) return 'again'
    const ours = 'value' in answer ? answer.value.ours : undefined
    if (!ours || !isId('rfd', ours)) return 'not asked here'
    await takeRefund(app, owner.practice, ours, answer, 'webhook')
    return 'taken'
  }
  return 'nothing to do'
}

/** What was asked for says what an event about any part of it means. */
async function takeAbout(
  app: PaymentsApp,
  practice: PracticeId,
  { processorAccount }: Connection,
  object: string,
): Promise<string> {
  const told = await app.processor.look(processorAccount, object)
  if ('unknown' in told) return 'again'
  if (!('value' in told)) return 'not found at the processor'
  const payment = await transact(app.db, wholePractice(practice), tx => findNamed(tx, practice, told.value))
  if (!payment) return 'not started here'
  const isWhole = payment.made === null || payment.made === object || told.value.status === 'succeeded'
  const answer = isWhole ? told : await app.processor.look(processorAccount, payment.made ?? object)
  if (!('value' in answer)) return 'again'
  // Before the answer of the call that made it: only a final state counts, so that a decline is ended by who asked.
  if (answer.value.status === 'declined' && payment.status === 'created') return 'again'
  await takeAttempt(app, practice, payment.id, answer, 'webhook')
  return 'taken'
}

async function finish(app: PaymentsApp, id: string, outcome: string): Promise<void> {
  if (outcome === 'again') return
  await sql`update payments.inbox set processed_at = now(), outcome = ${outcome} where event_id = ${id}`.execute(
    app.db.kysely,
  )
}

/** How many events wait to be processed: for readiness and metrics. */
export async function countWaiting(app: PaymentsApp): Promise<number> {
  const { rows } = await sql<{
    n: bigint
  }>`select count(*) as n from payments.inbox where processed_at is null`.execute(app.db.kysely)
  return Number(rows[0]?.n ?? 0n)
}
