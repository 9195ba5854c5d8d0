import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { type OpenApp, openApp } from '../main/app.ts'
import { subscribers } from '../main/subscribers.ts'
import type { TimedJob } from '../platform/queue.ts'
import { dueOn, queueDue, runTimed, type Schedule, schedules } from './schedule.ts'
import { work } from './worker.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
  await query(world, `update practice.practice set time_zone = 'Pacific/Auckland' where practice_id = $1`, [
    world.other.id,
  ])
}, 60_000)
afterAll(async () => {
  await world?.end()
})

async function openWorker(now: string): Promise<OpenApp> {
  const { appUrl, queueUrl } = world.database
  const options = { appUrl, queueUrl, name: 'worker', worker: true, silent: true, poolSize: 4 }
  const worker = await openApp(world.config, { ...options, now: () => Temporal.Instant.from(now) })
  onTestFinished(() => worker.close())
  return worker
}

const at = (text: string) => Temporal.Instant.from(text)

test('a day is due when its time has come in the zone, and the day before until then', () => {
  expect(`${dueOn('03:10', 'UTC', at('2026-11-20T03:09:59Z'))}`).toBe('2026-11-19')
  expect(`${dueOn('03:10', 'UTC', at('2026-11-20T03:10:00Z'))}`).toBe('2026-11-20')
  expect(`${dueOn('03:10', 'America/New_York', at('2026-11-20T03:10:00Z'))}`).toBe('2026-11-19')
  expect(`${dueOn('03:10', 'Pacific/Auckland', at('2026-11-19T14:10:00Z'))}`).toBe('2026-11-20')
})

test('a time that clocks skip in spring comes once, and one that they repeat in autumn is not undone', () => {
  expect(`${dueOn('02:30', 'America/New_York', at('2026-03-08T07:29:00Z'))}`).toBe('2026-03-07')
  expect(`${dueOn('02:30', 'America/New_York', at('2026-03-08T07:30:00Z'))}`).toBe('2026-03-08')
  const twice = ['2026-11-01T05:30:00Z', '2026-11-01T06:00:00Z', '2026-11-01T06:30:00Z']
  expect(twice.map(time => `${dueOn('01:30', 'America/New_York', at(time))}`)).toEqual(Array(3).fill('2026-11-01'))
})

test('each schedule runs once a day and practice, however many workers ask and however often', async () => {
  const ran: string[] = []
  const all: Schedule[] = [
    { name: 'whole', at: '03:10', zone: 'UTC', run: async () => ran.push('whole') },
    { name: 'each', at: '03:10', zone: 'practice', run: async (_app, practice) => ran.push(practice) },
  ]
  const two = [await openWorker('2026-11-19T15:00:00Z'), await openWorker('2026-11-19T15:00:00Z')]
  for (const worker of two) await worker.queue.workTimed(job => runTimed(worker, job, all))
  await Promise.all([...two, ...two, ...two].map(worker => queueDue(worker, { all })))
  await expect.poll(() => ran.length, { timeout: 20_000 }).toBe(3)
  await Promise.all(two.map(worker => queueDue(worker, { all })))
  const jobs = await query<{ due: string; practice: string | null }>(
    world,
    `select data->>'due' as due, data->>'practice' as practice from pgboss.job where name = 'timed' order by practice nulls first`,
  )
  const sorted = (ids: string[]) => ids.toSorted()
  expect(sorted(ran)).toEqual(sorted(['whole', world.practice.id, world.other.id]))
  expect(jobs).toEqual([
    { due: '2026-11-19', practice: null },
    { due: '2026-11-19', practice: world.practice.id },
    { due: '2026-11-20', practice: world.other.id },
  ])
})

test('a look that is told of the one before queues what came since alone', async () => {
  const queued: TimedJob[] = []
  const { queue } = world.app
  const app = {
    ...world.app,
    queue: { ...queue, queueTimed: async (jobs: readonly TimedJob[]) => void queued.push(...jobs) },
  }
  const all: Schedule[] = [{ name: 'each', at: '03:10', zone: 'practice', run: async () => {} }]
  const look = (now: string, before?: ReadonlySet<string>) => {
    queued.length = 0
    return queueDue({ ...app, now: () => at(now) }, { all, ...(before ? { before } : {}) })
  }
  const first = await look('2026-11-19T13:00:00Z')
  expect(queued.map(({ due }) => due)).toEqual(['2026-11-19', '2026-11-19'])
  const second = await look('2026-11-19T13:05:00Z', first)
  expect(queued).toEqual([])
  await look('2026-11-19T15:00:00Z', second)
  expect(queued).toEqual([{ schedule: 'each', practice: world.other.id, due: '2026-11-20' }])
})

test('a worker does by itself what is due, and leaves what it does not know for one that does', async () => {
  await query(world, `insert into identity.allowance values ('old', 1, now() - interval '2 days')`)
  const worker = await openWorker('2026-11-23T15:00:00Z')
  await worker.queue.queueTimed([{ schedule: 'newer', practice: null, due: '2026-11-23' }])
  const working = await work(worker, subscribers)
  const unfinished = () =>
    query(
      world,
      `select data->>'schedule' as schedule, state from pgboss.job where name = 'timed' and state <> 'completed'`,
    )
  const counts = () => query(world, 'select key from identity.allowance')
  await expect.poll(counts, { timeout: 20_000 }).toEqual([])
  await expect.poll(unfinished, { timeout: 20_000 }).toEqual([{ schedule: 'newer', state: 'retry' }])
  await working.stop()
})

test('every schedule has a name of its own', () => {
  expect(new Set(schedules.map(({ name }) => name)).size).toBe(schedules.length)
})
