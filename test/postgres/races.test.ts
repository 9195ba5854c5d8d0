import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkLedger } from '../../src/books/check.ts'
import { newId, type PaymentId } from '../../src/kernel/ids.ts'
import { recordDeskPayment } from '../../src/payments/desk.ts'
import { openStripe } from '../../src/processor/stripe/stripe.ts'
import { processInbox } from '../../src/recovery/inbox.ts'
import { reconcile } from '../../src/recovery/reconcile.ts'
import { lookAgain, recoverPayment } from '../../src/recovery/recover.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { listEvents, storeShuffled } from '../support/deliveries.ts'
import { settledPayment, settledRefund, until } from '../support/settled.ts'
import { makeHousehold, makeWorld, newPayment, query, type World } from '../support/world.ts'

let world: World
let bank: Bank
/** Payers whose request gives the processor up after two seconds. */
let hasty: Bank
beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
  const processor = openStripe(world.config.stripe, { callMs: 2_000 })
  hasty = bankOf({ ...world, app: { ...world.app, processor } })
}, 60_000)
afterAll(() => world?.end())

/** PORTICO_FULL runs each race as often as reliability.md says "at length". */
const ROUNDS = process.env.PORTICO_FULL ? 200 : 2
const TIMEOUT = { timeout: ROUNDS * 20_000 }

async function expectAgreement(): Promise<void> {
  expect((await checkLedger(world.app, bank.practice)).differences).toEqual([])
}

async function eachRound(work: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await work()
  await expectAgreement()
}

const fifty = <T>(work: (n: number) => Promise<T>) =>
  Promise.allSettled(Array.from({ length: 50 }, (_, index) => work(index)))

test('fifty equal submits at once are one charge', TIMEOUT, () =>
  eachRound(async () => {
    const { account } = await makeHousehold(world, [10000n])
    const payment = newPayment()
    const results = await fifty(() => bank.pay({ account, amount: 4000n, payment }))
    expect(results.every(result => result.status === 'fulfilled')).toBe(true)
    expect((await settledPayment(world.app, bank.practice, payment)).status).toBe('succeeded')
    expect(await bank.atProcessor(payment)).toEqual({ charges: 1, cents: 4000 })
    expect((await bank.owed(account)).total).toBe(6000n)
  }),
)

test('fifty different submits on one open balance never pay more than is owed', TIMEOUT, () =>
  eachRound(async () => {
    const { account } = await makeHousehold(world, [10000n])
    const results = await fifty(n => bank.pay({ account, amount: 1000n + BigInt(n % 7) * 100n }))
    const paid = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    const total = paid.reduce((sum, payment) => sum + payment.amount, 0n)
    expect(total).toBeGreaterThan(8000n)
    expect((await bank.owed(account)).total).toBe(10000n - total)
  }),
)

test('fifty refunds at once never send back more than was captured', TIMEOUT, () =>
  eachRound(async () => {
    const { account } = await makeHousehold(world, [10000n])
    const { id } = await bank.pay({ account, amount: 10000n })
    const results = await fifty(() => bank.refund(id, 300n))
    const asked = results.flatMap(result => (result.status === 'fulfilled' ? [result.value.id] : []))
    expect(asked).toHaveLength(33)
    await Promise.all(asked.map(refund => settledRefund(world.app, bank.practice, refund)))
    expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 100 })
    expect((await bank.owed(account)).total).toBe(9900n)
  }),
)

test('a card and the desk at once never pay the same debt', TIMEOUT, () =>
  eachRound(async () => {
    const { account } = await makeHousehold(world, [3000n])
    const desk = { payment: newPayment(), account, bills: [], amount: 3000n, kind: 'cash', reference: '' } as const
    const results = await Promise.allSettled([
      bank.pay({ account, amount: 3000n }),
      recordDeskPayment(world.app, bank.actor, desk),
      bank.pay({ account, amount: 3000n }),
    ])
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1)
    expect((await bank.owed(account)).total).toBe(0n)
  }),
)

