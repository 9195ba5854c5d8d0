import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { checkLedger } from '../../src/books/check.ts'
import { newId, type PaymentId } from '../../src/kernel/ids.ts'
import { giveUpPayment } from '../../src/payments/give-up.ts'
import { payBills } from '../../src/payments/pay.ts'
import { markSubmitted } from '../../src/payments/payments.ts'
import { rows } from '../../src/platform/database.ts'
import type { PaymentsApp } from '../../src/processor/processor.ts'
import { openStripe } from '../../src/processor/stripe/stripe.ts'
import { reconcile } from '../../src/recovery/reconcile.ts'
import { recoverPayment, recoverPractice } from '../../src/recovery/recover.ts'
import { recoverRefund } from '../../src/recovery/recover-refund.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { settledPayment, settledRefund } from '../support/settled.ts'
import { makeHousehold, makeWorld, newPayment, query, type World } from '../support/world.ts'

let world: World
let app: PaymentsApp
let bank: Bank
beforeAll(async () => {
  const made = await makeWorld()
  // A processor that is given up on after half a second, so that hanging answers are cheap to test.
  app = { ...made.app, processor: openStripe(made.config.stripe, { callMs: 500 }) }
  world = { ...made, app: { ...made.app, processor: app.processor } }
  bank = bankOf(world)
}, 60_000)
afterAll(() => world?.end())
afterEach(() => world.sandbox.control('faults', { rules: [] }))

const FAULTS = ['lost', 'truncated', '500-before', '500-after', 'hang', 'late', 'reset', '429'] as const
const INTENTS = '/v1/payment_intents'

/** The processor misbehaves while something is done. (The SDK asks once more by itself where a kept connection was closed.) */
async function during<T>(path: string, fault: string, work: () => Promise<T>, method = 'POST'): Promise<T> {
  await world.sandbox.control('faults', { rules: [{ method, path, fault }] })
  const done = await work()
  await world.sandbox.control('faults', { rules: [] })
  return done
}

const settled = (id: PaymentId) => settledPayment(app, bank.practice, id)

async function expectAgreement(): Promise<void> {
  expect((await checkLedger(world.app, bank.practice)).differences).toEqual([])
}

/** A payment whose answer never came. */
async function unanswered(fault: string) {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await during(INTENTS, fault, () => bank.pay({ account, amount: 3000n }))
  expect(paid.status).toBe('submitted')
  return { account, id: paid.id }
}

for (const fault of FAULTS)
  test(`a payment whose answer was ${fault} stays being checked, and ends paid with one charge`, {
    timeout: 40_000,
  }, async () => {
    const { account, id } = await unanswered(fault)
    expect((await bank.owed(account)).total).toBe(0n)
    expect(await settled(id)).toMatchObject({ status: 'succeeded', attempt: 1 })
    expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 3000 })
    expect((await bank.owed(account)).total).toBe(0n)
    await expectAgreement()
  })

for (const fault of FAULTS)
  test(`a refund whose answer was ${fault} ends done once`, { timeout: 40_000 }, async () => {
    const { account } = await makeHousehold(world, [3000n])
    const { id } = await bank.pay({ account, amount: 3000n })
    const refund = await during('/v1/refunds', fault, () => bank.refund(id, 1000n))
    expect(refund.status).toBe('submitted')
    expect(await settledRefund(app, bank.practice, refund.id)).toMatchObject({ status: 'succeeded', attempt: 1 })
    expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 2000 })
    await expectAgreement()
  })

test('a declined card whose answer, and whose cancelling, were lost ends failed and frees the bill', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const declined = () => bank.pay({ account, amount: 3000n, card: 'pm_card_chargeDeclined' })
  const { id } = await during(INTENTS, 'lost', declined)
  expect(await during(INTENTS, 'lost', () => recoverPayment(app, bank.practice, id, 'test'))).toMatchObject({
    status: 'submitted',
  })
  expect(await settled(id)).toMatchObject({ status: 'failed', failureCode: 'generic_decline' })
  expect((await bank.owed(account)).total).toBe(3000n)
  expect(await bank.atProcessor(id)).toEqual({ charges: 0, cents: 0 })
})

test('a hosted page whose answer was lost is opened again, not twice', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const hosted = () => bank.pay({ account, amount: 3000n, with: { hosted: true, keep: 'no' } })
  const { id } = await during('/v1/checkout', '500-after', hosted)
  const open = await settled(id)
  expect(open).toMatchObject({ status: 'requires_action', attempt: 1 })
  expect(await bank.typeCard(open, '4242424242424242')).toBe(303)
  await recoverPractice(app, bank.practice, { all: true })
  expect((await bank.payment(id))?.status).toBe('succeeded')
  await expectAgreement()
})

