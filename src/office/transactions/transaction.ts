import { type PastEvent, selectEventsOf } from '../../audit/events.ts'
import { type PaymentStory, readPaymentStory } from '../../documents/payment-story.ts'
import { selectLoginNames } from '../../identity/logins.ts'
import type { Patient } from '../../identity/patients.ts'
import { selectStaffNames } from '../../identity/staff.ts'
import { scopeOf } from '../../kernel/actor.ts'
import type { PracticeId } from '../../kernel/ids.ts'
import type { Cents } from '../../kernel/money.ts'
import { assert } from '../../kernel/refusal.ts'
import { listPaymentStory, type StoryLine } from '../../ledger/balances.ts'
import { findPayment, type Payment } from '../../payments/payments.ts'
import { batch, rows, type Tx, transact } from '../../platform/database.ts'
import { refundable } from '../../returns/refundable.ts'
import { recordLook } from '../../web/look.ts'
import type { StaffPost } from '../../web/route.ts'

/** A payment's story with all that the practice alone knows of it. */
export type Transaction = PaymentStory & {
  /** Who is responsible for the household, first of its people. */
  readonly guarantor: Patient | undefined
  /** The most that can still be sent back. */
  readonly refundable: Cents
  readonly lines: readonly StoryLine[]
  readonly events: readonly PastEvent[]
  /** What those who acted are called, by `staff stf_…` and `patient usr_…`. */
  readonly names: ReadonlyMap<string, string>
}

/** Reads a payment with its whole story. */
export async function readTransaction(tx: Tx, practice: PracticeId, payment: Payment): Promise<Transaction> {
  const story = await readPaymentStory(tx, practice, payment)
  const subjects = [payment, ...story.refunds, ...story.disputes].map(each => each.id)
  const events = await rows(tx, selectEventsOf(practice, subjects))
  return {
    ...story,
    guarantor: story.household[0],
    refundable: await refundable(tx, practice, payment),
    lines: await listPaymentStory(tx, practice, payment.id),
    events,
    names: await readNames(tx, practice, events),
  }
}

/** Reads it again for a form that comes back, with its own row in the audit: the act's transaction is over. */
export async function readTransactionAgain({
  app,
  practice,
  actor,
  records,
  request,
}: StaffPost<Path>): Promise<Transaction> {
  return transact(app.db, scopeOf(actor), async tx => {
    await recordLook(tx, actor, { what: 'transaction.see', request, records })
    const payment = await findPayment(tx, practice.id, records.payment.id)
    assert(payment, 'a payment stays')
    return readTransaction(tx, practice.id, payment)
  })
}

type Path = '/:practice/office/transactions/:payment'

async function readNames(
  tx: Tx,
  practice: PracticeId,
  events: readonly PastEvent[],
): Promise<ReadonlyMap<string, string>> {
  const idsOf = (kind: string) =>
    events.filter(event => event.actor.startsWith(`${kind} `)).map(event => event.actor.slice(kind.length + 1))
  const [staff, logins] = await batch(tx, [
    selectStaffNames(practice, idsOf('staff')),
    selectLoginNames(idsOf('patient')),
  ])
  return new Map([
    ...staff.map(({ id, name }): [string, string] => [`staff ${id}`, name]),
    ...logins.map(({ id, name }): [string, string] => [`patient ${id}`, name]),
  ])
}
