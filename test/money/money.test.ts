import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, type World } from '../support/world.ts'
import { VARIANTS } from './scene.ts'
import { playSequences } from './sequences.ts'

/** A share of what `npm run bench -- money` plays at length, the same at every run: chance looks for what is new there. */
const SEQUENCES = 160
const SEED = Number(process.env.PORTICO_SEED ?? 20_261_120)

let worlds: World[] = []
beforeAll(async () => {
  worlds = await Promise.all(VARIANTS.map(() => makeWorld()))
}, 60_000)
afterAll(() => Promise.all(worlds.map(world => world.end())))

test(`${SEQUENCES} random sequences of every act that moves money break no law (seed ${SEED})`, {
  timeout: SEQUENCES * 4_000,
}, async () => {
  let played = 0
  const plan = { count: SEQUENCES / VARIANTS.length, seed: SEED, played: () => played++ }
  await Promise.all(worlds.map((world, variant) => playSequences(world, { ...plan, variant })))
  expect(played).toBe(SEQUENCES)
})
