import { type Given, listGiven, recordAllocations } from '../billing/allocations.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AccountId, PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { credit, findEntry, type LedgerAccount, type Line, listEntryLines, recordEntry } from '../ledger/entries.ts'
import { getOwed } from '../payments/owed.ts'
import { findPayment, type Payment, updatePayment } from '../payments/payments.ts'
import { reserveAgain } from '../payments/reserve.ts'
import type { Tx } from '../platform/database.ts'
import { type CreditUse, listTakenBack, recordTakenBack } from './credit-uses.ts'
import type { Refund } from './refunds.ts'
import { ownLeft } from './unwind.ts'

/** How money that came back finds its way: lines beside the one that brings it, what bills get, which uses of credit stand again. */
type Restored = {
  readonly lines: readonly Line[]
  readonly given: readonly Given[]
  readonly uses: readonly CreditUse[]
  readonly unposted: readonly { readonly payment: Payment; readonly cents: Cents }[]
}

/**
 * Enters back what a failed refund had asked (`back` is where the money is now): the bills it left are paid again as far as they
 * still need it, the rest is credit; what the practice bore is the payment's again.
 */
export async function reverseAsked(
  tx: Tx,
  actor: Actor,
  {
    payment,
    refund,
    back,
    occurredOn,
  }: { payment: Payment; refund: Refund; back: Line; occurredOn: Temporal.PlainDate },
): Promise<void> {
  const { practice } = actor
  const { account } = payment
  const asked = await findEntry(tx, practice, refund.outside ? 'refund-outside-booked' : 'refund-asked', refund.id)
  assert(asked, 'a refund that failed was asked')
  const own = await ownLeft(tx, practice, payment)
  const restored =
    own < refund.amount ? restoredAsCredit(payment, refund, own) : await readRestored(tx, practice, refund, asked.id)
  const { lines, given, uses, unposted } = restored
  const entry = await recordEntry(tx, actor, {
    kind: 'refund-failed',
    source: refund.id,
    corrects: asked.id,
    currency: payment.currency,
    occurredOn,
    lines: [back, ...lines],
  })
  await recordAllocations(tx, practice, { account, entry, given })
  await recordTakenBack(tx, practice, { account, entry, uses })
  for (const each of unposted) await reserveAgain(tx, practice, each.payment, each.cents)
}

/** The bank took it back too, meanwhile, and the practice bears that: this is what it bore, and only the rest is the payment's. */
function restoredAsCredit({ account, id: payment }: Payment, { amount }: Refund, own: Cents): Restored {
  const lines = [
    credit('adjustments', amount - own, { account, payment }),
    credit('unapplied-credit', own, { account, payment }),
  ]
  return { lines, given: [], uses: [], unposted: [] }
}

/** Where money that left was held meanwhile: its line is told by who knows where it is now. */
const HELD: readonly LedgerAccount[] = ['refunds-payable', 'disputed']

async function readRestored(
  tx: Tx,
  practice: PracticeId,
  { account, reopens }: Refund,
  asked: Parameters<typeof listGiven>[2],
): Promise<Restored> {
  const left = await listGiven(tx, practice, asked)
  const given = reopens ? await listPaidAgain(tx, practice, account, left) : left.map(negated)
  const taken = (await listEntryLines(tx, practice, asked)).filter(line => !HELD.includes(line.ledgerAccount))
  const { lines, unposted } = await listRestored(tx, practice, taken)
  return {
    lines: [...lines, ...(reopens ? linesOf(account, left, given) : [])],
    given,
    uses: (await listTakenBack(tx, practice, asked)).map(negated),
    unposted,
  }
}

function negated<T extends { readonly cents: Cents }>(each: T): T {
  return { ...each, cents: -each.cents }
}

/** What the bills that were owed again can still take. */
async function listPaidAgain(
  tx: Tx,
  practice: PracticeId,
  account: AccountId,
  left: readonly Given[],
): Promise<Given[]> {
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

/** Bills are paid again by the payments that they were taken from; what they do not need is those payments' credit. */
function linesOf(account: AccountId, left: readonly Given[], given: readonly Given[]): Line[] {
  const all = [...left.map(negated), ...given.map(negated)]
  const rests = [...Map.groupBy(all, each => each.payment)].map(([payment, shares]) => {
    assert(payment, 'what is owed again was taken from a payment')
    return credit('unapplied-credit', sumCents(shares.map(share => share.cents)), { account, payment })
  })
  return [...given.map(share => credit('receivable', share.cents, { account, patient: share.patient })), ...rests]
}

/**
 * What goes back where it was taken, bills apart. A payment that was posted meanwhile gets it as credit, because nobody posts it
 * again; one that was only closed because nothing was left waits to be posted, as before.
 */
async function listRestored(tx: Tx, practice: PracticeId, taken: readonly Line[]) {
  const lines: Line[] = []
  const unposted: { payment: Payment; cents: Cents }[] = []
  for (const line of taken.filter(each => each.ledgerAccount !== 'receivable' || each.cents < 0n)) {
    const source = line.payment && line.ledgerAccount === 'unposted-payments' ? line.payment : undefined
    const payment = source ? await findPayment(tx, practice, source) : undefined
    const isPosted = payment && (await findEntry(tx, practice, 'posting', payment.id)) !== undefined
    if (payment?.postedAt && !isPosted) await updatePayment(tx, practice, payment.id, { postedAt: null })
    if (payment && !isPosted) unposted.push({ payment, cents: line.cents })
    lines.push({ ...negated(line), ...(isPosted ? { ledgerAccount: 'unapplied-credit' } : {}) })
  }
  return { lines, unposted }
}
