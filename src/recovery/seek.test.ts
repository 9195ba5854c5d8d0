import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import type { PaymentId } from '../kernel/ids.ts'
import { recoverPractice } from './recover.ts'

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

const MANY = 30

async function payMany(count: number): Promise<PaymentId[]> {
  const ids: PaymentId[] = []
  for (let n = 0; n < count; n++) {
    const { account } = await makeHousehold(world, [3000n])
    ids.push((await bank.pay({ account, amount: 3000n })).id)
  }
  return ids
}

const states = async (ids: readonly PaymentId[]) => {
  const found = await query<{ status: string }>(world, 'select status from payments.payment where id = any ($1)', [ids])
  return found.map(row => row.status).toSorted()
}

/** How often the processor's charges were listed, and asked for one by one. */
async function asked(): Promise<{ listed: number; single: number }> {
  const { requests } = (await world.sandbox.control('summary')) as { requests: Record<string, number> }
  return { listed: requests['GET /v1/payment_intents'] ?? 0, single: requests['GET /v1/payment_intents/*'] ?? 0 }
}

async function since(work: () => Promise<unknown>): Promise<{ listed: number; single: number }> {
  const before = await asked()
  await work()
  const after = await asked()
  return { listed: after.listed - before.listed, single: after.single - before.single }
}

const makeDue = (which: string) => query(world, `update payments.payment set check_at = now() where ${which}`)

test('however many payments are forgotten, their account is listed once for all of them', async () => {
  const lose = (fault: string) =>
    world.sandbox.control('faults', { rules: [{ method: 'POST', path: '/v1/payment_intents', fault }] })
  await lose('lost')
  const made = await payMany(MANY)
  await lose('500-before')
  const neverMade = await payMany(5)
  await world.sandbox.control('faults', { rules: [] })
  await world.sandbox.control('forget-keys', {})
  for (const id of [...made, ...neverMade]) await bank.age(id, '24 hours 30 minutes')
  await query(world, `update payments.connection set clock_since = now() - interval '3 days'`)
  expect(await since(() => recoverPractice(world.app, bank.practice))).toEqual({ listed: 1, single: 0 })
  expect(await states(made)).toEqual(Array(MANY).fill('succeeded'))
  expect(await states(neverMade)).toEqual(Array(5).fill('canceled'))
  expect((await checkLedger(world.app, bank.practice)).differences).toEqual([])
})

test('one that is forgotten and due takes along those that are not due yet, and leaves other payments alone', async () => {
  await world.sandbox.control('faults', { rules: [{ method: 'POST', path: '/v1/payment_intents', fault: 'lost' }] })
  const [first = '', second = '', young = ''] = await payMany(3)
  await world.sandbox.control('faults', {
    rules: [{ method: 'GET', path: '/v1/payment_intents', fault: '500-before' }],
  })
  for (const id of [first, second] as PaymentId[]) await bank.age(id, '24 hours 30 minutes')
  await query(world, `update payments.payment set check_at = now() + interval '1 hour' where id = any ($1)`, [
    [second, young],
  ])
  expect(await since(() => recoverPractice(world.app, bank.practice))).toEqual({ listed: 1, single: 0 })
  expect(await states([first, second, young] as PaymentId[])).toEqual(['submitted', 'submitted', 'submitted'])
  // A listing that was not answered whole proves nothing, and is not asked for again at once.
  expect(await since(() => recoverPractice(world.app, bank.practice))).toEqual({ listed: 0, single: 0 })
  await world.sandbox.control('faults', { rules: [] })
  await makeDue(`id = '${first}'`)
  await recoverPractice(world.app, bank.practice)
  expect(await states([first, second] as PaymentId[])).toEqual(['succeeded', 'succeeded'])
  expect(await states([young] as PaymentId[])).toEqual(['submitted'])
  await recoverPractice(world.app, bank.practice, { all: true })
})

test('many accepted debits are found out by one listing, a few by asking, and all within half an hour of each other', async () => {
  await world.sandbox.control('clearing', { on: true })
  const ids = await payMany(MANY)
  expect(await states(ids)).toEqual(Array(MANY).fill('clearing'))
  const intentOf = async (id: PaymentId | undefined) => id && (await bank.payment(id))?.intent
  await world.sandbox.control('clearing', { intent: await intentOf(ids[0]), outcome: 'succeeded' })
  await world.sandbox.control('clearing', { intent: await intentOf(ids[1]), outcome: 'failed' })
  expect(await since(() => recoverPractice(world.app, bank.practice))).toEqual({ listed: 0, single: 0 })
  await makeDue(`id = '${ids[5]}'`)
  expect(await since(() => recoverPractice(world.app, bank.practice))).toEqual({ listed: 1, single: 0 })
  expect(await states(ids)).toEqual([...Array(MANY - 2).fill('clearing'), 'failed', 'succeeded'])
  for (const id of ids.slice(8))
    await world.sandbox.control('clearing', { intent: await intentOf(id), outcome: 'succeeded' })
  await makeDue(`status = 'clearing'`)
  await recoverPractice(world.app, bank.practice)
  expect((await states(ids)).filter(status => status === 'clearing')).toHaveLength(6)
  await makeDue(`status = 'clearing'`)
  expect(await since(() => recoverPractice(world.app, bank.practice))).toEqual({ listed: 0, single: 6 })
  expect((await checkLedger(world.app, bank.practice)).differences).toEqual([])
})
