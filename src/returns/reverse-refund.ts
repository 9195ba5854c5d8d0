import { type Given, listGiven, recordAllocations } from '../billing/allocations.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AccountId, PracticeId, RefundId } from '../kernel/ids.ts'
import { leastCents, sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { credit, findEntry, type Line, listEntryLines, recordEntry } from '../ledger/entries.ts'
import { getOwed } from '../payments/owed.ts'
import { findPayment, type Payment } from '../payments/payments.ts'
import { reserveAgain } from '../payments/reserve.ts'
import type { Tx } from '../platform/database.ts'

/** Enters back what a failed refund had asked: the bills it left are paid again as far as they still need it, the rest is credit. */
export async function reverseAsked(
  tx: Tx,
  actor: Actor,
  {
    payment,
    refund,
    back,
    occurredOn,
  }: { payment: Payment; refund: RefundId; back: Line; occurredOn: Temporal.PlainDate },
): Promise<void> {
  const { practice } = actor
  const { account } = payment
  const asked = await findEntry(tx, practice, 'refund-asked', refund)
  assert(asked, 'a refund that failed was asked')
  const taken = (await listEntryLines(tx, practice, asked.id)).filter(line => line.cents > 0n)
  const left = await listGiven(tx, practice, asked.id)
  const shares = await listPaidAgain(tx, practice, account, left)
  const reopened = sumCents(taken.filter(line => line.ledgerAccount === 'receivable').map(line => line.cents))
  const { lines, unposted } = await listRestored(tx, practice, taken)
  const entry = await recordEntry(tx, actor, {
    kind: 'refund-failed',
    source: refund,
    corrects: asked.id,
    currency: payment.currency,
    occurredOn,
    lines: [
      back,
      ...lines,
      ...shares.map(share => credit('receivable', share.cents, { account, patient: share.patient })),
      credit('unapplied-credit', reopened - sumCents(shares.map(share => share.cents)), {
        account,
        payment: payment.id,
      }),
    ],
  })
  // What the practice bore itself is the payment's again; the bill never knew the difference.
  const borne = left.some(each => each.isWrittenOff) ? left.map(each => ({ ...each, cents: -each.cents })) : []
  await recordAllocations(tx, practice, { account, entry, given: [...shares, ...borne] })
  for (const each of unposted) await reserveAgain(tx, practice, each.payment, each.cents)
}

/** What the bills that were owed again can still take; none where the practice bore what was left. */
async function listPaidAgain(
  tx: Tx,
  practice: PracticeId,
  account: AccountId,
  left: readonly Given[],
): Promise<Given[]> {
  if (left.some(each => each.isWrittenOff)) return []
  const open = new Map((await getOwed(tx, practice, account)).lines.map(line => [line.line, line.open]))
  const shares: Given[] = []
  for (const share of left) {
    const needed = open.get(share.line) ?? 0n
    const cents = leastCents(-share.cents, needed)
    if (cents > 0n) shares.push({ ...share, cents })
    open.set(share.line, needed - cents)
  }
  return shares
}

/** What goes back where it was taken; to credit where its payment was posted meanwhile, because nobody posts it again. */
async function listRestored(tx: Tx, practice: PracticeId, taken: readonly Line[]) {
  const lines: Line[] = []
  const unposted: { payment: Payment; cents: bigint }[] = []
  for (const line of taken.filter(each => each.ledgerAccount !== 'receivable')) {
    const back = { ...line, cents: -line.cents }
    const source = line.payment && line.ledgerAccount === 'unposted-payments' ? line.payment : undefined
    const payment = source ? await findPayment(tx, practice, source) : undefined
    if (payment && !payment.postedAt) unposted.push({ payment, cents: line.cents })
    lines.push(payment?.postedAt ? { ...back, ledgerAccount: 'unapplied-credit' } : back)
  }
  return { lines, unposted }
}
