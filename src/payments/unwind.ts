import { listStanding, recordAllocations, type Share } from '../billing/allocations.ts'
import type { EntryId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { getPaymentBalances, listCreditUses } from '../ledger/balances.ts'
import { debit, type Line } from '../ledger/entries.ts'
import type { Tx } from '../platform/database.ts'
import type { Payment } from './payments.ts'

/** Where money that leaves again is taken from, and which bills it leaves. */
export type Unwinding = {
  readonly lines: readonly Line[]
  readonly reversed: readonly { readonly payment: PaymentId; readonly share: Share }[]
}

/**
 * Plans taking an amount out of where a received payment went (domain.md, "Refund asked"): while unposted, from there;
 * else from what is left of its credit; then its newest allocations reversed, as receivable where the debt is owed again
 * or adjustments where it is not. Credit that other payments used is followed to where they brought it.
 */
export async function planUnwinding(
  tx: Tx,
  practice: PracticeId,
  payment: Payment,
  cents: Cents,
  reopens: boolean,
): Promise<Unwinding> {
  const lines: Line[] = []
  const reversed: Unwinding['reversed'][number][] = []
  const left = await takeFrom(tx, practice, payment, payment.id, cents, reopens, { lines, reversed })
  assert(left === 0n, 'no more leaves a payment than it brought')
  return { lines, reversed }
}

async function takeFrom(
  tx: Tx,
  practice: PracticeId,
  payment: Payment,
  source: PaymentId,
  cents: Cents,
  reopens: boolean,
  plan: { lines: Line[]; reversed: { payment: PaymentId; share: Share }[] },
): Promise<Cents> {
  const { account } = payment
  const balances = await getPaymentBalances(tx, practice, source)
  let left = cents
  for (const [ledgerAccount, held] of [
    ['unposted-payments', balances.unposted],
    ['unapplied-credit', balances.credit],
  ] as const) {
    const taken = leastCents(left, held > 0n ? held : 0n)
    if (taken > 0n) plan.lines.push(debit(ledgerAccount, taken, { account, payment: source }))
    left -= taken
  }
  for (const share of await listStanding(tx, practice, source)) {
    const taken = leastCents(left, share.cents)
    if (taken <= 0n) break
    left -= taken
    plan.lines.push(
      reopens
        ? debit('receivable', taken, { account, patient: share.patient })
        : debit('adjustments', taken, { account, patient: share.patient, payment: source }),
    )
    if (reopens) plan.reversed.push({ payment: source, share: { ...share, cents: -taken } })
  }
  for (const use of left > 0n ? await listCreditUses(tx, practice, source) : []) {
    const part = leastCents(left, use.cents)
    left -= part - (await takeFrom(tx, practice, payment, use.usedBy, part, reopens, plan))
    if (left === 0n) break
  }
  return left
}

/** Writes the reversed allocations of an unwinding under the entry that booked it. */
export async function recordReversals(
  tx: Tx,
  practice: PracticeId,
  payment: Payment,
  entry: EntryId,
  { reversed }: Unwinding,
): Promise<void> {
  const byPayment = Map.groupBy(reversed, each => each.payment)
  for (const [of, shares] of byPayment)
    await recordAllocations(tx, practice, {
      account: payment.account,
      entry,
      payment: of,
      shares: shares.map(each => each.share),
    })
}
