import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { signatureHeader } from '../../sandbox/deliveries.ts'
import { checkLedger } from '../../src/books/check.ts'
import type { PaymentId } from '../../src/kernel/ids.ts'
import { giveUpPayment } from '../../src/payments/give-up.ts'
import { hearClocks } from '../../src/processor/hear-clocks.ts'
import type { PaymentsApp } from '../../src/processor/processor.ts'
import { openStripe } from '../../src/processor/stripe/stripe.ts'
import { lookForReturns } from '../../src/recovery/look-for-returns.ts'
import { reconcile } from '../../src/recovery/reconcile.ts'
import { recoverPayment } from '../../src/recovery/recover.ts'
import { recoverRefund } from '../../src/recovery/recover-refund.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { settledPayment, settledRefund } from '../support/settled.ts'
import { logFileOf, makeHousehold, makeWorld, newPayment, query, type World } from '../support/world.ts'

let world: World
let app: PaymentsApp
let bank: Bank
beforeAll(async () => {
  world = await makeWorld()
  app = world.app
  bank = bankOf(world)
}, 60_000)
afterAll(() => world?.end())
afterEach(async () => {
  await world.sandbox.control('faults', { rules: [] })
  vi.restoreAllMocks()
})

const HOUR = 3600
const INTENTS = '/v1/payment_intents'

/** The processor's clock is so many seconds ahead of ours, and nobody has heard of it yet. */
async function processorIs(offsetSeconds: number): Promise<void> {
  await world.sandbox.control('clock', { offsetSeconds })
  // An answer tells the time for a minute: a process that begins has heard none.
  app = { ...world.app, processor: openStripe(world.config.stripe) }
  bank = bankOf({ ...world, app: { ...world.app, processor: app.processor } })
}

/** The same, known to us for days. */
async function processorHasBeen(offsetSeconds: number): Promise<void> {
  await processorIs(offsetSeconds)
  await hearClocks(app, () => true)
  await standFor('3 days')
}

const standFor = (interval: string) =>
  query(world, `update payments.connection set clock_since = now() - $1::interval, clock_moved = null`, [interval])

async function during<T>(path: string, fault: string, work: () => Promise<T>): Promise<T> {
  await world.sandbox.control('faults', { rules: [{ method: 'POST', path, fault }] })
  const done = await work()
  await world.sandbox.control('faults', { rules: [] })
  return done
}

const unanswered = (fault: string, count = 1) =>
  during(INTENTS, fault, () =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const { account } = await makeHousehold(world, [3000n])
        const paid = await bank.pay({ account, amount: 3000n })
        expect(paid.status).toBe('submitted')
        return paid.id
      }),
    ),
  )

/** The one payment whose answer never came. */
const oneUnanswered = async (fault: string) => (await unanswered(fault))[0] as PaymentId

async function expectPaidOnce(id: PaymentId): Promise<void> {
  expect(await settledPayment(app, bank.practice, id)).toMatchObject({ status: 'succeeded', attempt: 1 })
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 3000 })
}

const agrees = async () => expect((await checkLedger(app, bank.practice)).differences).toEqual([])

/** Ours may be ahead, as the processor's is behind: an hour, a morning, and more than a day. */
const OFFSETS = [-HOUR - 60, -7 * HOUR, 7 * HOUR, -30 * HOUR, 30 * HOUR]

for (const offset of OFFSETS)
  test(`with a clock that turned out to be ${offset} s ahead of ours, a 500 that is replayed is never charged again`, async () => {
    await processorHasBeen(0)
    await processorIs(offset)
    const payments = await unanswered('500-after', 6)
    for (const id of payments) await expectPaidOnce(id)
    await agrees()
  })

for (const offset of OFFSETS)
  test(`with a clock that has long been ${offset} s ahead of ours, lost answers and forgotten keys charge nothing twice and give nothing up`, async () => {
    await processorHasBeen(offset)
    for (const fault of ['lost', '500-after', '500-before']) await expectPaidOnce(await oneUnanswered(fault))
    const id = await oneUnanswered('lost')
    await bank.age(id, '25 hours')
    await world.sandbox.control('forget-keys', {})
    await Promise.all([1, 2, 3].map(() => recoverPayment(app, bank.practice, id, 'test')))
    await expectPaidOnce(id)
    await agrees()
  })

