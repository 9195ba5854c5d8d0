import type { PaymentId } from '../../src/kernel/ids.ts'
import { leastCents, sumCents } from '../../src/kernel/money.ts'
import { creditIn, owedIn, ownOf, paymentIn, received, type Seen } from './seen.ts'

/*
 * What must be true of a household's money, whatever was done to it. Nothing here knows where money is taken from or in which
 * order: a law compares sums that different tables keep, or what was before an act with what is after it.
 */

type Law = { readonly told: string; readonly broken: (seen: Seen) => unknown }

/** Sums that agree, as what they would be; undefined where they do. */
const differ = (ours: bigint, theirs: bigint) => (ours === theirs ? undefined : `${ours}, not ${theirs}`)

const LAWS: readonly Law[] = [
  {
    told: 'nothing that is owed, reserved or given is below zero',
    broken: ({ least, payments }) => {
      const parts = payments.flatMap(each => [each.unposted, each.credit, each.payable, each.disputed, each.refundable])
      const worst = [least, ...parts].filter(cents => cents < 0n)
      return worst.length > 0 ? worst.join() : undefined
    },
  },
  {
    told: 'no bill is owed beyond its total',
    broken: ({ bills }) => bills.find(bill => bill.open > bill.total || bill.open < 0n || bill.reserved > bill.open),
  },
  {
    told: 'the ledger says of each patient what their bills say',
    broken: ({ receivables }) => receivables.find(each => each.kept !== each.open),
  },
  {
    told: 'what patients gave, less what went back, plus what the practice bears, is settled, credit or unposted',
    broken: seen => {
      const gave = sumCents(received(seen).map(each => each.tendered))
      const gone = sumCents(received(seen).map(each => each.gone))
      return differ(gave - gone + seen.borne, settledIn(seen) + creditIn(seen) + unpostedIn(seen))
    },
  },
  {
    told: 'what is left of the payments is what bills have of them, credit or unposted',
    broken: seen => {
      const borne = sumCents(seen.bills.map(bill => bill.writtenOff))
      return differ(sumCents(received(seen).map(ownOf)), settledIn(seen) - borne + creditIn(seen) + unpostedIn(seen))
    },
  },
  {
    told: 'what is held of a payment is what came, less what went back, is asked back or disputed',
    broken: seen => received(seen).find(each => each.held !== each.tendered - each.gone + each.payable - each.disputed),
  },
  {
    told: 'credit that an attempt counts on is there',
    broken: ({ payments }) => payments.find(each => each.creditReserved > each.credit),
  },
  {
    told: 'no more is offered to be refunded than is held',
    broken: ({ payments }) => payments.find(each => each.refundable > 0n && each.refundable > each.held),
  },
  { told: 'no payment rests without a way on for somebody', broken: restsIn },
]

const settledIn = ({ bills }: Seen) => sumCents(bills.map(bill => bill.total - bill.open - bill.elsewhere))
const unpostedIn = ({ payments }: Seen) => sumCents(payments.map(each => each.unposted))

/** A payment, or money on its way back, that neither staff nor the machine can bring to an end. */
function restsIn({ payments, returns }: Seen): unknown {
  const ended = ['failed', 'canceled']
  const unwatched = returns.find(each => (each.state === 'asked' || each.state === 'open') && !each.isWatched)
  const resting = payments.find(each => {
    if (ended.includes(each.status)) return each.unposted !== 0n || each.held !== 0n
    if (each.status !== 'succeeded') return !each.isWatched
    const undecided = returns.some(of => of.payment === each.id && (of.state === 'open' || of.state === 'to decide'))
    const isAsked = returns.some(of => of.payment === each.id && of.state === 'asked')
    return (
      (!each.isPosted && each.unposted === 0n) ||
      (each.disputed !== 0n && !undecided) ||
      (each.payable !== 0n && !isAsked)
    )
  })
  return unwatched ?? resting
}

/** Every law that holds at every instant. */
export function checkLaws(seen: Seen): void {
  for (const { told, broken } of LAWS) fail(told, broken(seen))
}

function fail(told: string, found: unknown): void {
  if (found !== undefined) throw new Error(`It does not hold that ${told}: ${inWords(found)}`)
}

