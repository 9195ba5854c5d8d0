import { planAllocation, type Share } from '../billing/allocations.ts'
import { listPatientsOf } from '../identity/logins.ts'
import type { PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents } from '../kernel/money.ts'
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
  await replaceReservation(tx, practice, payment, [...held, ...planAllocation(owed.lines, cents, payment.bills).shares])
}

/** Of what a payment that waits to be posted reserves, what it keeps with so much left of it, and what is freed: the last lines first. */
export async function planShrinking(
  tx: Tx,
  practice: PracticeId,
  payment: PaymentId,
  left: Cents,
): Promise<{ kept: Share[]; freed: Share[] }> {
  const kept: Share[] = []
  const freed: Share[] = []
  let rest = left
  for (const share of await rows(tx, selectReservedShares(practice, payment))) {
    const cents = leastCents(rest, share.cents)
    if (cents > 0n) kept.push({ ...share, cents })
    if (cents < share.cents) freed.push({ ...share, cents: share.cents - cents })
    rest -= cents
  }
  return { kept, freed }
}

/** Puts what a payment reserves in the place of what it reserved; shares of one line are added. */
export async function replaceReservation(
  tx: Tx,
  practice: PracticeId,
  { id, account }: Pick<Payment, 'id' | 'account'>,
  shares: readonly Share[],
): Promise<void> {
  const byLine = new Map<string, Share>()
  for (const share of shares)
    byLine.set(share.line, { ...share, cents: share.cents + (byLine.get(share.line)?.cents ?? 0n) })
  await releaseReservations(tx, practice, id)
  await insertReservations(tx, practice, { id, account, shares: [...byLine.values()] })
}
