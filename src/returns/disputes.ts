import { sql } from 'kysely'
import type { AccountId, DisputeId, PaymentId, PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { maybe, rows, type Tx } from '../platform/database.ts'

/** A chargeback that the card holder's bank opened. */
export type Dispute = {
  readonly id: DisputeId
  readonly payment: PaymentId
  readonly account: AccountId
  readonly processorDispute: string
  readonly amount: Cents
  readonly reason: string
  readonly status: 'open' | 'won' | 'lost'
  readonly reopens: boolean | null
  readonly openedAt: Temporal.Instant
  readonly closedAt: Temporal.Instant | null
  /** When a lost one was booked: staff chose whether the debt is owed again. */
  readonly bookedAt: Temporal.Instant | null
}

const columns = sql`id, payment_id as payment, account_id as account, processor_dispute as "processorDispute", amount_cents as amount, reason, status, reopens,
  opened_at as "openedAt", closed_at as "closedAt", booked_at as "bookedAt"`

/** Whether staff have yet to say what becomes of the bills that it had paid. */
export function isLostToDecide({ status, bookedAt }: Pick<Dispute, 'status' | 'bookedAt'>): boolean {
  return status === 'lost' && bookedAt === null
}

/** A payment's disputes, oldest first; the query for batches. */
export function selectDisputes(practice: PracticeId, payment: PaymentId) {
  return sql<Dispute>`select ${columns} from payments.dispute where practice_id = ${practice} and payment_id = ${payment} order by opened_at, id`
}

/** A dispute this transaction may see; undefined when unknown or out of sight. */
export async function findDispute(tx: Tx, practice: PracticeId, id: DisputeId): Promise<Dispute | undefined> {
  return maybe(tx, sql<Dispute>`select ${columns} from payments.dispute where practice_id = ${practice} and id = ${id}`)
}

export async function lockDispute(
  tx: Tx,
  practice: PracticeId,
  processorDispute: string,
): Promise<Dispute | undefined> {
  return maybe(
    tx,
    sql<Dispute>`select ${columns} from payments.dispute where practice_id = ${practice} and processor_dispute = ${processorDispute} for update`,
  )
}

export async function insertDispute(
  tx: Tx,
  practice: PracticeId,
  dispute: Pick<Dispute, 'id' | 'payment' | 'account' | 'processorDispute' | 'amount' | 'reason'> & {
    connection: string
  },
): Promise<void> {
  await sql`insert into payments.dispute (practice_id, id, payment_id, account_id, connection_id, processor_dispute, amount_cents, reason, status)
    values (${practice}, ${dispute.id}, ${dispute.payment}, ${dispute.account}, ${dispute.connection}, ${dispute.processorDispute}, ${dispute.amount}, ${dispute.reason}, 'open')`.execute(
    tx,
  )
}

/**
 * Takes open disputes whose next look is due (all with `all`), with the processor's account to ask at; a look that is never done, because
 * its process died, is done by another a minute later.
 */
export async function leaseOpenDisputes(
  tx: Tx,
  practice: PracticeId,
  all: boolean,
): Promise<{ id: DisputeId; processorDispute: string; processorAccount: string }[]> {
  return rows(
    tx,
    sql<{ id: DisputeId; processorDispute: string; processorAccount: string }>`update payments.dispute d
      set check_at = clock_timestamp() + interval '1 minute'
      where practice_id = ${practice} and id in (select id from payments.dispute
        where practice_id = ${practice} and status = 'open' and (${all} or check_at <= clock_timestamp()) order by check_at limit ${all ? 100_000 : 20} for update skip locked)
      returning id, processor_dispute as "processorDispute",
        (select processor_account from payments.connection where practice_id = d.practice_id and id = d.connection_id) as "processorAccount"`,
  )
}

/** After a look that was answered: an open dispute is asked about once an hour until the bank has decided. */
export async function markLookedAt(tx: Tx, practice: PracticeId, id: DisputeId): Promise<void> {
  await sql`update payments.dispute set check_at = clock_timestamp() + interval '1 hour' * (0.75 + random() / 2)
    where practice_id = ${practice} and id = ${id}`.execute(tx)
}

export async function closeDispute(tx: Tx, practice: PracticeId, id: DisputeId, status: 'won' | 'lost'): Promise<void> {
  await sql`update payments.dispute set status = ${status}, closed_at = now() where practice_id = ${practice} and id = ${id}`.execute(
    tx,
  )
}

export async function markBooked(tx: Tx, practice: PracticeId, id: DisputeId, reopens: boolean): Promise<void> {
  await sql`update payments.dispute set reopens = ${reopens}, booked_at = now() where practice_id = ${practice} and id = ${id}`.execute(
    tx,
  )
}
