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

/** A payment's disputes, oldest first; the query for batches. */
export function selectDisputes(practice: PracticeId, payment: PaymentId) {
  return sql<Dispute>`select ${columns} from payments.dispute where practice_id = ${practice} and payment_id = ${payment} order by opened_at, id`
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
 * Takes open disputes whose next look is due (all with `all`), with the processor's account to ask at, for a minute: what is not answered
 * then, or whose worker was killed, is asked about again.
 */
export async function leaseOpenDisputes(
  tx: Tx,
  practice: PracticeId,
  all: boolean,
): Promise<{ processorDispute: string; processorAccount: string }[]> {
  return rows(
    tx,
    sql<{ processorDispute: string; processorAccount: string }>`update payments.dispute d
      set check_at = clock_timestamp() + interval '1 minute'
      where practice_id = ${practice} and id in (select id from payments.dispute
        where practice_id = ${practice} and status = 'open' and (${all} or check_at <= clock_timestamp()) order by check_at limit ${all ? 100_000 : 20} for update skip locked)
      returning processor_dispute as "processorDispute",
        (select processor_account from payments.connection where practice_id = d.practice_id and id = d.connection_id) as "processorAccount"`,
  )
}

/** Notes that an open dispute was asked about: again in an hour, until the bank has decided. */
export async function markAsked(tx: Tx, practice: PracticeId, processorDispute: string): Promise<void> {
  await sql`update payments.dispute set check_at = clock_timestamp() + interval '1 hour' * (0.75 + random() / 2)
    where practice_id = ${practice} and processor_dispute = ${processorDispute} and status = 'open'`.execute(tx)
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
