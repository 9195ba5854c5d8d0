import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { type Allowance, forgetUses, giveBack, useAllowances } from './allowances.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const three = (key: string): Allowance => ({ key, most: 3, minutes: 15 })
const use = (...allowances: Allowance[]) => useAllowances(world.app, allowances)
const usedOf = async (key: string) =>
  (await query<{ used: number }>(world, 'select used from identity.allowance where key = $1', [key]))[0]?.used ?? 0
/** As if so many minutes had gone by since the window of a key began. */
const later = (key: string, minutes: number) =>
  query(world, 'update identity.allowance set ends_at = ends_at - make_interval(mins => $2) where key = $1', [
    key,
    minutes,
  ])

test('two hundred at once are as many as allowed, and a key of its own is another', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => use(three('at once'))))
  expect(answers.filter(Boolean)).toHaveLength(3)
  expect(await use(three('beside'))).toBe(true)
})

test('a window ends so long after its first use, and what was refused meanwhile did not lengthen it', async () => {
  for (let n = 0; n < 3; n++) expect(await use(three('window'))).toBe(true)
  await later('window', 14)
  expect(await use(three('window'))).toBe(false)
  await later('window', 2)
  for (const allowed of [true, true, true, false]) expect(await use(three('window'))).toBe(allowed)
})

test('what one of several refuses counts for none of them, in whatever order they stand', async () => {
  for (let n = 0; n < 3; n++) await use(three('b'))
  for (const order of [
    ['a', 'b', 'c'],
    ['c', 'b', 'a'],
  ])
    expect(await use(...order.map(three))).toBe(false)
  expect([await usedOf('a'), await usedOf('b'), await usedOf('c')]).toEqual([0, 3, 0])
  expect(await use(three('a'), three('c'))).toBe(true)
})

test('several that are used at once in other orders wait for each other and all end', async () => {
  const keys = ['d', 'e', 'f', 'g'].map(key => ({ key, most: 1000, minutes: 1 }))
  const all = Array.from({ length: 60 }, (_, n) =>
    n % 3 ? use(...keys) : n % 2 ? use(...keys.toReversed()) : giveBack(world.app, keys),
  )
  await Promise.all(all)
  expect(await usedOf('d')).toBe(await usedOf('g'))
})

test('a use is given back, and all of them are forgotten', async () => {
  for (let n = 0; n < 3; n++) await use(three('back'))
  await giveBack(world.app, [three('back'), three('never used')])
  for (const allowed of [true, false]) expect(await use(three('back'))).toBe(allowed)
  await forgetUses(world.app, three('back'))
  for (const allowed of [true, true, true, false]) expect(await use(three('back'))).toBe(allowed)
})

test('with limits off nothing is counted', async () => {
  const app = { ...world.app, config: { ...world.config, limits: false } }
  for (let n = 0; n < 5; n++) expect(await useAllowances(app, [three('off')])).toBe(true)
  expect(await usedOf('off')).toBe(0)
})
