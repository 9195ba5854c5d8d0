import { type Given, givenBy, listStanding, recordAllocations, type Share } from '../billing/allocations.ts'
import type { EntryId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents } from '../kernel/money.ts'
import { getPaymentBalances, listCreditUses } from '../ledger/balances.ts'
import { debit, type LedgerAccount, type Line } from '../ledger/entries.ts'
import { findPayment, type Payment } from '../payments/payments.ts'
import { selectReservedCredit } from '../payments/reservations.ts'
import { shrinkReservation } from '../payments/reserve.ts'
import { rows, type Tx } from '../platform/database.ts'

/** Where money that leaves again is taken from, and what that changes on the bills it leaves. */
export type Unwinding = {
  readonly lines: readonly Line[]
  readonly given: readonly Given[]
  /** What left beyond all that the payment brought: nothing, but for a bank that takes back what was refunded already. */
  readonly beyond: Cents
}

/** A plan while it is made. */
type Draft = {
  readonly tx: Tx
  readonly practice: PracticeId
  readonly payment: Payment
  readonly reopens: boolean
  /** Credit that payments under way count on, by the payment it is left of: taken last. */
  readonly countedOn: ReadonlyMap<PaymentId, Cents>
  /** What the draft has taken of each place already, because several ways may lead to it. */
  readonly taken: Map<string, Cents>
  readonly lines: Line[]
  readonly given: Given[]
}

/**
 * Plans taking an amount out of where a received payment went (domain.md, "Refund asked"): while unposted, from there;
 * else from what is left of its credit; then its newest allocations reversed, as receivable where the debt is owed again
 * or adjustments where it is not. Credit that other payments used is followed to where they brought it; credit that
 * payments under way count on goes last.
 */
export async function planUnwinding(
  tx: Tx,
  practice: PracticeId,
  payment: Payment,
  cents: Cents,
  reopens: boolean,
): Promise<Unwinding> {
  const reserved = await rows(tx, selectReservedCredit(practice, payment.account))
  const countedOn = new Map(reserved.map(row => [row.payment, row.cents]))
  const draft: Draft = { tx, practice, payment, reopens, countedOn, taken: new Map(), lines: [], given: [] }
  const free = await takeFrom(draft, payment.id, cents)
  const left = free === 0n ? 0n : await takeCountedOn(draft, payment.id, free)
  return { lines: draft.lines, given: draft.given, beyond: left }
}

/** Takes what nobody counts on of one payment, and of those that used its credit; answers what is still to be taken. */
async function takeFrom(draft: Draft, source: PaymentId, cents: Cents): Promise<Cents> {
  const { tx, practice } = draft
  const { unposted, credit } = await getPaymentBalances(tx, practice, source)
  let left = take(draft, 'unposted-payments', source, cents, unposted)
  left = take(draft, 'unapplied-credit', source, left, credit - (draft.countedOn.get(source) ?? 0n))
  for (const share of await listStanding(tx, practice, source)) {
    const taken = takeOf(draft, `${source} ${share.line}`, left, share.cents)
    left -= taken
    if (taken > 0n) leaveBill(draft, source, { ...share, cents: taken })
  }
  for (const use of left > 0n ? await listCreditUses(tx, practice, source) : []) {
    const part = leastCents(left, use.cents)
    left -= part - (await takeFrom(draft, use.usedBy, part))
    if (left === 0n) break
  }
  return left
}

/** Takes credit that payments under way count on: they will use less of it. */
async function takeCountedOn(draft: Draft, source: PaymentId, cents: Cents): Promise<Cents> {
  const { credit } = await getPaymentBalances(draft.tx, draft.practice, source)
  let left = take(draft, 'unapplied-credit', source, cents, credit)
  for (const use of left > 0n ? await listCreditUses(draft.tx, draft.practice, source) : []) {
    const part = leastCents(left, use.cents)
    left -= part - (await takeCountedOn(draft, use.usedBy, part))
    if (left === 0n) break
  }
  return left
}

function take(draft: Draft, from: LedgerAccount, source: PaymentId, cents: Cents, held: Cents): Cents {
  const taken = takeOf(draft, `${source} ${from}`, cents, held)
  if (taken > 0n) draft.lines.push(debit(from, taken, { account: draft.payment.account, payment: source }))
  return cents - taken
}

/** As much of an amount as a place still holds; and notes that it is taken. */
function takeOf(draft: Draft, place: string, cents: Cents, held: Cents): Cents {
  const before = draft.taken.get(place) ?? 0n
  const taken = leastCents(cents, held - before)
  if (taken <= 0n) return 0n
  draft.taken.set(place, before + taken)
  return taken
}

function leaveBill(draft: Draft, source: PaymentId, share: Share): void {
  const { account } = draft.payment
  const { patient, cents } = share
  draft.given.push(...givenBy(source, [{ ...share, cents: -cents }]))
  if (draft.reopens) draft.lines.push(debit('receivable', cents, { account, patient }))
  else {
    draft.lines.push(debit('adjustments', cents, { account, patient, payment: source }))
    draft.given.push({ ...share, payment: null, isWrittenOff: true })
  }
}

/** Writes what an unwinding changes on bills under the entry that booked it, and frees what money that is gone had reserved. */
export async function recordReversals(
  tx: Tx,
  practice: PracticeId,
  payment: Payment,
  entry: EntryId,
  { lines, given }: Unwinding,
): Promise<void> {
  await recordAllocations(tx, practice, { account: payment.account, entry, given })
  for (const line of lines) {
    const source = line.ledgerAccount === 'unposted-payments' && line.payment
    const unposted = source ? await findPayment(tx, practice, source) : undefined
    if (unposted) await shrinkReservation(tx, practice, unposted)
  }
}