test('a stored 5xx raises the attempt only where the listing shows nothing', async () => {
  const { id } = await unanswered('500-after')
  const { data } = await world.sandbox.sdk(await bank.processorAccount()).paymentIntents.list({ limit: 1 })
  expect(data[0]?.metadata.payment_id).toBe(id)
  for (const made of [data[0]?.latest_charge, data[0]?.id]) await world.sandbox.control('objects/delete', { id: made })
  // A listing that does not answer proves nothing.
  const recovered = await during(INTENTS, '500-before', () => recoverPayment(app, bank.practice, id, 'test'), 'GET')
  expect(recovered).toMatchObject({ status: 'submitted', attempt: 1 })
  expect(await settled(id)).toMatchObject({ status: 'succeeded', attempt: 2 })
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 3000 })
  await expectAgreement()
})

test('a stored 5xx of a refund raises its attempt once where the listing shows nothing', async () => {
  // At the other practice: what is deleted there leaves the sandbox's own sums wrong.
  const other = bankOf(world, world.other)
  const { account } = await makeHousehold(world, [3000n], world.other)
  const { id } = await other.pay({ account, amount: 3000n })
  const refund = await during('/v1/refunds', '500-after', () => other.refund(id, 1000n))
  const { data } = await world.sandbox.sdk(await other.processorAccount()).refunds.list({ limit: 1 })
  await world.sandbox.control('objects/delete', { id: data[0]?.id })
  expect(await settledRefund(app, other.practice, refund.id)).toMatchObject({ status: 'succeeded', attempt: 2 })
})

test('after a day the keys are forgotten, and a payment is found again by what it names', async () => {
  const { id } = await unanswered('lost')
  await bank.age(id, '25 hours')
  await world.sandbox.control('forget-keys', {})
  await Promise.all([1, 2, 3].map(() => recoverPayment(app, bank.practice, id, 'test')))
  expect((await bank.payment(id))?.status).toBe('succeeded')
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 3000 })
  await expectAgreement()
})

test('a payment that never arrived is canceled after a day, not before, and only by a complete listing', async () => {
  const { account, id } = await unanswered('500-before')
  await bank.age(id, '23 hours 30 minutes')
  expect((await recoverPayment(app, bank.practice, id, 'test'))?.status).toBe('submitted')
  await bank.age(id, '1 hour')
  const silent = await during(INTENTS, '500-before', () => recoverPayment(app, bank.practice, id, 'test'), 'GET')
  expect(silent?.status).toBe('submitted')
  expect((await bank.owed(account)).total).toBe(0n)
  expect(await recoverPayment(app, bank.practice, id, 'test')).toMatchObject({
    status: 'canceled',
    failureCode: 'never-arrived',
  })
  expect((await bank.owed(account)).total).toBe(3000n)
  expect(await bank.atProcessor(id)).toEqual({ charges: 0, cents: 0 })
  await expectAgreement()
})

test('a refund is found again after a day by what it names', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const { id } = await bank.pay({ account, amount: 3000n })
  const refund = await during('/v1/refunds', 'lost', () => bank.refund(id, 1000n))
  await bank.age(refund.id, '25 hours')
  await world.sandbox.control('forget-keys', {})
  await recoverRefund(app, bank.practice, refund.id, 'test')
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 2000 })
  await expectAgreement()
})

test('a refund that never arrived is never sent again after a day: it failed, its bill is paid, and staff may ask anew', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const { id } = await bank.pay({ account, amount: 3000n })
  const refund = await during('/v1/refunds', '500-before', () => bank.refund(id, 1000n))
  await bank.age(refund.id, '23 hours 30 minutes')
  expect(await recoverRefund(app, bank.practice, refund.id, 'test')).toMatchObject({ status: 'submitted' })
  await bank.age(refund.id, '1 hour')
  await Promise.all([1, 2, 3, 4, 5].map(() => recoverRefund(app, bank.practice, refund.id, 'test')))
  expect(await settledRefund(app, bank.practice, refund.id)).toMatchObject({ status: 'failed', attempt: 1 })
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 3000 })
  expect((await bank.owed(account)).total).toBe(0n)
  await bank.refund(id, 1000n)
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 2000 })
  await expectAgreement()
})

