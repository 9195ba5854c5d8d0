import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { healthRoutes } from '../api/health.ts'
import { createPractice } from '../practice/practices.ts'
import { seed } from './seed.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

/** What /readyz answers in demo mode, in a process that has not looked yet. */
async function readyz(): Promise<{ status: string; for?: string[] }> {
  const app = { ...world.app, config: { ...world.config, mode: 'demo' } }
  const answer = await healthRoutes.find(route => route.path === '/readyz')?.handle({ app } as never)
  return JSON.parse(answer instanceof Response ? await answer.text() : '')
}

test('a store with practices of somebody’s own gets no demo and is ready without; one where the demo was begun waits for it', async () => {
  await expect(seed(world.app, () => undefined)).rejects.toThrow('This store has practices of its own')
  expect(await query(world, 'select 1 from identity.staff')).toEqual([])
  expect((await readyz()).for ?? []).not.toContain('seed')
  await createPractice(world.app, { ...world.practice, slug: 'begun' }, 'demo')
  expect((await readyz()).for).toContain('seed')
})
