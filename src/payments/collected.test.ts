import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { AccountId, PaymentId } from '../kernel/ids.ts'
import { one, transact } from '../platform/database.ts'
import { lookForReturns } from '../recovery/look-for-returns.ts'
import { type Collected, closeDays, selectCollected, selectReturned } from './collected.ts'

/** The tenth, late in the evening in New York; in UTC it is the eleventh. */
const NOW = Temporal.Instant.from('2026-11-11T03:30:00Z')
const TODAY = Temporal.PlainDate.from('2026-11-10')
const ZONE = 'America/New_York'

let world: World
let account: AccountId
beforeAll(async () => {
  const made = await makeWorld({ settings: { minimumPartCents: '100' } })
  world = { ...made, app: { ...made.app, now: () => NOW } }
  account = (await makeHousehold(world, [90_000_000n])).account
}, 60_000)
afterAll(() => world?.end())

async function received(cents: bigint, at: string): Promise<void> {
  const { id } = await bankOf(world).pay({ account, amount: cents * 100n })
  await query(world, 'update payments.payment set received_at = $2 where id = $1', [id, at])
}

const collected = (today = TODAY, zone = ZONE): Promise<Collected> =>
  transact(world.app.db, wholePractice(world.practice.id), tx =>
    one(tx, selectCollected(world.practice.id, today, zone)),
  )
const close = () => closeDays(world.app, world.practice.id)
const closed = async () =>
  (
    await query<{ day: string; cents: string }>(
      world,
      `select day::text, cents::text from payments.collected_day where time_zone = $1 and cents > 0 order by day`,
      [ZONE],
    )
  ).map(({ day, cents }) => `${day} ${cents}`)

test('what was collected is the same before and after its days are counted, in the zone of the practice', async () => {
  await received(100n, '2026-10-31T12:00:00Z')
  await received(20n, '2026-11-01T03:59:59Z') // still October there
  await received(3000n, '2026-11-01T04:00:00Z')
  await received(400n, '2026-11-10T04:59:59Z') // yesterday there
  await received(50_000n, '2026-11-10T05:00:00Z')
  await received(7n, '2026-11-11T03:29:00Z')
  const live = { day: 5_000_700n, dayPayments: 2n, month: 5_340_700n, monthPayments: 4n }
  expect(await collected()).toEqual(live)
  await close()
  expect(await closed()).toEqual(['2026-10-31 12000', '2026-11-01 300000', '2026-11-09 40000'])
  expect(await collected()).toEqual(live)
  await close()
  expect(await closed()).toHaveLength(3)
  await received(10n, '2026-11-11T03:29:30Z')
  expect(await collected()).toMatchObject({ day: 5_001_700n, month: 5_341_700n })
  // On the next day, before anybody counted; and on the first of a month.
  expect(await collected(TODAY.add({ days: 1 }))).toMatchObject({ day: 0n, month: 5_341_700n })
  expect(await collected(Temporal.PlainDate.from('2026-12-01'))).toMatchObject({
    day: 0n,
    month: 0n,
    monthPayments: 0n,
  })
})

test('a practice in another zone has other days', async () => {
  expect(await collected(TODAY.add({ days: 1 }), 'UTC')).toMatchObject({
    day: 1700n,
    month: 5_343_700n,
    monthPayments: 6n,
  })
})

test('a day that is not what its payments add up to is a difference in the books', async () => {
  const differences = async () => (await checkLedger(world.app, world.practice.id)).differences
  expect(await differences()).toEqual([])
  await query(world, `update payments.collected_day set cents = cents + 1 where day = '2026-11-09'`)
  expect(await differences()).toEqual([{ kind: 'collected.day', ref: '2026-11-09', ours: '40001', theirs: '40000' }])
})

const returned = (today = TODAY) =>
  transact(world.app.db, wholePractice(world.practice.id), tx => one(tx, selectReturned(world.practice.id, today)))

test('what went back counts by the day it went, whoever sent it, and not what came back of it', async () => {
  expect(await returned()).toEqual({ day: 0n, month: 0n })
  const bank = bankOf(world)
  const at = await bank.processorAccount()
  const pay = async () => (await bank.pay({ account, amount: 100_000n })).id
  const there = async (payment: PaymentId) => ({ payment_intent: (await bank.payment(payment))?.intent })
  const [refunded, outside, won, lost] = [await pay(), await pay(), await pay(), await pay()]
  await bank.refund(refunded, 1000n)
  const { id: back } = await world.sandbox.control('refunds', { ...(await there(outside)), amount: 400 })
  await world.sandbox.control('refunds', { ...(await there(outside)), amount: 200 })
  for (const payment of [won, lost]) {
    await world.sandbox.control('disputes', { ...(await there(payment)), amount: 30_000 })
    await bank.takeDispute(at, payment)
  }
  const look = () => lookForReturns(world.app, world.practice.id, { wanted: 'all' })
  await look()
  expect(await returned()).toEqual({ day: 61_600n, month: 61_600n })
  await world.sandbox.control('refunds/end', { refund: back, status: 'failed' })
  await bank.decideDispute(at, await bank.takeDispute(at, won), 'winning_evidence')
  await bank.decideDispute(at, await bank.takeDispute(at, lost), 'losing_evidence')
  await look()
  await bank.book(lost, true)
  expect(await returned()).toEqual({ day: 31_200n, month: 31_200n })
  expect(await returned(TODAY.add({ days: 1 }))).toEqual({ day: 0n, month: 31_200n })
  expect(await returned(Temporal.PlainDate.from('2026-12-01'))).toEqual({ day: 0n, month: 0n })
})
