import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import type { EventId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import { openQueue, type Queue } from '../platform/queue.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { recordEvent } from './events.ts'
import { hear, namesOf, type Subscribers } from './subscribers.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

/** A queue of its own, with whoever listens to `method.saved`. */
async function listening(subscribers: Subscribers<PaymentsApp>): Promise<Queue> {
  const queue = await openQueue(world.database.queueUrl, {
    listeners: namesOf(subscribers),
    worker: true,
    onError: () => undefined,
  })
  onTestFinished(() => queue.stop())
  return queue
}

async function record(queue: Queue, subject: string, announce?: boolean): Promise<EventId> {
  const { id } = world.practice
  const facts = { type: 'method.saved' as const, subject, ...(announce === undefined ? {} : { announce }) }
  return transact(world.app.db, wholePractice(id), tx => recordEvent({ queue }, tx, system(id, 'test'), facts))
}

test('a subscriber that fails is tried again by itself, and the others hear once', async () => {
  const heard: string[] = []
  const subscribers: Subscribers<PaymentsApp> = {
    'method.saved': [
      { name: 'first', hear: async (_app, _practice, event) => void heard.push(`first ${event.subject}`) },
      {
        name: 'second',
        hear: async (_app, _practice, event) => {
          heard.push(`second ${event.subject}`)
          if (heard.filter(each => each.startsWith('second')).length < 3) throw new Error('not yet')
        },
      },
    ],
  }
  const queue = await listening(subscribers)
  await queue.work(job => hear(world.app, subscribers, job))
  await record(queue, 'mth_a')
  await record(queue, 'mth_b', false)
  const ended = () =>
    query(
      world,
      `select data->>'subscriber' as who from pgboss.job where name = 'events' and state = 'completed' order by who`,
    )
  await expect.poll(ended, { timeout: 30_000 }).toEqual([{ who: 'first' }, { who: 'second' }])
  expect(heard.sort()).toEqual(['first mth_a', 'second mth_a', 'second mth_a', 'second mth_a'])
}, 40_000)

test('what was queued before there were subscribers is heard by all of them, what is for nobody known here fails', async () => {
  const heard: string[] = []
  const subscribers: Subscribers<PaymentsApp> = {
    'method.saved': ['first', 'second'].map(name => ({ name, hear: async () => void heard.push(name) })),
  }
  const event = await record(await listening({}), 'mth_c')
  const practice = world.practice.id
  await hear(world.app, subscribers, { practice, event })
  expect(heard).toEqual(['first', 'second'])
  await expect(hear(world.app, subscribers, { practice, event, subscriber: 'third' })).rejects.toThrow('third')
})
