import { parseArgs } from 'node:util'
import { VARIANTS } from '../test/money/scene.ts'
import { playSequences } from '../test/money/sequences.ts'
import { copyTemplate } from '../test/support/database.ts'
import { leaseTestServer } from '../test/support/server.ts'
import { makeWorld, type World } from '../test/support/world.ts'

/** A world is left when so many sequences were played in it, so that its books stay small. */
const A_WORLD = 1_000

const OPTIONS = {
  sequences: { type: 'string' },
  full: { type: 'boolean' },
  seed: { type: 'string' },
  variant: { type: 'string' },
  path: { type: 'string' },
} as const

/**
 * Random sequences of every act that moves money, at length: `--full` plays 100,000. It prints its seed first; `--seed` plays the same
 * sequences again, and `--variant`, `--seed` and `--path`, as printed with a sequence that breaks a law, that sequence alone.
 */
export async function run(words: string[]): Promise<boolean> {
  const { values } = parseArgs({ args: words, options: OPTIONS })
  const server = await leaseTestServer()
  const newWorld = async () => makeWorld({ database: await copyTemplate(server.postgres, server.template) })
  try {
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30))
    const kinds = values.variant === undefined ? VARIANTS.keys().toArray() : [Number(values.variant)]
    if (values.path !== undefined) return await playOne(newWorld, { seed, variant: kinds[0] ?? 0, path: values.path })
    const count = Number(values.sequences ?? (values.full ? 100_000 : 4_000))
    console.log(`seed ${seed}`)
    return await playAll(newWorld, { seed, count, kinds })
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return false
  } finally {
    await server.release()
  }
}

type NewWorld = () => Promise<World>

async function playOne(newWorld: NewWorld, plan: { seed: number; variant: number; path: string }): Promise<boolean> {
  await inWorld(newWorld, world => playSequences(world, { ...plan, count: 1 }))
  console.log('that sequence breaks no law')
  return true
}

/** Each kind of practice in a lane of its own, one world after another; a world's seed is the run's and its place. */
async function playAll(
  newWorld: NewWorld,
  { seed, count, kinds }: { seed: number; count: number; kinds: readonly number[] },
): Promise<boolean> {
  const started = performance.now()
  let played = 0
  const say = () => {
    if (++played % 1_000 === 0)
      console.log(`${played} of ${count} in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  }
  const share = Math.ceil(count / kinds.length)
  const lane = async (variant: number) => {
    for (let done = 0; done < share; done += A_WORLD) {
      const plan = { count: Math.min(A_WORLD, share - done), seed: seed + done + variant, variant, played: say }
      await inWorld(newWorld, world => playSequences(world, plan))
    }
  }
  const ended = await Promise.allSettled(kinds.map(lane))
  const broken = ended.filter(each => each.status === 'rejected')
  for (const { reason } of broken) console.error(reason instanceof Error ? `\n${reason.message}` : reason)
  console.log(`${played} sequences, ${broken.length} of ${kinds.length} kinds of practice with a broken law (goal: 0)`)
  return broken.length === 0
}

async function inWorld(newWorld: NewWorld, work: (world: World) => Promise<void>): Promise<void> {
  const world = await newWorld()
  try {
    await work(world)
  } finally {
    await world.end()
  }
}
