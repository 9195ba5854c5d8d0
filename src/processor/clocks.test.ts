import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { wholePractice } from '../kernel/actor.ts'
import { transact } from '../platform/database.ts'
import { ageOf, type Clocks, listedSince, readClocks } from './clocks.ts'
import { findConnection } from './connections.ts'
import type { PaymentsApp } from './processor.ts'
import { openStripe } from './stripe/stripe.ts'

const NOON = Temporal.Instant.from('2026-11-20T12:00:00Z')
const HOUR = 3600
/** Both clocks at noon of ours, the processor's so many seconds ahead, and together for days. */
const clocks = (ahead = 0, togetherSeconds = 100 * HOUR): Clocks => ({
  ours: NOON,
  theirs: NOON.add({ milliseconds: ahead * 1000 }),
  since: NOON.subtract({ milliseconds: togetherSeconds * 1000 }),
})
/** Sent so many seconds ago by each clock. */
const sent = (byOurs: number, byTheirs: number | null = byOurs, ahead = 0) => ({
  submittedAt: NOON.subtract({ milliseconds: byOurs * 1000 }),
  processorSubmittedAt: byTheirs === null ? null : NOON.add({ milliseconds: (ahead - byTheirs) * 1000 }),
})

test('a key is remembered for less than 23 hours by both clocks', () => {
  expect(ageOf(sent(23 * HOUR - 0.001), clocks()).isRemembered).toBe(true)
  expect(ageOf(sent(23 * HOUR), clocks()).isRemembered).toBe(false)
  expect(ageOf(sent(1, 23 * HOUR), clocks()).isRemembered).toBe(false)
  expect(ageOf(sent(23 * HOUR, 1), clocks()).isRemembered).toBe(false)
  expect(ageOf(sent(23 * HOUR - 1, 23 * HOUR - 1, 5 * HOUR), clocks(5 * HOUR)).isRemembered).toBe(true)
})

test('what both clocks tell the same of is forgotten after 24 hours', () => {
  expect(ageOf(sent(24 * HOUR), clocks()).isForgotten).toBe(false)
  expect(ageOf(sent(24 * HOUR + 0.001), clocks()).isForgotten).toBe(true)
  expect(ageOf(sent(24 * HOUR + 1, 24 * HOUR + 1, -7 * HOUR), clocks(-7 * HOUR)).isForgotten).toBe(true)
})

test('nothing is forgotten before the clocks have gone together for 24 hours; then all is that is older than a move', () => {
  expect(ageOf(sent(50 * HOUR), clocks(0, 24 * HOUR)).isForgotten).toBe(false)
  expect(ageOf(sent(50 * HOUR), clocks(0, 24 * HOUR + 0.001)).isForgotten).toBe(true)
  for (const [ours, theirs] of [
    [1, 9 * HOUR],
    [9 * HOUR, 1],
    [-40 * HOUR, 3],
    [1, null],
  ] as const) {
    expect(ageOf(sent(ours, theirs), clocks(0, 24 * HOUR)).isForgotten).toBe(false)
    expect(ageOf(sent(ours, theirs), clocks(0, 24 * HOUR + 0.001)).isForgotten).toBe(true)
  }
})

test('an age is sure where both clocks agree within a minute, either way, and never where the processor’s was not known', () => {
  for (const sign of [-1, 1]) {
    expect(ageOf(sent(HOUR, HOUR + sign * 60), clocks()).isSure).toBe(true)
    expect(ageOf(sent(HOUR, HOUR + sign * 60.001), clocks()).isSure).toBe(false)
  }
  expect(ageOf(sent(HOUR, null), clocks()).isSure).toBe(false)
})

