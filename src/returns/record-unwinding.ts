import { recordAllocations } from '../billing/allocations.ts'
import type { Actor } from '../kernel/actor.ts'
import type { EntryId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import { getPaymentBalances } from '../ledger/balances.ts'
import { findPayment, type Payment } from '../payments/payments.ts'
import { shrinkCreditReservations } from '../payments/reservations.ts'
import { replaceReservation } from '../payments/reserve.ts'
import { recordPosting } from '../payments/settle.ts'
import type { App } from '../platform/app.ts'
import type { Tx } from '../platform/database.ts'
import type { About } from '../practice/about.ts'
import { recordTakenBack } from './credit-uses.ts'
import type { Unwinding } from './unwind.ts'

/**
 * Writes what an unwinding changes under the entry that booked it: on bills, in what payments reserve, in what of their credit may
 * still be followed. A payment of which nothing is left to post waits for nobody: it is posted.
 */
export async function recordUnwinding(
  app: App,
  tx: Tx,
  actor: Actor,
  { payment: { account }, about }: { payment: Payment; about: About },
  { entry, unwinding }: { entry: EntryId; unwinding: Unwinding },
): Promise<void> {
  const { practice } = actor
  const { lines, given, uses, shrunk } = unwinding
  for (const { payment: id, kept } of shrunk) await replaceReservation(tx, practice, { id, account }, kept)
  await recordAllocations(tx, practice, { account, entry, given })
  await recordTakenBack(tx, practice, { account, entry, uses })
  for (const { ledgerAccount, payment: of } of lines) {
    if (ledgerAccount !== 'unapplied-credit' || !of) continue
    const { credit: left } = await getPaymentBalances(tx, practice, of)
    await shrinkCreditReservations(tx, practice, { of, account, left })
  }
  for (const { payment: id, left } of shrunk) {
    if (left > 0n) continue
    const payment = await findPayment(tx, practice, id)
    assert(payment, 'a payment stays')
    await recordPosting(app, tx, actor, payment, about)
  }
}
