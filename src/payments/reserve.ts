import { planAllocation, type Share } from '../billing/allocations.ts'
import { listPatientsOf } from '../identity/logins.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents } from '../kernel/money.ts'
import { getPaymentBalances } from '../ledger/balances.ts'
import { rows, type Tx } from '../platform/database.ts'
import { getOwed } from './owed.ts'
import type { Payment } from './payments.ts'
import { insertReservations, releaseReservations, selectReservedShares } from './reservations.ts'

/**
 * Reserves again for a payment whose reservation was freed, of what is still open and nobody else pays: the payer's bills first,
 * and none of a patient whose bills the payer cannot see.
 */
export async function reserveAgain(tx: Tx, practice: PracticeId, payment: Payment, cents: Cents): Promise<void> {
  const { account, login } = payment
  const owed = await getOwed(
    tx,
    practice,
    account,
    login ? { patients: await listPatientsOf(tx, practice, login, account) } : {},
  )
  const held = await rows(tx, selectReservedShares(practice, payment.id))
  await replace(tx, practice, payment, [...held, ...planAllocation(owed.lines, cents, payment.bills).shares])
}

/** After money left a payment that is not posted yet: it reserves no more than is left of it, the last lines freed first. */
export async function shrinkReservation(tx: Tx, practice: PracticeId, payment: Payment): Promise<void> {
  let { unposted: left } = await getPaymentBalances(tx, practice, payment.id)
  const kept: Share[] = []
  for (const share of await rows(tx, selectReservedShares(practice, payment.id))) {
    const cents = leastCents(left, share.cents)
    if (cents > 0n) kept.push({ ...share, cents })
    left -= cents
  }
  await replace(tx, practice, payment, kept)
}

async function replace(
  tx: Tx,
  practice: PracticeId,
  { id, account }: Payment,
  shares: readonly Share[],
): Promise<void> {
  const byLine = new Map<string, Share>()
  for (const share of shares)
    byLine.set(share.line, { ...share, cents: share.cents + (byLine.get(share.line)?.cents ?? 0n) })
  await releaseReservations(tx, practice, id)
  await insertReservations(tx, practice, { id, account, shares: [...byLine.values()] })
}
