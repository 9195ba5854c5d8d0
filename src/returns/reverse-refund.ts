import { type Given, listGiven, listWrittenOff, recordAllocations } from '../billing/allocations.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AccountId, PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import {
  credit,
  debit,
  findEntry,
  type LedgerAccount,
  type Line,
  listEntryLines,
  recordEntry,
} from '../ledger/entries.ts'
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
  refund: Refund,
  asked: Parameters<typeof listGiven>[2],
): Promise<Restored> {
  const { account, reopens } = refund
  const left = await listGiven(tx, practice, asked)
  const taken = (await listEntryLines(tx, practice, asked)).filter(line => !HELD.includes(line.ledgerAccount))
  const { lines, unposted } = await listRestored(tx, practice, taken)
  const bills = reopens ? await readPaidAgain(tx, practice, account, left) : await readBorne(tx, practice, refund, left)
  return {
    lines: [...lines, ...bills.lines],
    given: bills.given,
    uses: (await listTakenBack(tx, practice, asked)).map(negated),
    unposted,
  }
}

function negated<T extends { readonly cents: Cents }>(each: T): T {
  return { ...each, cents: -each.cents }
}

type OnBills = Pick<Restored, 'lines' | 'given'>

/** Bills that were owed again are paid as far as they still need it, by the payments that they were taken from; the rest is their credit. */
async function readPaidAgain(
  tx: Tx,
  practice: PracticeId,
  account: AccountId,
  left: readonly Given[],
): Promise<OnBills> {
  const open = new Map((await getOwed(tx, practice, account)).lines.map(line => [line.line, line.open]))
  const given: Given[] = []
  for (const share of left) {
    const needed = open.get(share.line) ?? 0n
    const cents = leastCents(-share.cents, needed)
    if (cents > 0n) given.push({ ...share, cents })
    open.set(share.line, needed - cents)
  }
  const paid = given.map(({ cents, patient }) => credit('receivable', cents, { account, patient }))
  const rests = Map.groupBy([...left, ...given].map(negated), each => each.payment)
  const credits = [...rests].map(([payment, shares]) => {
    assert(payment, 'what is owed again was taken from a payment')
    return credit('unapplied-credit', sumCents(shares.map(share => share.cents)), { account, payment })
  })
  return { lines: [...paid, ...credits], given }
}

/**
 * What the practice bore is the payment's again, as far as it still bears it. Of a bill that was withdrawn meanwhile it bears nothing any
 * more, and needs no payment: what had been taken from it is credit. A share that no payment had given before it was borne is open again.
 */
async function readBorne(
  tx: Tx,
  practice: PracticeId,
  { account, payment }: Refund,
  left: readonly Given[],
): Promise<OnBills> {
  const standing = await listWrittenOff(
    tx,
    practice,
    left.map(share => share.invoice),
  )
  const lines: Line[] = []
  const given: Given[] = []
  let taken: Given | undefined
  for (const share of left) {
    if (!share.isWrittenOff) taken = share
    else {
      const { patient } = share
      const still = leastCents(share.cents, standing.get(share.line) ?? 0n)
      standing.set(share.line, (standing.get(share.line) ?? 0n) - still)
      const of = { account, payment: taken?.payment ?? payment }
      lines.push(credit('adjustments', still, { ...of, patient }))
      if (still > 0n) given.push({ ...share, cents: -still }, ...(taken ? [{ ...taken, cents: still }] : []))
      lines.push(
        taken ? credit('unapplied-credit', share.cents - still, of) : debit('receivable', still, { account, patient }),
      )
      taken = undefined
    }
  }
  return { lines, given }
}

/** Whether a line of what was taken tells of no bill: neither what is owed of one nor what is borne of it. */
function isNoBill({ ledgerAccount, patient }: Line): boolean {
  return ledgerAccount !== 'receivable' && !(ledgerAccount === 'adjustments' && patient)
}

/**
 * What goes back where it was taken, bills apart. A payment that was posted meanwhile gets it as credit, because nobody posts it
 * again; one that was only closed because nothing was left waits to be posted, as before.
 */
async function listRestored(tx: Tx, practice: PracticeId, taken: readonly Line[]) {
  const lines: Line[] = []
  const unposted: { payment: Payment; cents: Cents }[] = []
  for (const line of taken.filter(isNoBill)) {
    const source = line.payment && line.ledgerAccount === 'unposted-payments' ? line.payment : undefined
    const payment = source ? await findPayment(tx, practice, source) : undefined
    const isPosted = payment && (await findEntry(tx, practice, 'posting', payment.id)) !== undefined
    if (payment?.postedAt && !isPosted) await updatePayment(tx, practice, payment.id, { postedAt: null })
    if (payment && !isPosted) unposted.push({ payment, cents: line.cents })
    lines.push({ ...negated(line), ...(isPosted ? { ledgerAccount: 'unapplied-credit' } : {}) })
  }
  return { lines, unposted }
}