export const inWords = (found: unknown) =>
  typeof found === 'string'
    ? found
    : JSON.stringify(found, (_, value) => (typeof value === 'bigint' ? `${value}` : value))

export type Return = { readonly payment: PaymentId; readonly amount: bigint; readonly reopens: boolean }

/** Money of a payment went back for good, or is asked back. */
export function checkReturn(before: Seen, after: Seen, { payment, amount, reopens }: Return): void {
  const own = ownOf(paymentIn(before, payment))
  const borne = after.borne - before.borne
  const beyond = amount > own ? amount - own : 0n
  if (reopens) fail('the practice bears only what was not the payment’s any more', differ(borne, beyond))
  else {
    sameOwed('what is written off is not owed', before, after)
    if (borne < beyond || borne > amount) fail('what is borne is within what went back', `${borne} of ${amount}`)
  }
  if (reopens) {
    const owed = owedIn(after) - owedIn(before)
    if (owed < 0n || owed > amount) fail('no more is owed again than went back', `${owed} of ${amount}`)
  }
  sameOffers(before, after, payment)
}

/** A refund came to nothing: all is worth what it was worth. */
export function checkFailedRefund(before: Seen, after: Seen, { payment, reopens }: Omit<Return, 'amount'>): void {
  fail('a failed refund leaves what the practice bears', reopens ? differ(after.borne, before.borne) : undefined)
  const worth = (seen: Seen) => owedIn(seen) - creditIn(seen)
  if (!reopens) sameOwed('what was written off is still not owed', before, after)
  else if (worth(after) > worth(before)) fail('a failed refund makes nobody poorer', `${worth(after)}`)
  sameOffers(before, after, payment)
}

/** Money moved between the processor and its bank: nobody owes more or less, and nothing is borne yet. */
export function checkUntouched(before: Seen, after: Seen, payment: PaymentId): void {
  sameOwed('nothing is owed again before staff choose', before, after)
  fail('nothing is borne before staff choose', differ(after.borne, before.borne))
  fail('credit stays before staff choose', differ(creditIn(after), creditIn(before)))
  fail('what is unposted stays before staff choose', differ(unpostedIn(after), unpostedIn(before)))
  sameOffers(before, after, payment)
}

/** Money came in: what it does not settle of the bills is credit, or waits to be posted. */
export function checkPaid(before: Seen, after: Seen, tendered: bigint): void {
  const worth = (seen: Seen) => sumCents(seen.bills.map(bill => bill.open)) - creditIn(seen) - unpostedIn(seen)
  fail('a payment is worth what was tendered', differ(worth(before) - worth(after), tendered))
  fail('a payment leaves what the practice bears', differ(after.borne, before.borne))
}

/** Bills ask for less, by an insurer's word: what was paid beyond that is credit, and nobody else is poorer. */
export function checkLowered(before: Seen, after: Seen, less: bigint): void {
  const worth = (seen: Seen) => sumCents(seen.bills.map(bill => bill.open)) - creditIn(seen)
  fail('a bill that is lowered leaves so much less to pay, or more credit', differ(worth(before) - worth(after), less))
  fail('a bill that is lowered leaves what the practice bears', differ(after.borne, before.borne))
  for (const each of before.payments) {
    const now = paymentIn(after, each.id)
    if (now.held !== each.held || now.unposted !== each.unposted) fail('no money moves by it', each.id)
  }
}

function sameOwed(told: string, before: Seen, after: Seen): void {
  for (const bill of before.bills) {
    const now = after.bills.find(each => each.id === bill.id)
    fail(told, now && differ(now.open - now.reserved, bill.open - bill.reserved))
  }
}

/** What becomes of one payment takes nothing from the others. */
function sameOffers(before: Seen, after: Seen, but: PaymentId): void {
  for (const each of before.payments.filter(({ id }) => id !== but)) {
    const now = paymentIn(after, each.id)
    const free = leastCents(each.refundable, each.refundable + each.creditReserved - now.creditReserved)
    if (now.refundable < free) fail('what is offered of other payments stays', `${each.id}: ${now.refundable}`)
  }
}