for (const offset of OFFSETS)
  test(`when a clock moves ${offset} s while a payment waits, it is found, or given up a day after the move, and never sent again late`, async () => {
    await processorHasBeen(0)
    const made = await oneUnanswered('lost')
    const neverMade = await oneUnanswered('500-before')
    for (const id of [made, neverMade]) await bank.age(id, '23 hours 30 minutes')
    await world.sandbox.control('forget-keys', {})
    await processorIs(offset)
    const look = (id: PaymentId) => recoverPayment(app, bank.practice, id, 'test')
    await expectPaidOnce(made)
    expect(await look(neverMade)).toMatchObject({ status: 'submitted' })
    await bank.age(neverMade, '2 hours')
    expect(await look(neverMade)).toMatchObject({ status: 'submitted' })
    await bank.age(neverMade, '23 hours')
    await Promise.all([1, 2, 3].map(() => look(neverMade)))
    expect(await bank.payment(neverMade)).toMatchObject({
      status: 'canceled',
      failureCode: 'never-arrived',
      attempt: 1,
    })
    expect(await bank.atProcessor(neverMade)).toEqual({ charges: 0, cents: 0 })
    await agrees()
  })

test('when our clock falls back a day, a key that the processor has forgotten since is not used again', async () => {
  await processorHasBeen(0)
  const id = await oneUnanswered('lost')
  await processorIs(25 * HOUR)
  await expectPaidOnce(id)
  const neverMade = await oneUnanswered('500-before')
  await processorIs(50 * HOUR)
  expect(await recoverPayment(app, bank.practice, neverMade, 'test')).toMatchObject({ status: 'submitted' })
  expect(await bank.atProcessor(neverMade)).toEqual({ charges: 0, cents: 0 })
})

/** Takes away what a replayed 500 had made, so that a listing shows nothing of the payment. */
async function forgetMade(id: PaymentId): Promise<void> {
  const sdk = world.sandbox.sdk(await bank.processorAccount())
  for await (const { metadata, latest_charge, id: intent } of sdk.paymentIntents.list({ limit: 100 }))
    if (metadata.payment_id === id)
      for (const made of [latest_charge, intent]) await world.sandbox.control('objects/delete', { id: made })
}

test('an attempt rises only while both clocks tell the same of it, and the log says why it waits', async () => {
  await processorHasBeen(0)
  const id = await oneUnanswered('500-after')
  await forgetMade(id)
  await processorIs(120)
  expect(await recoverPayment(app, bank.practice, id, 'test')).toMatchObject({ status: 'submitted', attempt: 1 })
  const log = readFileSync(logFileOf(world.config), 'utf8')
  expect(log).toMatch(/the clock of the processor, or ours, has moved/)
  expect(log).toMatch(new RegExp(`"payment":"${id}".*a payment waits, because the clocks`))
  await processorIs(0)
  expect(await settledPayment(app, bank.practice, id)).toMatchObject({ status: 'succeeded', attempt: 2 })
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 3000 })
})

test('while the processor does not tell its time, nothing is sent again, raised or given up', async () => {
  await processorHasBeen(0)
  const id = await oneUnanswered('lost')
  await bank.age(id, '25 hours')
  await processorIs(0)
  await world.sandbox.control('faults', { rules: [{ fault: 'reset' }] })
  expect(await recoverPayment(app, bank.practice, id, 'test')).toMatchObject({ status: 'submitted' })
  await hearClocks(app, () => true)
  await world.sandbox.control('faults', { rules: [] })
  expect(readFileSync(logFileOf(world.config), 'utf8')).toMatch(/the processor does not tell its time/)
  await expectPaidOnce(id)
})

test('what was sent before the offset was known is not asked for anew, and given up a day after it is', async () => {
  await processorHasBeen(0)
  await query(world, 'update payments.connection set clock_offset = null, clock_since = null, clock_heard_at = null')
  const id = await oneUnanswered('500-after')
  expect(await bank.payment(id)).toMatchObject({ processorSubmittedAt: null })
  await forgetMade(id)
  const look = () => recoverPayment(app, bank.practice, id, 'test')
  expect(await look()).toMatchObject({ status: 'submitted', attempt: 1 })
  await query(world, `update payments.payment set submitted_at = submitted_at - interval '30 hours' where id = $1`, [
    id,
  ])
  expect(await look()).toMatchObject({ status: 'submitted' })
  await standFor('25 hours')
  expect(await look()).toMatchObject({ status: 'canceled', failureCode: 'never-arrived' })
})

