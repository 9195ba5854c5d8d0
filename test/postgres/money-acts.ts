import fc from 'fast-check'
import { sql } from 'kysely'
import type { AccountId, InvoiceId, PaymentId } from '../../src/kernel/ids.ts'
import { newId } from '../../src/kernel/ids.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { cancelAtProcessor } from '../../src/payments/cancel.ts'
import { postPayment, recordDeskPayment } from '../../src/payments/desk.ts'
import { listMethods } from '../../src/payments/methods.ts'
import type { PayOrder } from '../../src/payments/pay.ts'
import { list, rows } from '../../src/platform/database.ts'
import { processInbox } from '../../src/recovery/inbox.ts'
import { recoverPayment, recoverPractice } from '../../src/recovery/recover.ts'
import { bookLostDispute } from '../../src/returns/dispute.ts'
import type { Bank } from '../support/bank.ts'
import { listEvents, storeShuffled } from '../support/deliveries.ts'
import { settledPayment, settledRefund, until } from '../support/settled.ts'
import { newPayment, type World } from '../support/world.ts'
import * as model from './money-model.ts'

/** One household at one practice, with its model. */
export type Scene = {
  readonly world: World
  readonly bank: Bank
  readonly at: string
  readonly account: AccountId
  readonly bills: readonly InvoiceId[]
  readonly model: model.Model
}

const CARDS = ['works', 'works', 'declined', 'asks', 'asks', 'disputed', 'hosted', 'kept', 'saved'] as const
const share = fc.integer({ min: 1, max: 125 })
const which = fc.nat({ max: 9 })

/** Every verb that moves money, with what it is told: amounts as a share of what is possible. */
export const acts = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('pay'),
      share,
      card: fc.constantFrom(...CARDS),
      bill: which,
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('tabs'), share, other: share }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('desk'), share, kind: fc.constantFrom('cash', 'cheque') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('finish'),
      which,
      outcome: fc.constantFrom('complete', 'fail', 'abandon'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('post'), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('refund'),
      which,
      share,
      reopens: fc.boolean(),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('verdict'), which, isWon: fc.boolean(), reopens: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('webhooks'), which, copies: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('recover') }) },
)
export type Act = typeof acts extends fc.Arbitrary<infer A> ? A : never

/** Does one act to the world and to the model. */
export async function perform(scene: Scene, act: Act): Promise<void> {
  switch (act.act) {
    case 'pay':
      return pay(scene, act)
    case 'tabs':
      return tabs(scene, act)
    case 'desk':
      return desk(scene, act)
    case 'finish':
      return finish(scene, act)
    case 'post':
      return postOne(scene, act)
    case 'refund':
      return refund(scene, act)
    case 'verdict':
      return verdict(scene, act)
    case 'webhooks':
      return webhooks(scene, act)
    case 'recover':
      await recoverPractice(scene.bank.app, scene.bank.practice, { all: true })
  }
}

type Of<A extends string> = Extract<Act, { act: A }>

function amountOf(scene: Scene, share: number): bigint {
  const amount = (model.owedIn(scene.model) * BigInt(share)) / 100n
  return amount < 100n ? 100n : amount
}

let lastRefusal = 'none'

/** Whether it was done; a refusal is an answer, anything else an error. */
async function accepted<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    lastRefusal = `${error.code} ${Object.entries(error.values).join(' ')}`
    return undefined
  }
}

