import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, type World } from '../../test/support/world.ts'
import { findConnection } from '../processor/connections.ts'
import { listMethods, makeDefault, recordMethod } from './methods.ts'
import { receiptNumber } from './payments.ts'
import { selectTransactions } from './transactions.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

test('what kept a card as the default and is heard of again does not take the default from a later choice', async () => {
  const bank = bankOf(world)
  const { account } = await makeHousehold(world, [])
  const kept = await bank.read(async tx => {
    const connection = (await findConnection(tx, bank.practice))?.id
    if (!connection) throw new Error('the practice takes cards')
    const keep = (method: string, asDefault: boolean) => {
      const card = { method, brand: 'visa', last4: '4242', expMonth: 12, expYear: 2035, customer: null }
      return recordMethod(tx, bank.practice, { account, connection, card, asDefault })
    }
    const first = await keep('pm_first', true)
    const second = await keep('pm_second', false)
    await makeDefault(tx, bank.practice, account, second.id)
    expect(await keep('pm_first', true)).toEqual({ id: first.id, made: false })
    return { second, methods: await listMethods(tx, bank.practice, account) }
  })
  expect(kept.methods.find(each => each.isDefault)?.id).toBe(kept.second.id)
})

test('the number on a receipt finds its payment in the office', async () => {
  const bank = bankOf(world)
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  const found = (q: string) => bank.read(tx => selectTransactions(bank.practice, { q }).execute(tx))
  for (const q of [receiptNumber(paid.id), receiptNumber(paid.id).toLowerCase(), paid.intent ?? '']) {
    const { rows } = await found(q)
    expect(rows.map(row => row.id)).toContain((await bank.payment(paid.id))?.id)
  }
})