test('a refund that nobody was there to send is sent, also after a day', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const { id } = await bank.pay({ account, amount: 3000n })
  const refund = await during('/v1/refunds', '500-before', () => bank.refund(id, 1000n))
  await query(world, `update payments.refund set status = 'created', submitted_at = null where id = $1`, [refund.id])
  await bank.age(refund.id, '25 hours')
  await recoverRefund(app, bank.practice, refund.id, 'test')
  expect(await settledRefund(app, bank.practice, refund.id)).toMatchObject({ status: 'succeeded' })
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 2000 })
  await expectAgreement()
})

test('an attempt given up that turns out paid settles; what the bills no longer need is credit', async () => {
  const { account, id } = await unanswered('lost')
  await giveUpPayment(app, bank.practice, id, { status: 'canceled', code: 'never-arrived' }, 'test')
  await bank.pay({ account, amount: 2000n })
  await reconcile(app, bank.practice)
  expect(await bank.payment(id)).toMatchObject({ status: 'succeeded', failureCode: null })
  expect(await bank.owed(account)).toMatchObject({ total: 0n, creditTotal: 2000n })
  await expectAgreement()
})

test('what the processor showed once is not failed because it cannot be read now', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const open = await bank.pay({ account, amount: 3000n, card: 'pm_card_authenticationRequired' })
  await world.sandbox.control('objects/delete', { id: open.intent })
  expect((await recoverPayment(app, bank.practice, open.id, 'test'))?.status).toBe('requires_action')
  await query(world, `update payments.payment set status = 'canceled', check_at = null where id = $1`, [open.id])
  await query(world, 'delete from payments.reservation where payment_id = $1', [open.id])
})

test('an attempt not sent within a minute is never sent, and is canceled', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const payment = newId('pay')
  const killed = {
    ...app,
    failpoint: (name: string) => {
      if (name === 'pay.created') throw new Error('killed')
    },
  }
  await expect(
    bankOf({ ...world, app: { ...world.app, ...killed } }).pay({ account, amount: 3000n, payment }),
  ).rejects.toThrow('killed')
  await bank.age(payment, '61 seconds')
  expect((await bank.pay({ account, amount: 3000n, payment })).status).toBe('created')
  expect((await recoverPayment(app, bank.practice, payment, 'test'))?.status).toBe('canceled')
  expect((await bank.owed(account)).total).toBe(3000n)
})

test('a payment that recovery has taken is not sent by a sender that wakes up, nor given up once it is sent', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const id = newPayment()
  const dies = (point: string) => {
    if (point === 'pay.created') throw new Error('died')
  }
  const order = { account, amount: 3000n, bills: [], payment: id, with: { card: 'pm_card_visa', keep: 'no' } } as const
  await expect(payBills({ ...app, failpoint: dies }, bank.actor, order)).rejects.toThrow('died')
  const wakeUp = () => bank.read(tx => rows(tx, markSubmitted(bank.practice, id)))
  await recoverPractice(app, bank.practice, { all: true })
  expect(await bank.payment(id)).toMatchObject({ status: 'created' })
  await query(world, "update payments.payment set check_at = now() - interval '1 second' where id = $1", [id])
  await recoverPractice(app, bank.practice)
  expect(await wakeUp()).toEqual([])
  await query(world, 'update payments.payment set checks = 0 where id = $1', [id])
  expect(await wakeUp()).toMatchObject([{ status: 'submitted' }])
  const notSent = { status: 'canceled', code: 'not-sent', from: 'created' } as const
  expect(await giveUpPayment(app, bank.practice, id, notSent, 'test')).toMatchObject({ status: 'submitted' })
  expect(await settled(id)).toMatchObject({ status: 'succeeded' })
})

test('however often asking has failed, what nobody knows is asked about within forty seconds, and not by a worker that stops', async () => {
  const { id } = await unanswered('hang')
  await query(world, 'update payments.payment set checks = 30, check_at = now() where id = $1', [id])
  expect(await recoverPractice(app, bank.practice, { isWanted: () => false })).toBe(0)
  expect(await during(INTENTS, 'hang', () => recoverPractice(app, bank.practice))).toBe(1)
  const [next] = await query<{ seconds: number }>(
    world,
    'select extract(epoch from check_at - now())::float8 as seconds from payments.payment where id = $1',
    [id],
  )
  expect(next?.seconds).toBeGreaterThan(20)
  expect(next?.seconds).toBeLessThan(40)
  expect(await settled(id)).toMatchObject({ status: 'succeeded', attempt: 1 })
})