test('a listing begins a day before the earlier of both times, by the processor’s clock', () => {
  const since = (byOurs: number, byTheirs: number | null, ahead = 0) =>
    listedSince(sent(byOurs, byTheirs, ahead), clocks(ahead)).toString()
  const earlier = (seconds: number, ahead = 0) =>
    NOON.subtract({ hours: 24 })
      .add({ milliseconds: (ahead - seconds) * 1000 })
      .toString()
  expect(since(10, 10)).toBe(earlier(10))
  expect(since(10, 3 * HOUR)).toBe(earlier(3 * HOUR))
  expect(since(3 * HOUR, 10)).toBe(earlier(3 * HOUR))
  expect(since(10, null, -5 * HOUR)).toBe(earlier(10, -5 * HOUR))
  expect(since(10, 10, 5 * HOUR)).toBe(earlier(10, 5 * HOUR))
})

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

type Kept = { offset: number; moved: number | null; together: number; heard: number }
async function kept(): Promise<Kept | undefined> {
  const [row] = await query<Kept>(
    world,
    `select extract(epoch from clock_offset)::float8 as offset, extract(epoch from clock_moved)::float8 as moved,
      extract(epoch from now() - clock_since)::float8 as together, extract(epoch from now() - clock_heard_at)::float8 as heard
      from payments.connection where practice_id = $1`,
    [world.practice.id],
  )
  return row
}

/** Reads the clocks as a process does that has just begun, while the processor's is so many seconds ahead. */
async function read(offsetSeconds: number): Promise<Clocks | undefined> {
  await world.sandbox.control('clock', { offsetSeconds })
  const app: PaymentsApp = { ...world.app, processor: openStripe(world.config.stripe) }
  const connection = await transact(app.db, wholePractice(world.practice.id), tx =>
    findConnection(tx, world.practice.id),
  )
  return connection && readClocks(app, world.practice.id, connection)
}

const age = (interval: string) =>
  query(
    world,
    'update payments.connection set clock_since = clock_since - $1::interval, clock_heard_at = clock_heard_at - $1::interval',
    [interval],
  )

test('what is kept of a clock is written anew when it is wrong by seconds or minutes old, and stands until it moves by a minute', async () => {
  await read(0)
  await age('1 hour')
  await read(0)
  const first = await kept()
  expect(Math.abs(first?.offset ?? 9)).toBeLessThan(1.5)
  expect(first?.heard).toBeLessThan(30)
  expect(first?.together).toBeGreaterThan(3500)
  await age('4 minutes')
  await read(0)
  expect((await kept())?.heard).toBeGreaterThan(230)
  await read(50)
  const drifted = await kept()
  expect(drifted?.offset).toBeGreaterThan(48)
  expect(drifted?.heard).toBeLessThan(30)
  expect(drifted?.together).toBeGreaterThan(3500)
  expect(drifted?.moved).toBeNull()
  const seen = await read(50 - 70)
  const moved = await kept()
  expect(moved?.together).toBeLessThan(30)
  expect(moved?.moved).toBeLessThan(-65)
  expect(seen?.ours.until(seen.theirs).total('seconds')).toBeLessThan(-18)
  expect(seen?.since.toString()).toBe(seen?.ours.toString())
})

/** A clock that goes on by so many seconds between two looks, because the machine had other things to do. */
function slowClock(seconds: number): PaymentsApp {
  let now = Temporal.Now.instant()
  const clock = async () => () => {
    const shown = now
    now = now.add({ seconds })
    return shown
  }
  return { ...world.app, processor: { ...world.app.processor, clock } }
}

test('a reading that took more than ten seconds tells nothing, and keeps nothing', async () => {
  const connection = await transact(world.app.db, wholePractice(world.practice.id), tx =>
    findConnection(tx, world.practice.id),
  )
  if (!connection) throw new Error('the practice takes cards')
  expect(await readClocks(slowClock(10), world.practice.id, connection)).toBeDefined()
  const before = await kept()
  expect(await readClocks(slowClock(11), world.practice.id, connection)).toBeUndefined()
  expect((await kept())?.offset).toBe(before?.offset)
})
