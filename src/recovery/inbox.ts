import { type RawBuilder, sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { ConnectionId, PracticeId } from '../kernel/ids.ts'
import { takeAttempt } from '../payments/ask.ts'
import { findNamed } from '../payments/payments.ts'
import { one, type Tx, transact } from '../platform/database.ts'
import { type Connection, findPracticeOf, getConnectionById } from '../processor/connections.ts'
import type { PaymentsApp, ProcessorEvent } from '../processor/processor.ts'
import { inLanes, whileDue } from './lanes.ts'
import { takeShown } from './take-shown.ts'

/** Stores a signed event once by its id, as the bytes that came; answers are given before it is worked through (reliability 6). */
export async function storeEvent(app: PaymentsApp, event: ProcessorEvent, raw: Buffer): Promise<void> {
  await sql`insert into payments.inbox (event_id, processor_account, type, about, object, body)
    values (${event.id}, ${event.account}, ${event.type}, ${event.about}, ${event.object}, ${raw})
    on conflict (event_id) do nothing`.execute(app.db.kysely)
  app.failpoint('inbox.stored')
}

type StoredEvent = Pick<ProcessorEvent, 'id' | 'account' | 'about' | 'object'>

/** Longer than a look takes: an event whose worker was killed waits for no longer than this. */
const LEASE_SECONDS = 30

/** Works through stored events that are due, several at once and each leased by itself, so that workers share them; answers how many it took. */
export async function processInbox(app: PaymentsApp, isWanted: () => boolean = () => true): Promise<number> {
  return inLanes(
    whileDue(isWanted, () => leaseEvent(app)),
    async event => {
      try {
        await finish(app, event, await processEvent(app, event))
      } catch (error) {
        app.log.error('an event of the processor could not be processed; it is tried again', { event: event.id, error })
        await finish(app, event, 'again')
      }
    },
  )
}

async function leaseEvent(app: PaymentsApp): Promise<StoredEvent | undefined> {
  const { rows } = await sql<StoredEvent>`update payments.inbox
    set attempts = attempts + 1, check_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    where event_id = (select event_id from payments.inbox where processed_at is null and check_at <= clock_timestamp()
      order by check_at limit 1 for update skip locked)
    returning event_id as id, processor_account as account, about, object`.execute(app.db.kysely)
  return rows[0]
}

/** The object is fetched again rather than the event's order trusted. Answers what was done; `again` leaves it due. */
async function processEvent(app: PaymentsApp, { account, about, object }: StoredEvent): Promise<string> {
  if (about === 'nothing') return 'nothing to do'
  const owner = await findPracticeOf(app.db, account)
  if (!owner) return 'no practice has this account'
  const { practice } = owner
  const { connection, isSettled } = await transact(app.db, wholePractice(practice), async tx => ({
    connection: await getConnectionById(tx, practice, owner.connection),
    isSettled: await hasSettled(tx, practice, owner.connection, { about, object }),
  }))
  // Nothing is asked for what cannot change any more.
  if (isSettled) return 'settled before'
  return TAKE[about](app, practice, connection, object)
}

/** Whether what an event is about has an end that is kept: a payment that was received, a refund that failed, a dispute that was decided. */
async function hasSettled(
  tx: Tx,
  practice: PracticeId,
  connection: ConnectionId,
  { about, object }: Pick<StoredEvent, 'about' | 'object'>,
): Promise<boolean> {
  const settled = {
    nothing: sql`select false as found`,
    attempt: sql`select exists (select from payments.payment where practice_id = ${practice} and connection_id = ${connection}
      and (intent_id = ${object} or attempt_id = ${object}) and status = 'succeeded') as found`,
    refund: sql`select exists (select from payments.refund where practice_id = ${practice} and processor_refund = ${object} and status = 'failed') as found`,
    dispute: sql`select exists (select from payments.dispute where practice_id = ${practice} and connection_id = ${connection}
      and processor_dispute = ${object} and status <> 'open') as found`,
  }
  return (await one(tx, settled[about] as RawBuilder<{ found: boolean }>)).found
}

type Take = (app: PaymentsApp, practice: PracticeId, connection: Connection, object: string) => Promise<string>

const TAKE: Record<Exclude<StoredEvent['about'], 'nothing'>, Take> = {
  attempt: takeAbout,
  dispute: async (app, practice, connection, object) => {
    const answer = await app.processor.retrieveDispute(connection.processorAccount, object)
    if ('value' in answer) return takeShown(app, practice, connection, { dispute: answer.value }, 'webhook')
    return 'unknown' in answer ? 'again' : UNKNOWN_THERE
  },
  refund: async (app, practice, connection, object) => {
    const answer = await app.processor.retrieveRefund(connection.processorAccount, object)
    if ('value' in answer) return takeShown(app, practice, connection, { refund: answer.value }, 'webhook')
    return 'unknown' in answer ? 'again' : UNKNOWN_THERE
  },
}

const UNKNOWN_THERE = 'not found at the processor'

/** What was asked for says what an event about any part of it means. */
async function takeAbout(
  app: PaymentsApp,
  practice: PracticeId,
  { processorAccount }: Connection,
  object: string,
): Promise<string> {
  const told = await app.processor.look(processorAccount, object)
  if ('unknown' in told) return 'again'
  if (!('value' in told)) return UNKNOWN_THERE
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

/** What is not done is due again, each time a little later. */
async function finish(app: PaymentsApp, { id }: StoredEvent, outcome: string): Promise<void> {
  const end =
    outcome === 'again'
      ? sql`check_at = clock_timestamp() + make_interval(secs => least(600, 2.5 * power(2, least(attempts, 9))) * (0.75 + random() / 2))`
      : sql`processed_at = clock_timestamp(), outcome = ${outcome}`
  await sql`update payments.inbox set ${end} where event_id = ${id} and processed_at is null`.execute(app.db.kysely)
}

/** How many events wait to be processed: for readiness and metrics. */
export async function countWaiting(app: PaymentsApp): Promise<number> {
  const { rows } = await sql<{
    n: bigint
  }>`select count(*) as n from payments.inbox where processed_at is null`.execute(app.db.kysely)
  return Number(rows[0]?.n ?? 0n)
}
