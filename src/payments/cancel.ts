import { sql } from 'kysely'
import { type PatientActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import type { AccountId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { readForAsking, takeAnswer, takeSession } from './ask.ts'
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
 * Cancels one open attempt: its hosted page expired or its intent cancelled, then what it reserved is freed; one that turns out
 * to have succeeded settles. Unknown answers leave it as it is.
 */
export async function cancelAtProcessor(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  by: string,
): Promise<Payment | undefined> {
  const payment = await transact(app.db, wholePractice(practice), tx => findPayment(tx, practice, id))
  if (payment?.status !== 'requires_action') return payment
  const { connection } = await readForAsking(app, practice, payment)
  if (payment.session)
    return takeSession(
      app,
      practice,
      id,
      await app.processor.expireSession(connection.processorAccount, payment.session),
      by,
    )
  if (!payment.intent) return payment
  const answer = await app.processor.cancelIntent(connection.processorAccount, payment.intent)
  if ('value' in answer && answer.value.status === 'canceled')
    return giveUpPayment(app, practice, id, { status: 'canceled', code: 'canceled' }, by)
  return takeAnswer(app, practice, id, answer, by)
}
