import { sql } from 'kysely'
import { type PatientActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import type { AccountId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { readOnce, transact } from '../platform/database.ts'
import { readForAsking, takeAnswer, takeSession } from './ask.ts'
import { giveUpPayment } from './give-up.ts'
import { findPayment, type Payment } from './payments.ts'
import type { PaymentsApp } from './processor.ts'

/**
 * When the payer starts again with another order, their attempts that wait for the bank's authentication or on a hosted page are cancelled at
 * the processor first and freed after; one that turns out to have succeeded settles (domain.md).
 */
export async function cancelOpenAttempts(
  app: PaymentsApp,
  actor: PatientActor | SystemActor,
  order: { account: AccountId; payment: PaymentId },
): Promise<void> {
  const login = actor.kind === 'patient' ? actor.login : null
  const [open] = await readOnce(app.db, wholePractice(actor.practice), [
    sql<{
      id: PaymentId
    }>`select id from payments.payment where practice_id = ${actor.practice} and account_id = ${order.account} and id <> ${order.payment}
        and status = 'requires_action' and login_id is not distinct from ${login}
        and not exists (select from payments.payment where practice_id = ${actor.practice} and id = ${order.payment})`,
  ])
  for (const { id } of open) await cancelAtProcessor(app, actor.practice, id, 'started again')
}

/** Cancels one open attempt: its hosted page expired or its intent cancelled, then what it reserved is freed. Unknown answers leave it as it is. */
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