function same(told: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${told}: the model says ${expected}, it was ${actual}`)
}

/** Starting again ends the attempts that wait for their payer; here they may be ended before it. */
async function endOpen({ bank, model: { payments } }: Scene, before: boolean): Promise<void> {
  for (const each of payments.filter(each => each.status === 'open')) {
    if (before) await cancelAtProcessor(bank.app, bank.practice, each.id, 'test')
    model.end(each)
  }
}

async function pay(scene: Scene, { share, card, bill, times }: Of<'pay'>): Promise<void> {
  const { bank, account } = scene
  // Of several at once, one may reserve before another has freed what the open attempts held: freed first, there is one outcome.
  await endOpen(scene, times > 1)
  const amount = amountOf(scene, share)
  const payment = newPayment()
  const bills = scene.bills.slice(bill, bill + 1)
  const order = { account, amount, bills, payment, with: await cardOf(scene, card) }
  const results = await Promise.all(Array.from({ length: times }, () => accepted(bank.pay(order))))
  same(
    `a payment of ${amount} is accepted (last refusal: ${lastRefusal})`,
    results.every(Boolean),
    model.accepts(scene.model, amount, 'card'),
  )
  if (!results.every(Boolean)) return
  const begun = model.begin(scene.model, payment, amount, 'card')
  const settled = await settledPayment(bank.app, bank.practice, payment)
  if (!begun.isCard) return same('credit pays at once', settled.status, 'succeeded')
  if (card === 'asks' || card === 'hosted') return same('it waits for its payer', settled.status, 'requires_action')
  if (card === 'declined') {
    model.end(begun)
    return same('it is declined', settled.status, 'failed')
  }
  model.receive(scene.model, begun)
  same('it is paid', settled.status, 'succeeded')
  if (card !== 'disputed') return
  await bank.takeDispute(scene.at, payment)
  begun.held -= model.tenderedOf(begun)
  begun.dispute = 'open'
}

async function cardOf({ bank, account }: Scene, card: (typeof CARDS)[number]): Promise<PayOrder['with']> {
  const once = (method: string) => ({ card: method, keep: 'no' as const })
  switch (card) {
    case 'declined':
      return once('pm_card_chargeDeclined')
    case 'asks':
      return once('pm_card_authenticationRequired')
    case 'disputed':
      return once('pm_card_createDispute')
    case 'hosted':
      return { hosted: true, keep: 'no' }
    case 'kept':
      return { card: 'pm_card_visa', keep: 'save' }
    case 'saved': {
      const [row] = await bank.read(tx => listMethods(tx, bank.practice, account))
      return row ? { saved: row.id } : once('pm_card_visa')
    }
    case 'works':
      return once('pm_card_visa')
  }
}

/** Two tabs at once: what happened must be what one after the other, or both begun before either was paid, would have done. */
async function tabs(scene: Scene, { share, other }: Of<'tabs'>): Promise<void> {
  const { bank, account } = scene
  await endOpen(scene, true)
  const orders = [share, other].map(each => ({ payment: newPayment(), amount: amountOf(scene, each) }))
  const results = await Promise.all(orders.map(order => accepted(bank.pay({ account, ...order }))))
  for (const each of results) if (each) await settledPayment(bank.app, bank.practice, each.id)
  const paidOrder = await listPaid(scene, orders)
  const told = [orders, orders.toReversed()].flatMap(order =>
    [true, false].map(atOnce => inTurn(scene.model, order, atOnce ? [] : paidOrder)),
  )
  const actual = await Promise.all(
    orders.map(
      async ({ payment }, n) =>
        results[n] &&
        `${await usedBy(scene, payment)} ${(await bank.balances(payment)).credit} ${await toBills(scene, payment)}`,
    ),
  )
  const happened = [...actual, ...paidOrder].join()
  const outcomes = told.map(tried =>
    [...orders.map(({ payment }) => outcomeIn(tried, payment)), ...paidIn(tried, orders)].join(),
  )
  const found = told[outcomes.indexOf(happened)]
  if (!found) throw new Error(`two tabs are none of ${outcomes.join(' | ')} but ${happened}`)
  Object.assign(scene.model, found)
}

type Order = { payment: PaymentId; amount: bigint }

/** A copy of the model after these orders: each paid at once, or all begun before they are paid in the order given. */
function inTurn(before: model.Model, orders: readonly Order[], later: readonly PaymentId[]): model.Model {
  const tried = structuredClone(before)
  for (const { payment, amount } of orders) {
    if (!model.accepts(tried, amount, 'card')) continue
    const begun = model.begin(tried, payment, amount, 'card')
    if (begun.status === 'open' && !later.includes(payment)) model.receive(tried, begun)
  }
  for (const id of later) {
    const begun = tried.payments.find(each => each.id === id && each.status === 'open')
    if (begun) model.receive(tried, begun)
  }
  return tried
}

function outcomeIn(tried: model.Model, id: PaymentId): string | undefined {
  const found = tried.payments.find(each => each.id === id)
  return found && `${usesText(found.uses)} ${found.credit} ${found.reserved + found.given}`
}

const usesText = (uses: model.ModelPayment['uses']) => `[${uses.map(({ of, cents }) => `${cents} of ${of}`).sort()}]` // whose credit it was decides what a later refund takes back

/** Those of the orders that were paid, in the order in which they were: a later refund takes from the last first. */
function paidIn(tried: model.Model, orders: readonly Order[]): PaymentId[] {
  return tried.payments
    .filter(each => each.status === 'paid' && orders.some(order => order.payment === each.id))
    .sort((a, b) => a.paidAt - b.paidAt)
    .map(each => each.id)
}

/** Whose credit a payment used, as its entry in the ledger says. */
async function usedBy({ bank }: Scene, payment: PaymentId): Promise<string> {
  const uses = await bank.read(tx =>
    rows(
      tx,
      sql<{ of: PaymentId; cents: bigint }>`select l.payment_id as of, l.cents from ledger.entry e
        join ledger.line l on l.practice_id = e.practice_id and l.entry_id = e.id
        where e.practice_id = ${bank.practice} and e.kind = 'success' and e.source = ${payment}
        and l.ledger_account = 'unapplied-credit' and l.cents > 0`,
    ),
  )
  return usesText(uses)
}

/** What a payment gave to bills, or will when it is posted. */
async function toBills({ bank }: Scene, payment: PaymentId): Promise<bigint> {
  const [found] = await bank.read(tx =>
    rows(
      tx,
      sql<{
        cents: bigint
      }>`select (coalesce((select sum(cents) from payments.reservation where practice_id = ${bank.practice} and payment_id = ${payment}), 0)
        + coalesce((select sum(cents) from billing.allocation where practice_id = ${bank.practice} and payment_id = ${payment}), 0))::bigint as cents`,
    ),
  )
  return found?.cents ?? 0n
}

async function listPaid({ bank }: Scene, orders: readonly Order[]): Promise<PaymentId[]> {
  const paid = await bank.read(tx =>
    rows(
      tx,
      sql<{
        source: PaymentId
      }>`select source from ledger.entry where practice_id = ${bank.practice} and kind = 'success'
        and source = any (${list(orders.map(order => order.payment))}) order by recorded_at, id`,
    ),
  )
  return paid.map(row => row.source)
}

async function desk(scene: Scene, { share, kind }: Of<'desk'>): Promise<void> {
  const { bank, account } = scene
  const order = {
    payment: newPayment(),
    account,
    bills: [],
    amount: amountOf(scene, share),
    kind,
    reference: '',
  } as const
  const done = await accepted(
    recordDeskPayment(bank.app, bank.actor, { ...order, kind: kind === 'cash' ? 'cash' : 'cheque' }),
  )
  same('the desk takes it', Boolean(done), model.accepts(scene.model, order.amount, 'desk'))
  if (done) model.receive(scene.model, model.begin(scene.model, order.payment, order.amount, 'desk'))
}

function pick(scene: Scene, which: number, filter: (each: model.ModelPayment) => boolean) {
  const fit = scene.model.payments.filter(filter)
  return fit[which % Math.max(1, fit.length)]
}

async function finish(scene: Scene, { which, outcome }: Of<'finish'>): Promise<void> {
  const { bank } = scene
  const open = pick(scene, which, each => each.status === 'open')
  const payment = open && (await bank.payment(open.id))
  if (!open || !payment) return
  if (outcome === 'abandon') {
    await bank.age(open.id, '31 minutes')
    model.end(open)
    await until(async () => {
      const seen = await recoverPayment(bank.app, bank.practice, open.id, 'test')
      return seen?.status === 'canceled' ? true : undefined
    }, 'an abandoned attempt is canceled')
    return
  }
  if (payment.hosted) await bank.typeCard(payment, outcome === 'complete' ? '4242424242424242' : '4000000000000002')
  else await bank.authenticate(payment, outcome)
  if (outcome === 'complete') model.receive(scene.model, open)
  // On the hosted page another card may be tried: the attempt stays open.
  else if (!payment.hosted) model.end(open)
  await recoverPayment(bank.app, bank.practice, open.id, 'test')
  await settledPayment(bank.app, bank.practice, open.id)
}

async function postOne(scene: Scene, { which }: Of<'post'>): Promise<void> {
  const { bank } = scene
  const found = pick(scene, which, each => each.status === 'paid' && !each.posted)
  if (!found) return
  await Promise.all([postPayment(bank.app, bank.actor, found.id), postPayment(bank.app, bank.actor, found.id)])
  model.post(scene.model, found)
}

async function refund(scene: Scene, { which, share, times, ...asked }: Of<'refund'>): Promise<void> {
  const { bank } = scene
  const found = pick(scene, which, each => each.status === 'paid')
  if (!found) return
  // Bills that got nothing yet cannot stay settled.
  const reopens = asked.reopens || !found.posted
  const most = model.refundableOf(scene.model, found)
  const amount = (model.tenderedOf(found) * BigInt(share)) / 100n + 1n
  const refund = newId('rfd')
  const ask = () => accepted(bank.refund(found.id, amount, { reopens, refund }))
  const results = await Promise.all(Array.from({ length: times }, ask))
  same('a refund is accepted', results.every(Boolean), amount <= most)
  if (!results.every(Boolean)) return
  const { status } = await settledRefund(bank.app, bank.practice, refund)
  // The processor refunds no charge that was ever disputed.
  same('a refund is done', status, found.dispute === 'won' ? 'failed' : 'succeeded')
  if (status === 'failed') return model.failRefund(scene.model, found, amount, reopens)
  model.unwind(scene.model, found, amount, reopens)
  found.refunded += amount
  found.held -= amount
}

async function verdict(scene: Scene, { which, isWon, reopens }: Of<'verdict'>): Promise<void> {
  const { bank, at } = scene
  const found = pick(scene, which, each => each.dispute === 'open' || each.dispute === 'lost')
  if (!found) return
  const amount = model.tenderedOf(found)
  if (found.dispute === 'open') {
    const dispute = await bank.takeDispute(at, found.id)
    await bank.decideDispute(at, dispute, isWon ? 'winning_evidence' : 'losing_evidence')
    await bank.takeDispute(at, found.id)
    if (isWon) found.held += amount
    found.dispute = isWon ? 'won' : 'lost'
    return
  }
  await bookLostDispute(bank.app, bank.actor, { payment: found.id, reopens })
  model.unwind(scene.model, found, amount, reopens)
  found.dispute = 'booked'
}

/** What the processor tells of one payment, several times and in no order. */
async function webhooks(scene: Scene, { which, copies }: Of<'webhooks'>): Promise<void> {
  const { bank, world, at } = scene
  const found = pick(scene, which, each => each.isCard)
  if (!found) return
  await storeShuffled(world, at, await listEvents(world, at, found.id), copies)
  await Promise.all([processInbox(bank.app), processInbox(bank.app)])
}