for (const offset of [-7 * HOUR, 7 * HOUR])
  test(`when a clock moves ${offset} s, a refund that may have arrived is not sent again, and one that did is found`, async () => {
    await processorHasBeen(0)
    const { account } = await makeHousehold(world, [3000n])
    const { id } = await bank.pay({ account, amount: 3000n })
    const lost = await during('/v1/refunds', 'lost', () => bank.refund(id, 1000n))
    const never = await during('/v1/refunds', '500-before', () => bank.refund(id, 500n))
    for (const refund of [lost, never]) await bank.age(refund.id, '23 hours 30 minutes')
    await world.sandbox.control('forget-keys', {})
    await processorIs(offset)
    expect(await settledRefund(app, bank.practice, lost.id)).toMatchObject({ status: 'succeeded', attempt: 1 })
    const look = () => recoverRefund(app, bank.practice, never.id, 'test')
    expect(await look()).toMatchObject({ status: 'submitted' })
    await bank.age(never.id, '2 hours')
    expect(await look()).toMatchObject({ status: 'submitted' })
    await bank.age(never.id, '23 hours')
    await Promise.all([1, 2, 3].map(look))
    expect(await settledRefund(app, bank.practice, never.id)).toMatchObject({ status: 'failed', attempt: 1 })
    expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 2000 })
    await agrees()
  })

for (const offset of [-9 * 24 * HOUR, 9 * 24 * HOUR])
  test(`with a clock ${offset} s ahead of ours, reconcile and the look for disputes read the processor's last days, not ours`, async () => {
    await processorHasBeen(offset)
    const id = await oneUnanswered('lost')
    await giveUpPayment(app, bank.practice, id, { status: 'canceled', code: 'never-arrived' }, 'test')
    expect(await reconcile(app, bank.practice)).toMatchObject({ silent: 0 })
    expect(await bank.payment(id)).toMatchObject({ status: 'succeeded' })
    const { account } = await makeHousehold(world, [3000n])
    const disputed = await bank.pay({ account, amount: 3000n, card: 'pm_card_createDispute' })
    await query(world, `update payments.connection set returns_check_at = now()`)
    expect(await lookForReturns(app, bank.practice)).toMatchObject({ silent: 0 })
    expect(await bank.balances(disputed.id)).toMatchObject({ disputed: 3000n })
    await agrees()
  })

test("a dispute that is opened after the processor's clock was put back hours is still listed", async () => {
  await processorHasBeen(9 * 24 * HOUR)
  await lookForReturns(app, bank.practice, { wanted: 'all' })
  await processorIs(9 * 24 * HOUR - 20 * HOUR)
  const { account } = await makeHousehold(world, [3000n])
  const disputed = await bank.pay({ account, amount: 3000n, card: 'pm_card_createDispute' })
  await query(world, 'update payments.connection set returns_check_at = now()')
  expect(await lookForReturns(app, bank.practice)).toMatchObject({ silent: 0 })
  expect(await bank.balances(disputed.id)).toMatchObject({ disputed: 3000n })
})

test('an event is as old as the clock of its sender tells, and one of an hour ago is refused', async () => {
  for (const offset of OFFSETS) {
    await processorHasBeen(offset)
    const at = Date.now() / 1000 + offset
    const raw = JSON.stringify({ id: 'evt_1', object: 'event', type: 'x', data: { object: { id: 'pi_1' } } })
    const read = (time: number) =>
      app.processor.readEvent(
        Buffer.from(raw),
        signatureHeader(raw, world.config.stripe.webhookSecret, Math.floor(time)),
      )
    expect(read(at)).toMatchObject({ id: 'evt_1' })
    expect(read(at - HOUR)).toBeUndefined()
  }
})

test('a sender that comes a minute after its commit sends nothing, and recovery does', async () => {
  await processorHasBeen(0)
  const { account } = await makeHousehold(world, [3000n])
  const sleeps = (point: string) => {
    const now = performance.now()
    if (point === 'pay.submitted') vi.spyOn(performance, 'now').mockImplementation(() => now + 61_000)
  }
  const sleepy = bankOf({ ...world, app: { ...world.app, processor: app.processor, failpoint: sleeps } })
  const { id } = await sleepy.pay({ account, amount: 3000n })
  vi.restoreAllMocks()
  expect(await bank.payment(id)).toMatchObject({ status: 'submitted' })
  expect(await bank.atProcessor(id)).toEqual({ charges: 0, cents: 0 })
  await expectPaidOnce(id)
})

for (const hours of [-5, 5])
  test(`with the app's clock ${hours} h from the database's, a payment that is not sent yet has its minute`, async () => {
    await processorHasBeen(0)
    const { account } = await makeHousehold(world, [3000n])
    const id = newPayment()
    const dies = (point: string) => {
      if (point === 'pay.created') throw new Error('died')
    }
    const off = { ...world.app, failpoint: dies, now: () => Temporal.Now.instant().add({ hours }) }
    await expect(bankOf({ ...world, app: off }).pay({ account, amount: 3000n, payment: id })).rejects.toThrow('died')
    expect(await recoverPayment(off, bank.practice, id, 'test')).toMatchObject({ status: 'created' })
    await bank.age(id, '61 seconds')
    expect(await recoverPayment(off, bank.practice, id, 'test')).toMatchObject({ status: 'canceled' })
  })
