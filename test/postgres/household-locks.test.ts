import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockAccount } from '../../src/identity/accounts.ts'
import { routes } from '../../src/main/routes.ts'
import type { Tx } from '../../src/platform/database.ts'
import { playSequences } from '../money/sequences.ts'
import { bankOf } from '../support/bank.ts'
import { ask, fill, nameOf, openStage, ownerVisit, type Stage } from '../support/walk.ts'
import { makeHousehold, makeWorld } from '../support/world.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage?.end())

test('every act of every route locks the household that it writes to', async () => {
  const [maria] = stage.troupe.members
  if (!maria) throw new Error('the troupe is empty')
  for (const route of routes.filter(one => one.method === 'POST')) {
    const owner = await ownerVisit(stage, route, maria)
    const { status } = await ask(stage, route, owner, await fill(stage, route, maria, owner))
    expect(status, nameOf(route)).toBeLessThan(400)
  }
}, 60_000)

test('so does every act that moves money, in whatever order', async () => {
  const world = await makeWorld()
  try {
    for (const variant of [0, 1]) await playSequences(world, { count: 12, seed: 20_261_120, variant })
  } finally {
    await world.end()
  }
}, 120_000)

test('a writer without the lock is found, at each table, and one that holds it is not', async () => {
  const { account } = await makeHousehold(stage.world, [3000n])
  const bank = bankOf(stage.world)
  const paid = await bank.pay({ account, amount: 1000n })
  const open = await bank.pay({ account, amount: 500n, with: { hosted: true, keep: 'no' } })
  expect([paid.status, open.status]).toEqual(['succeeded', 'requires_action'])
  const writes: ((tx: Tx) => Promise<unknown>)[] = [
    tx => sql`update billing.invoice set open_cents = open_cents where account_id = ${account}`.execute(tx),
    tx => sql`update billing.invoice_line set open_cents = open_cents where account_id = ${account}`.execute(tx),
    tx => sql`update ledger.receivable set version = version where account_id = ${account}`.execute(tx),
    tx => sql`delete from payments.reservation where account_id = ${account}`.execute(tx),
  ]
  for (const write of writes) {
    await expect(bank.read(write)).rejects.toThrow(`without the lock of household ${account}`)
    await bank.read(async tx => {
      await lockAccount(tx, bank.practice, account)
      await write(tx)
    })
  }
})
