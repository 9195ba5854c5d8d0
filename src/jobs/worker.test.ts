import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { openApp } from '../main/app.ts'
import { subscribers } from '../main/subscribers.ts'
import { work } from './worker.ts'

let world: World
let bank: Bank
beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
}, 60_000)
afterAll(() => world?.end())

test('a worker that starts finds a dispute of which no event ever came, though it was not due to be looked for', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n, card: 'pm_card_createDispute' })
  await query(world, `update payments.connection set returns_check_at = now() + interval '9 minutes'`)
  const { appUrl, queueUrl } = world.database
  const worker = await openApp(world.config, { appUrl, queueUrl, name: 'worker', worker: true, silent: true })
  const working = await work(worker, subscribers)
  try {
    const disputed = async () => (await bank.balances(paid.id)).disputed
    await expect.poll(disputed, { timeout: 20_000 }).toBe(3000n)
  } finally {
    await working.stop()
    await worker.close()
  }
})
