import { sql } from 'kysely'
import { type PatientActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import type { AccountId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { connectionOf, takeAttempt } from './ask.ts'
import { giveUpPayment } from './give-up.ts'
import { findPayment, type Payment } from './payments.ts'

/** The payer's own attempts that wait for the bank's authentication or on a hosted page; the query for batches. */
export function selectOpenAttempts(actor: PatientActor | SystemActor, account: AccountId) {
  const login = actor.kind === 'patient' ? actor.login : null
  return sql<{
    id: PaymentId
  }>`select id from payments.payment where practice_id = ${actor.practice} and account_id = ${account}
    and status = 'requires_action' and login_id is not distinct from ${login} order by id`
}

/**
 * Cancels one open attempt at the processor, then frees what it reserved; one that turns out to have succeeded settles. Unknown
 * answers leave it as it is.
 */
export async function cancelAtProcessor(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  by: string,
): Promise<Payment | undefined> {
  const payment = await transact(app.db, wholePractice(practice), tx => findPayment(tx, practice, id))
  if (payment?.status !== 'requires_action' || !payment.made) return payment
  const { processorAccount } = await connectionOf(app, practice, payment)
  const answer = await app.processor.cancel(processorAccount, payment.made)
  if ('value' in answer && answer.value.status === 'canceled')
    return giveUpPayment(app, practice, id, { status: 'canceled', code: 'canceled' }, by)
  return takeAttempt(app, practice, id, answer, by)
}
