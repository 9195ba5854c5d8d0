import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { wholePractice } from '../kernel/actor.ts'
import { one, transact } from '../platform/database.ts'
import { countOverdue, listPracticesToCount, type Overdue, selectOverdue } from './overdue.ts'

let world: World
/** The bills of a world fall due from late November on: sixty days later the first are overdue. */
const TODAY = Temporal.PlainDate.from('2027-03-01')
beforeAll(async () => {
  const made = await makeWorld()
  world = { ...made, app: { ...made.app, now: () => TODAY.toZonedDateTime('America/New_York').toInstant() } }
})
afterAll(() => world?.end())

const overdue = (): Promise<Overdue> =>
  transact(world.app.db, wholePractice(world.practice.id), tx => one(tx, selectOverdue(world.practice.id, TODAY)))

test('what is overdue is counted where nobody has yet, and then shown as it was counted, with the time', async () => {
  const { account } = await makeHousehold(world, [4000n, 500n])
  await makeHousehold(world, [60n])
  expect(await overdue()).toEqual({ cents: 4560n, accounts: 2n, countedAt: null })
  const due = await listPracticesToCount(world.app)
  expect(due.toSorted()).toEqual([world.practice.id, world.other.id].toSorted())
  for (const practice of due) await countOverdue(world.app, practice)
  expect(await listPracticesToCount(world.app)).toEqual([])
  const first = await overdue()
  expect(first).toMatchObject({ cents: 4560n, accounts: 2n, countedAt: expect.any(Temporal.Instant) })
  await bankOf(world).pay({ account, amount: 4500n })
  expect(await overdue()).toEqual(first)
  await query(
    world,
    `update billing.overdue set counted_at = counted_at - interval '11 minutes' where practice_id = $1`,
    [world.practice.id],
  )
  expect(await listPracticesToCount(world.app)).toEqual([world.practice.id])
  await countOverdue(world.app, world.practice.id)
  expect(await overdue()).toMatchObject({ cents: 60n, accounts: 1n })
})