/** A payment that the processor has made and whose answer the payer's request has not. */
async function madeUnanswered(
  amount: bigint,
  card = 'pm_card_visa',
): Promise<{ payment: PaymentId; request: Promise<unknown> }> {
  const { account } = await makeHousehold(world, [amount])
  const payment = newPayment()
  const rule = { method: 'POST', path: '/v1/payment_intents', fault: 'hang', count: 1 }
  await world.sandbox.control('faults', { rules: [rule] })
  const request = hasty.pay({ account, amount, payment, card })
  await until(async () => ((await bank.atProcessor(payment)).charges === 1 ? true : undefined), 'the charge was made')
  return { payment, request }
}

async function entriesOf(payment: PaymentId): Promise<string[]> {
  const rows = await query<{ kind: string }>(
    world,
    `select distinct e.kind || ' ' || e.source || ' ' || e.id as entry, e.kind from ledger.entry e join ledger.line l on l.entry_id = e.id where l.payment_id = $1 order by 1`,
    [payment],
  )
  return rows.map(row => row.kind).sort()
}

test(
  'a request, webhooks, recovery and reconcile that settle one payment at once settle it once',
  TIMEOUT,
  async () => {
    const { payment, request } = await madeUnanswered(3000n)
    const at = await bank.processorAccount()
    await storeShuffled(world, at, await listEvents(world, at, payment), { copies: 1 })
    const { app } = world
    await Promise.all([
      processInbox(app),
      recoverPayment(app, bank.practice, payment, 'test'),
      reconcile(app, bank.practice),
      lookAgain(app, bank.practice, payment),
      recoverPayment(app, bank.practice, payment, 'test'),
    ])
    expect((await settledPayment(app, bank.practice, payment)).status).toBe('succeeded')
    expect(await entriesOf(payment)).toEqual(['posting', 'success'])
    await request
    expect(await entriesOf(payment)).toEqual(['posting', 'success'])
    await expectAgreement()
  },
)

test(
  'events five times each, shuffled, in parallel, before the answer is back, leave what events in order leave',
  TIMEOUT,
  async () => {
    const at = await bank.processorAccount()
    const inOrder = newPayment()
    const { account } = await makeHousehold(world, [3000n])
    await bank.pay({ account, amount: 3000n, payment: inOrder, card: 'pm_card_createDispute' })
    for (const event of await listEvents(world, at, inOrder)) {
      await storeShuffled(world, at, [event], { copies: 1 })
      await drainInbox()
    }
    const { payment, request } = await madeUnanswered(3000n, 'pm_card_createDispute')
    const events = await listEvents(world, at, payment)
    expect(events.length).toBeGreaterThan(3)
    await storeShuffled(world, at, events, { copies: 5 })
    await Promise.all([1, 2, 3, 4, 5].map(() => processInbox(world.app)))
    await drainInbox()
    const state = async (id: PaymentId) => {
      const { status, amount, creditUsed, postedAt } = (await bank.payment(id)) ?? {}
      return {
        status,
        amount,
        creditUsed,
        posted: Boolean(postedAt),
        balances: await bank.balances(id),
        entries: await entriesOf(id),
      }
    }
    expect(await state(payment)).toEqual(await state(inOrder))
    expect((await state(payment)).entries).toEqual(['dispute-opened', 'posting', 'success'])
    await request
    expect(await state(payment)).toEqual(await state(inOrder))
    await expectAgreement()
  },
)

/** Works through what is stored until nothing is left, whatever must be tried again. */
async function drainInbox(): Promise<void> {
  await until(async () => {
    await processInbox(world.app)
    const [row] = await query<{ n: number }>(
      world,
      `with due as (update payments.inbox set check_at = now() where processed_at is null returning 1) select count(*)::int as n from due`,
    )
    return row?.n === 0 ? true : undefined
  }, 'the inbox is empty')
}

test('one refund id asked five times at once, with recovery beside it, is sent once', TIMEOUT, () =>
  eachRound(async () => {
    const { account } = await makeHousehold(world, [3000n])
    const { id } = await bank.pay({ account, amount: 3000n })
    const refund = newId('rfd')
    const asked = Promise.all(Array.from({ length: 5 }, () => bank.refund(id, 1000n, { refund })))
    await Promise.all([asked, reconcile(world.app, bank.practice)])
    expect((await settledRefund(world.app, bank.practice, refund)).status).toBe('succeeded')
    expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 2000 })
  }),
)
