import { type Given, givenBy, listStanding, type Share } from '../billing/allocations.ts'
import type { PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import { getPaymentBalances } from '../ledger/balances.ts'
import { credit, debit, type LedgerAccount, type Line } from '../ledger/entries.ts'
import { type Payment, tendered } from '../payments/payments.ts'
import { selectReservedCredit } from '../payments/reservations.ts'
import { planShrinking } from '../payments/reserve.ts'
import { batch, rows, type Tx } from '../platform/database.ts'
import { type CreditUse, listCreditUses } from './credit-uses.ts'
import { selectDisputes } from './disputes.ts'
import { isToDecide, selectRefunds } from './refunds.ts'

/** What is left of a payment that waits to be posted, what it still reserves, and what it does no longer. */
export type Shrunk = {
  readonly payment: PaymentId
  readonly left: Cents
  readonly kept: readonly Share[]
  readonly freed: readonly Share[]
}

/** Where money that leaves again is taken from, and what that changes on the bills it leaves. */
export type Unwinding = {
  readonly lines: readonly Line[]
  readonly given: readonly Given[]
  /** What it takes back of credit that other payments used: never the same twice. */
  readonly uses: readonly CreditUse[]
  readonly shrunk: readonly Shrunk[]
  /** What left beyond all that is left of the payment: the bank took back what was refunded already, and the practice bears it. */
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
  readonly uses: Map<string, CreditUse>
  readonly unposted: Map<PaymentId, Cents>
  readonly lines: Line[]
  readonly given: Given[]
}

/**
 * Plans taking an amount out of where a received payment went (domain.md, "Refund asked"): while unposted, from there;
 * else from what is left of its credit; then its newest allocations reversed, as receivable where the debt is owed again
 * or adjustments where it is not. Credit that other payments used is followed to where they brought it; credit that
 * payments under way count on goes last. No more is taken than is left of the payment's own money.
 */
export async function planUnwinding(
  tx: Tx,
  practice: PracticeId,
  payment: Payment,
  { amount, reopens }: { amount: Cents; reopens: boolean },
): Promise<Unwinding> {
  const reserved = await rows(tx, selectReservedCredit(practice, payment.account))
  const countedOn = new Map(reserved.map(row => [row.payment, row.cents]))
  const places = { taken: new Map(), uses: new Map(), unposted: new Map(), lines: [], given: [] }
  const draft: Draft = { tx, practice, payment, reopens, countedOn, ...places }
  const own = leastCents(amount, await ownLeft(tx, practice, payment))
  const free = await takeFrom(draft, payment.id, own, takeFree)
  const left = await takeFrom(draft, payment.id, free, takeCountedOn)
  const shrunk = await shrink(draft)
  return {
    lines: draft.lines,
    given: draft.given,
    uses: [...draft.uses.values()],
    shrunk,
    beyond: amount - own + left,
  }
}

/** What is left of what a payment's card was charged or the desk received: refunds and booked disputes deducted, not what waits for staff. */
export async function ownLeft(tx: Tx, practice: PracticeId, payment: Payment): Promise<Cents> {
  const [refunds, disputes] = await batch(tx, [
    selectRefunds(practice, payment.id),
    selectDisputes(practice, payment.id),
  ])
  const gone = [
    ...refunds.filter(each => each.status !== 'failed' && !isToDecide(each)),
    ...disputes.filter(each => each.bookedAt),
  ]
  const left = tendered(payment) - sumCents(gone.map(each => each.amount))
  return left > 0n ? left : 0n
}

type Take = (draft: Draft, source: PaymentId, cents: Cents) => Promise<Cents>

/** Takes of one payment, then of those that used its credit, as much as they used of it; answers what is still to be taken. */
async function takeFrom(draft: Draft, source: PaymentId, cents: Cents, take: Take): Promise<Cents> {
  if (cents === 0n) return 0n
  let left = await take(draft, source, cents)
  for (const use of left > 0n ? await listCreditUses(draft.tx, draft.practice, source) : []) {
    const key = `${use.of} ${use.usedBy}`
    const before = draft.uses.get(key)?.cents ?? 0n
    const part = leastCents(left, use.cents - before)
    if (part <= 0n) continue
    const taken = part - (await takeFrom(draft, use.usedBy, part, take))
    if (taken > 0n) draft.uses.set(key, { ...use, cents: before + taken })
    left -= taken
  }
  return left
}

/** Takes what nobody counts on. */
async function takeFree(draft: Draft, source: PaymentId, cents: Cents): Promise<Cents> {
  const { tx, practice } = draft
  const balances = await getPaymentBalances(tx, practice, source)
  const unposted = takeHeld(draft, 'unposted-payments', source, cents, balances.unposted)
  if (unposted > 0n)
    draft.unposted.set(source, balances.unposted - (draft.taken.get(`${source} unposted-payments`) ?? 0n))
  let left = cents - unposted
  left -= takeHeld(draft, 'unapplied-credit', source, left, balances.credit - (draft.countedOn.get(source) ?? 0n))
  for (const share of await listStanding(tx, practice, source)) {
    const taken = takeOf(draft, `${source} ${share.line}`, left, share.cents)
    left -= taken
    if (taken > 0n) leaveBill(draft, source, { ...share, cents: taken })
  }
  return left
}

/** Takes credit that payments under way count on: they will use less of it. */
async function takeCountedOn(draft: Draft, source: PaymentId, cents: Cents): Promise<Cents> {
  const balances = await getPaymentBalances(draft.tx, draft.practice, source)
  return cents - takeHeld(draft, 'unapplied-credit', source, cents, balances.credit)
}

/** Takes what a ledger account holds of a payment; answers how much that was. */
function takeHeld(draft: Draft, from: LedgerAccount, source: PaymentId, cents: Cents, held: Cents): Cents {
  const taken = takeOf(draft, `${source} ${from}`, cents, held)
  if (taken > 0n) draft.lines.push(debit(from, taken, { account: draft.payment.account, payment: source }))
  return taken
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
  else bear(draft, source, share)
}

/** The practice gives to a bill what a payment gave to it, or would have given: the bill never knows the difference. */
function bear(draft: Draft, source: PaymentId, share: Share): void {
  const { account } = draft.payment
  const { patient, cents } = share
  draft.lines.push(debit('adjustments', cents, { account, patient, payment: source }))
  draft.given.push({ ...share, payment: null, isWrittenOff: true })
}

/** Payments that wait to be posted reserve no more than is left of them; what they free the practice bears where nothing is owed again. */
async function shrink(draft: Draft): Promise<Shrunk[]> {
  const { account } = draft.payment
  const shrunk: Shrunk[] = []
  for (const [payment, left] of draft.unposted) {
    const { kept, freed } = await planShrinking(draft.tx, draft.practice, payment, left)
    shrunk.push({ payment, left, kept, freed })
    if (draft.reopens) continue
    for (const share of freed) {
      bear(draft, payment, share)
      draft.lines.push(credit('receivable', share.cents, { account, patient: share.patient }))
    }
  }
  return shrunk
}
