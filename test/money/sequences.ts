import fc from 'fast-check'
import { checkLedger } from '../../src/books/check.ts'
import type { PaymentId } from '../../src/kernel/ids.ts'
import type { World } from '../support/world.ts'
import { type Act, type Acts, sequences } from './acts.ts'
import { lower, withdraw } from './answering.ts'
import { checkLaws, inWords } from './laws.ts'
import { bill, desk, finish, pay, post, tabs } from './paying.ts'
import {
  book,
  bookOne,
  decide,
  dispute,
  events,
  outside,
  recover,
  refund,
  refundFails,
  refundOne,
  verdict,
} from './returning.ts'
import { makeScene, makeStage, type Scene, type Stage, VARIANTS } from './scene.ts'
import { openAttempts, paymentIn, received, see, unposted } from './seen.ts'

const PERFORM: { [A in keyof Acts]: (scene: Scene, act: Acts[A]) => Promise<void> } = {
  pay,
  tabs,
  desk,
  finish,
  bill,
  lower,
  withdraw,
  post,
  refund,
  refundFails,
  outside,
  dispute,
  verdict,
  book,
  events,
  recover,
}

/** A practice is left when so many sequences were played in it, so that its books can be checked whole after each. */
const A_PRACTICE = 20

export type Plan = {
  readonly count: number
  readonly seed: number
  /** Which kind of practice: an index of VARIANTS. */
  readonly variant: number
  /** Where fast-check found a sequence that breaks a law: it alone is played. */
  readonly path?: string | undefined
  readonly played?: () => void
}

/**
 * Plays sequences of acts that one number decides, each on a household of its own, and checks every law after every act. Throws the
 * shortest sequence found that breaks one, and how to play it again.
 */
export async function playSequences(world: World, plan: Plan): Promise<void> {
  const { count, seed, variant, path, played = () => {} } = plan
  const books = VARIANTS[variant % VARIANTS.length] ?? VARIANTS[0]
  if (!books) throw new Error('There is no such practice.')
  let stage: Stage | undefined
  let left = 0
  const property = fc.asyncProperty(sequences, async acts => {
    if (left-- === 0 || !stage) [stage, left] = [await makeStage(world, books), A_PRACTICE - 1]
    try {
      await play(stage, acts)
    } catch (error) {
      // What is broken stays broken: the next sequence begins elsewhere.
      left = 0
      throw error
    }
    played()
  })
  const found = await fc.check(property, { numRuns: count, seed, ...(path ? { path } : {}) })
  if (!found.failed) return
  const again = `npm run bench -- money --variant ${variant} --seed ${seed} --path ${found.counterexamplePath}`
  const lines = found.counterexample?.[0].map(act => `  ${JSON.stringify(act)}`) ?? []
  throw new Error([`${found.errorInstance}`, inWords(books), ...lines, `again: ${again}`].join('\n'), {
    cause: found.errorInstance,
  })
}

async function play(stage: Stage, acts: readonly Act[]): Promise<void> {
  const scene = await makeScene(stage)
  await see(scene)
  for (const act of acts)
    await lawfully(scene, () => (PERFORM[act.act] as (scene: Scene, act: Act) => Promise<void>)(scene, act))
  await endAll(scene)
}

/** Does it, and then every law holds, whatever the act itself has looked at. */
async function lawfully(scene: Scene, work: () => Promise<void>): Promise<void> {
  await work()
  checkLaws(await see(scene))
}

/** Everything that waits is brought to its end, every cent that may be refunded is, and then nothing waits for anybody. */
async function endAll(scene: Scene): Promise<void> {
  await lawfully(scene, () => recover(scene))
  for (const each of scene.seen.returns.filter(({ state }) => state === 'open'))
    await lawfully(scene, () => decide(scene, each, { isWon: each.amount % 2n === 0n, told: 'look' }))
  for (const each of scene.seen.returns.filter(({ state }) => state === 'to decide'))
    await lawfully(scene, () => bookOne(scene, each, each.amount % 3n === 0n))
  for (const _ of openAttempts(scene.seen))
    await lawfully(scene, () => finish(scene, { act: 'finish', which: 0, outcome: 'abandon' }))
  for (const _ of unposted(scene.seen)) await lawfully(scene, () => post(scene, { which: 0, times: 1 }))
  for (const { id } of received(scene.seen)) await lawfully(scene, () => refundAll(scene, id))
  const open = scene.seen.payments.find(
    each => each.isWatched || each.disputed !== 0n || each.payable !== 0n || each.unposted !== 0n,
  )
  if (open) throw new Error(`When all is done, nothing waits: ${inWords(open)}`)
  const { differences } = await checkLedger(scene.bank.app, scene.bank.practice)
  if (differences.length > 0) throw new Error(`The books and the processor differ: ${inWords(differences)}`)
}

async function refundAll(scene: Scene, id: PaymentId): Promise<void> {
  const found = paymentIn(scene.seen, id)
  const { refundable: amount } = found
  if (amount > 0n) await refundOne(scene, found, { amount, reopens: true, times: 1 })
}
