import type { PaymentId } from '../../src/kernel/ids.ts'

/** One payment as simply as it can be told: sums alone, no bills, no entries. Amounts in cents. */
export type ModelPayment = {
  readonly id: PaymentId
  readonly isCard: boolean
  amount: bigint
  /** The credit it counts on while open and has used when paid, by the payment that credit was left of. */
  uses: { readonly of: PaymentId; readonly cents: bigint }[]
  status: 'open' | 'paid' | 'ended'
  reserved: bigint
  unposted: bigint
  credit: bigint
  given: bigint
  held: bigint
  refunded: bigint
  dispute: 'none' | 'open' | 'won' | 'lost' | 'booked'
  posted: boolean
  paidAt: number
}

/** A household: what its bills still need, and its payments in the order of their ids. */
export type Model = {
  readonly overpaying: boolean
  readonly posting: 'auto' | 'manual'
  open: bigint
  payments: ModelPayment[]
  clock: number
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)
const sum = (amounts: bigint[]) => amounts.reduce((a, b) => a + b, 0n)

export const owedIn = (model: Model) => model.open - sum(model.payments.map(each => each.reserved))

export function findIn(model: Model, id: PaymentId): ModelPayment {
  const found = model.payments.find(each => each.id === id)
  if (!found) throw new Error('The model has no such payment.')
  return found
}

/** The credit of one payment that open attempts count on. */
function countedOn(model: Model, of: PaymentId): bigint {
  const open = model.payments.filter(each => each.status === 'open')
  return sum(open.flatMap(each => each.uses.filter(use => use.of === of).map(use => use.cents)))
}

const freeCredit = (model: Model, payment: ModelPayment) => payment.credit - countedOn(model, payment.id)
export const creditIn = (model: Model) => sum(model.payments.map(each => freeCredit(model, each)))

/** Whether an amount may be paid now; a card's must not leave less than a card can be charged for. */
export function accepts(model: Model, amount: bigint, by: 'card' | 'desk'): boolean {
  const rest = owedIn(model) - amount
  if (by === 'card' && rest > 0n && rest < 50n) return false
  return model.overpaying || (owedIn(model) > 0n && rest >= 0n)
}

/** Starts a payment: it reserves what it would pay and counts on credit, which goes before a card. */
export function begin(model: Model, id: PaymentId, amount: bigint, by: 'card' | 'desk'): ModelPayment {
  let credit = by === 'desk' ? 0n : least(creditIn(model), amount)
  // What is left for a card is nothing or at least 50 cents.
  if (by === 'card' && amount - credit > 0n && amount - credit < 50n) credit = amount - 50n
  const isCard = by === 'card' && credit < amount
  const payment: ModelPayment = {
    id,
    isCard,
    amount,
    uses: countOn(model, credit),
    status: 'open',
    reserved: least(amount, owedIn(model)),
    unposted: 0n,
    credit: 0n,
    given: 0n,
    held: 0n,
    refunded: 0n,
    dispute: 'none',
    posted: false,
    paidAt: 0,
  }
  model.payments.push(payment)
  model.payments.sort((a, b) => (a.id < b.id ? -1 : 1))
  if (by === 'card' && !isCard) receive(model, payment, true)
  return payment
}

function countOn(model: Model, cents: bigint): ModelPayment['uses'] {
  const uses: ModelPayment['uses'] = []
  for (const each of model.payments) {
    const part = least(freeCredit(model, each), cents)
    if (part > 0n) uses.push({ of: each.id, cents: part })
    cents -= part > 0n ? part : 0n
  }
  return uses
}

export const tenderedOf = (payment: ModelPayment) => payment.amount - sum(payment.uses.map(use => use.cents))

/** Money came in; the credit counted on is used as far as it is still there. */
export function receive(model: Model, payment: ModelPayment, postsAtOnce = model.posting === 'auto'): void {
  const tendered = tenderedOf(payment)
  payment.uses = payment.uses
    .map(use => ({ of: use.of, cents: least(use.cents, findIn(model, use.of).credit) }))
    .filter(use => use.cents > 0n)
  for (const use of payment.uses) findIn(model, use.of).credit -= use.cents
  payment.amount = tendered + sum(payment.uses.map(use => use.cents))
  payment.status = 'paid'
  payment.held = tendered
  payment.unposted = payment.amount
  payment.reserved = least(payment.reserved, payment.amount)
  payment.paidAt = ++model.clock
  if (postsAtOnce) post(model, payment)
}

export function end(payment: ModelPayment): void {
  Object.assign(payment, { status: 'ended', reserved: 0n, uses: [] })
}

/** What was reserved goes to the bills, the rest is credit. */
export function post(model: Model, payment: ModelPayment): void {
  const given = payment.reserved
  model.open -= given
  payment.given += given
  payment.credit += payment.unposted - given
  Object.assign(payment, { unposted: 0n, reserved: 0n, posted: true })
}

export function refundableOf(model: Model, payment: ModelPayment): bigint {
  if (payment.status !== 'paid' || (payment.dispute !== 'none' && payment.dispute !== 'won')) return 0n
  const left = tenderedOf(payment) - payment.refunded - countedOn(model, payment.id)
  return left > 0n ? left : 0n
}

/** Takes money out again: unposted, free credit, bills, then where its credit went; credit that attempts count on last. */
export function unwind(model: Model, payment: ModelPayment, cents: bigint, reopens: boolean): void {
  const walk = (at: ModelPayment, left: bigint, take: (at: ModelPayment, left: bigint) => bigint): bigint => {
    left -= take(at, left)
    for (const { user, part } of usersOf(model, at)) {
      const asked = least(left, part)
      if (asked > 0n) left -= asked - walk(user, asked, take)
    }
    return left
  }
  const free = walk(payment, cents, (at, left) => takeFree(model, at, left, reopens))
  const rest = walk(payment, free, (at, left) => takeCredit(at, left, at.credit))
  if (rest > 0n) throw new Error('The model cannot take out more than came in.')
}

/** A refund that failed leaves everything as it was; but what waits to be posted reserves anew what is owed then. */
export function failRefund(model: Model, payment: ModelPayment, cents: bigint, reopens: boolean): void {
  const asked = structuredClone(model)
  unwind(asked, findIn(asked, payment.id), cents, reopens)
  const taken = model.payments.map(each => ({ each, after: findIn(asked, each.id) }))
  for (const { each, after } of taken) each.reserved = after.reserved
  for (const { each, after } of taken) each.reserved += least(each.unposted - after.unposted, owedIn(model))
}

/** Who used a payment's credit, the latest first. */
function usersOf(model: Model, of: ModelPayment): { user: ModelPayment; part: bigint }[] {
  return model.payments
    .filter(each => each.status === 'paid')
    .sort((a, b) => b.paidAt - a.paidAt)
    .flatMap(user => user.uses.filter(use => use.of === of.id).map(use => ({ user, part: use.cents })))
}

function takeCredit(at: ModelPayment, left: bigint, available: bigint): bigint {
  const taken = least(left, available > 0n ? available : 0n)
  at.credit -= taken
  return taken
}

function takeFree(model: Model, at: ModelPayment, cents: bigint, reopens: boolean): bigint {
  const unposted = least(cents, at.unposted)
  at.unposted -= unposted
  if (at.status === 'paid') at.reserved = least(at.reserved, at.unposted)
  const credit = takeCredit(at, cents - unposted, freeCredit(model, at))
  const given = least(cents - unposted - credit, at.given)
  at.given -= given
  if (reopens) model.open += given
  return unposted + credit + given
}
