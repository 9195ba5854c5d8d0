import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { checkLedger } from '../../src/books/check.ts'
import { system } from '../../src/kernel/actor.ts'
import type { AccountId, PaymentId } from '../../src/kernel/ids.ts'
import { cancelAtProcessor } from '../../src/payments/cancel.ts'
import type { Payment } from '../../src/payments/payments.ts'
import { setSettings } from '../../src/practice/settings.ts'
import { processInbox } from '../../src/recovery/inbox.ts'
import { recoverPayment } from '../../src/recovery/recover.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { listEvents, storeShuffled } from '../support/deliveries.ts'
import { settledPayment } from '../support/settled.ts'
import { makeHousehold, makeWorld, query, type World } from '../support/world.ts'

let world: World
let bank: Bank
beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
}, 60_000)
afterAll(() => world?.end())
afterEach(async () => {
  await world.sandbox.control('faults', { rules: [] })
  await world.sandbox.control('clearing', { on: false })
})

const look = (id: PaymentId) => recoverPayment(world.app, bank.practice, id, 'test')
const agrees = async () => expect((await checkLedger(world.app, bank.practice)).differences).toEqual([])

const WAYS = {
  'by a card at hand': (account: AccountId) => bank.pay({ account, amount: 3000n }),
  "on the processor's page": async (account: AccountId) => {
    const open = await bank.pay({ account, amount: 3000n, with: { hosted: true, keep: 'no' } })
    expect(open).toMatchObject({ status: 'requires_action' })
    expect(await bank.typeCard(open, '4242424242424242')).toBe(303)
    return open
  },
} as const

/** A payment that the bank has accepted and decides about later. */
async function accepted(way: keyof typeof WAYS): Promise<{ account: AccountId; payment: Payment }> {
  await world.sandbox.control('clearing', { on: true })
  const { account } = await makeHousehold(world, [3000n])
  const { id } = await WAYS[way](account)
  const payment = await look(id)
  expect(payment).toMatchObject({ status: 'clearing' })
  expect((await bank.owed(account)).total).toBe(0n)
  return { account, payment: payment as Payment }
}

const decide = (payment: Payment, outcome: 'succeeded' | 'failed') =>
  world.sandbox.control('clearing', { intent: payment.intent, outcome })

for (const way of Object.keys(WAYS) as (keyof typeof WAYS)[]) {
  test(`a debit asked for ${way} that bounces after it was accepted has failed, and its bill is owed again`, async () => {
    const { account, payment } = await accepted(way)
    await decide(payment, 'failed')
    await look(payment.id)
    expect(await bank.payment(payment.id)).toMatchObject({ status: 'failed', failureCode: 'insufficient_funds' })
    expect((await bank.owed(account)).total).toBe(3000n)
    await agrees()
  })

  test(`a debit asked for ${way} whose event tells that it bounced has failed, however often and in whatever order it comes`, async () => {
    const { account, payment } = await accepted(way)
    await decide(payment, 'failed')
    const at = await bank.processorAccount()
    await storeShuffled(world, at, await listEvents(world, at, payment.id), { copies: 3 })
    while ((await processInbox(world.app)) > 0);
    expect(await bank.payment(payment.id)).toMatchObject({ status: 'failed' })
    expect((await bank.owed(account)).total).toBe(3000n)
    await agrees()
  })

  test(`a debit asked for ${way} that the bank takes is received once`, async () => {
    const { account, payment } = await accepted(way)
    expect(await look(payment.id)).toMatchObject({ status: 'clearing' })
    await decide(payment, 'succeeded')
    await Promise.all([look(payment.id), look(payment.id)])
    expect(await bank.payment(payment.id)).toMatchObject({ status: 'succeeded' })
    expect(await bank.atProcessor(payment.id)).toEqual({ charges: 1, cents: 3000 })
    expect((await bank.owed(account)).total).toBe(0n)
    await agrees()
  })
}

test('a page that was paid while its payer cancels here is not cancelled', async () => {
  await world.sandbox.control('clearing', { on: true })
  const { account } = await makeHousehold(world, [3000n])
  const { id } = await WAYS["on the processor's page"](account)
  expect(await cancelAtProcessor(world.app, bank.practice, id, 'payer')).toMatchObject({ status: 'clearing' })
  await decide((await bank.payment(id)) as Payment, 'succeeded')
  expect(await look(id)).toMatchObject({ status: 'succeeded' })
  await agrees()
})

