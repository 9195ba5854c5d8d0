import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import { type ConnectionId, newId, type PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { type Db, maybe, rows, type Tx, transact } from '../platform/database.ts'
import { readClocks } from './clocks.ts'
import type { PaymentsApp } from './processor.ts'

/** A practice's account at the processor: each payment, method and event belongs to one. */
export type Connection = {
  readonly id: ConnectionId
  readonly processorAccount: string
  readonly mode: 'test' | 'live'
}

/** The connection new payments use, if the practice takes cards yet. */
export async function findConnection(tx: Tx, practice: PracticeId): Promise<Connection | undefined> {
  return maybe(tx, selectConnection(practice))
}

/** The query behind findConnection, for batches. */
export function selectConnection(practice: PracticeId) {
  return sql<Connection>`select id, processor_account as "processorAccount", mode from payments.connection where practice_id = ${practice} order by created_at desc limit 1`
}

/** Every connection a practice has had: its payments of the past stay where they were made. */
export async function listConnections(tx: Tx, practice: PracticeId): Promise<Connection[]> {
  return rows(
    tx,
    sql<Connection>`select id, processor_account as "processorAccount", mode from payments.connection where practice_id = ${practice} order by created_at`,
  )
}

export type ConnectionToLookAt = Connection & {
  /** What was made before, by the processor's clock, was seen already, or there was nothing to return yet. */
  readonly disputesSeenUntil: Temporal.Instant
  readonly refundsSeenUntil: Temporal.Instant
}

/** Which connections are to be looked at: those whose time has come, all that nobody has looked at for a minute, or every one. */
export type Wanted = 'due' | 'not just now' | 'all'

/**
 * Takes connections whose disputes and refunds are to be listed again. A look that is never done, because its process died, is done by
 * another a minute later.
 */
export async function leaseConnections(tx: Tx, practice: PracticeId, wanted: Wanted): Promise<ConnectionToLookAt[]> {
  const isWanted = {
    due: sql`returns_check_at <= clock_timestamp()`,
    'not just now': sql`coalesce(returns_looked_at, '-infinity') < clock_timestamp() - interval '1 minute'`,
    all: sql`true`,
  }[wanted]
  const began = sql`created_at + coalesce(clock_offset, interval '0')`
  return rows(
    tx,
    sql<ConnectionToLookAt>`update payments.connection set returns_check_at = clock_timestamp() + interval '1 minute'
      where practice_id = ${practice} and id in (select id from payments.connection where practice_id = ${practice} and ${isWanted} for update skip locked)
      returning id, processor_account as "processorAccount", mode,
        coalesce(disputes_seen_until, ${began}) as "disputesSeenUntil", coalesce(refunds_seen_until, ${began}) as "refundsSeenUntil"`,
  )
}

/** Notes until when, by the processor's clock, a connection's disputes and refunds have been seen; it is looked at again in about ten minutes. */
export async function markSeen(
  tx: Tx,
  practice: PracticeId,
  id: ConnectionId,
  until: { disputes: Temporal.Instant; refunds: Temporal.Instant },
): Promise<void> {
  await sql`update payments.connection set disputes_seen_until = ${until.disputes}, refunds_seen_until = ${until.refunds},
      returns_looked_at = clock_timestamp(), returns_check_at = clock_timestamp() + interval '10 minutes' * (0.75 + random() / 2)
    where practice_id = ${practice} and id = ${id}`.execute(tx)
}

/** The connection new payments use, refused with a sentence where the practice takes no cards yet (`payment.off`). */
export async function getConnection(tx: Tx, practice: PracticeId): Promise<Connection> {
  const connection = await findConnection(tx, practice)
  if (!connection) throw new Refusal('invalid', 'payment.off')
  return connection
}

/** The connection a payment was made on. */
export async function getConnectionById(tx: Tx, practice: PracticeId, id: ConnectionId): Promise<Connection> {
  const connection = await maybe(tx, selectConnectionById(practice, id))
  if (!connection) throw new Refusal('invalid', 'payment.off')
  return connection
}

/** The query behind getConnectionById, for batches. */
export function selectConnectionById(practice: PracticeId, id: ConnectionId) {
  return sql<Connection>`select id, processor_account as "processorAccount", mode from payments.connection where practice_id = ${practice} and id = ${id}`
}

/** Opens an account at the processor for a practice and connects it; safe to repeat. Refused when the processor cannot be asked (`busy`). */
export async function connectProcessor(app: PaymentsApp, practice: PracticeId, name: string): Promise<Connection> {
  const scope = wholePractice(practice)
  const known = await transact(app.db, scope, tx => findConnection(tx, practice))
  if (known) return known
  const answer = await app.processor.openAccount({ key: `${practice}:account`, name })
  if (!('value' in answer)) throw new Refusal('invalid', 'busy')
  const connection = await transact(app.db, scope, async tx => {
    const id = newId('con')
    await sql`insert into payments.connection (practice_id, id, processor, processor_account, mode)
      values (${practice}, ${id}, 'stripe', ${answer.value}, ${app.processor.publishableKey.startsWith('pk_live') ? 'live' : 'test'})
      on conflict do nothing`.execute(tx)
    return getConnection(tx, practice)
  })
  await readClocks(app, practice, connection)
  return connection
}

/** The practice and connection that a processor account's event belongs to. */
export async function findPracticeOf(
  db: Db,
  processorAccount: string,
): Promise<{ practice: PracticeId; connection: ConnectionId } | undefined> {
  const { rows } = await sql<{
    practice: PracticeId
    connection: ConnectionId
  }>`select practice_id as practice, connection_id as connection
    from payments.practice_of(${processorAccount})`.execute(db.kysely)
  return rows[0]
}
