import { afterAll, beforeAll, expect, test } from 'vitest'
import { receive } from '../../test/support/deliveries.ts'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { pruneInbox } from './prune-inbox.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const arrives = (id: string) =>
  receive(
    world.app,
    JSON.stringify({ id, account: 'acct_1', type: 'payment_intent.succeeded', data: { object: { id: 'pi_1' } } }),
  )

const age = (id: string, received: string, processed: string | null) =>
  query(
    world,
    `update payments.inbox set received_at = now() - $2::interval, processed_at = now() - $3::interval where event_id = $1`,
    [id, received, processed],
  )

const known = async () =>
  (await query<{ id: string }>(world, 'select event_id as id from payments.inbox order by 1')).map(row => row.id)

test('an event goes 40 days after it was worked through; until then a second one is known, and one that waits stays', async () => {
  for (const id of ['evt_long_ago', 'evt_month_ago', 'evt_waits', 'evt_worked_late']) await arrives(id)
  await age('evt_long_ago', '41 days', '41 days')
  await age('evt_month_ago', '36 days', '36 days')
  await age('evt_waits', '200 days', null)
  await age('evt_worked_late', '200 days', '1 day')
  expect(await pruneInbox(world.app)).toBe(1)
  expect(await known()).toEqual(['evt_month_ago', 'evt_waits', 'evt_worked_late'])
  await arrives('evt_month_ago')
  const [again] = await query(
    world,
    `select processed_at is not null as done from payments.inbox where event_id = $1`,
    ['evt_month_ago'],
  )
  expect(again).toEqual({ done: true })
})

test('more than fit into one batch all go', async () => {
  for (let n = 0; n < 7; n++) {
    await arrives(`evt_many_${n}`)
    await age(`evt_many_${n}`, '50 days', '50 days')
  }
  expect(await pruneInbox(world.app, 3)).toBe(7)
})