for (const [way, order] of [
  ['at the bank', { card: 'pm_card_authenticationRequired' }],
  ["on the processor's page", { with: { hosted: true, keep: 'no' } }],
] as const)
  test(`an attempt that waits for its payer ${way} reserves half an hour, or for as long as the practice has set`, async () => {
    const set = (reservationMinutes: string) =>
      setSettings(world.app, system(bank.practice, 'test'), { reservationMinutes })
    const open = async () => {
      const { account } = await makeHousehold(world, [3000n])
      const { id, status } = await bank.pay({ account, amount: 3000n, ...order })
      expect(status).toBe('requires_action')
      return { id, account }
    }
    const after = async (id: PaymentId, interval: string) => {
      await bank.age(id, interval)
      return (await look(id))?.status
    }
    const [usual, short] = [await open(), await open()]
    expect(await after(usual.id, '29 minutes 50 seconds')).toBe('requires_action')
    expect((await bank.owed(usual.account)).total).toBe(0n)
    await set('5')
    expect(await after(short.id, '4 minutes 50 seconds')).toBe('requires_action')
    expect(await after(short.id, '20 seconds')).toBe('canceled')
    expect((await bank.owed(short.account)).total).toBe(3000n)
    await set('30')
    expect(await after(usual.id, '20 seconds')).toBe('canceled')
    await expect(set('0')).rejects.toMatchObject({ code: 'setting.invalid' })
    await agrees()
  })

/** A page whose opening was not answered. */
async function unanswered(): Promise<PaymentId> {
  const { account } = await makeHousehold(world, [3000n])
  await world.sandbox.control('faults', { rules: [{ method: 'POST', path: '/v1/checkout', fault: 'lost' }] })
  const { id, status } = await bank.pay({ account, amount: 3000n, with: { hosted: true, keep: 'no' } })
  await world.sandbox.control('faults', { rules: [] })
  expect(status).toBe('submitted')
  return id
}

const pagesOf = async (id: PaymentId) => {
  const { data } = await world.sandbox.sdk(await bank.processorAccount()).checkout.sessions.list({ limit: 100 })
  return data.filter(session => session.metadata?.payment_id === id)
}

const listings = async () => {
  const { requests } = (await world.sandbox.control('summary')) as { requests: Record<string, unknown> }
  return requests['GET /v1/checkout/sessions'] ?? 0
}

test('a request is repeated as it was, also when the practice has another name, language and address meanwhile', async () => {
  const id = await unanswered()
  const set = (name: string, locale: string) =>
    query(world, 'update practice.practice set name = $1, locale = $2 where practice_id = $3', [
      name,
      locale,
      bank.practice,
    ])
  await set('Mill Street Clinic', 'es')
  const listed = await listings()
  const moved = { ...world.app, config: { ...world.app.config, url: 'https://pay.example.org' } }
  expect(await settledPayment(moved, bank.practice, id)).toMatchObject({ status: 'requires_action', attempt: 1 })
  await set('Riverside Family Medicine', 'en')
  // The key was answered with what it had made; a body that differs is refused, and then looked up.
  expect(await listings()).toEqual(listed)
  expect(await pagesOf(id)).toMatchObject([{ status: 'open' }])
})

test('a key that had another body is looked up at once, and nothing is asked for twice', async () => {
  const id = await unanswered()
  await query(world, `update payments.payment set payee = 'Somebody else' where id = $1`, [id])
  expect(await look(id)).toMatchObject({ status: 'requires_action', attempt: 1 })
  expect(await pagesOf(id)).toMatchObject([{ status: 'open' }])
})

test('of several things that the processor made for one payment, the one that brought money counts', async () => {
  const { account } = await makeHousehold(world, [3000n])
  await world.sandbox.control('faults', { rules: [{ method: 'POST', path: '/v1/payment_intents', fault: 'lost' }] })
  const { id } = await bank.pay({ account, amount: 3000n })
  await world.sandbox.control('faults', { rules: [] })
  const metadata = { practice: bank.practice, payment_id: id }
  const later = { amount: 3000, currency: 'usd', metadata }
  await world.sandbox.sdk(await bank.processorAccount()).paymentIntents.create(later)
  await bank.age(id, '25 hours')
  expect(await look(id)).toMatchObject({ status: 'succeeded' })
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 3000 })
})

test('a key that had another body, where nothing shows what it made, never rises', async () => {
  const id = await unanswered()
  for (const { id: page } of await pagesOf(id)) await world.sandbox.control('objects/delete', { id: page })
  await query(world, `update payments.payment set payee = 'Somebody else' where id = $1`, [id])
  expect(await look(id)).toMatchObject({ status: 'submitted', attempt: 1 })
  expect(await pagesOf(id)).toEqual([])
})

test('what was sent before its body was kept is looked up, not sent again', async () => {
  const id = await unanswered()
  await query(world, 'update payments.payment set return_url = null, payee = null, locale = null where id = $1', [id])
  expect(await look(id)).toMatchObject({ status: 'requires_action', attempt: 1 })
  expect(await pagesOf(id)).toHaveLength(1)
})
