import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import type { Asker } from './askers.ts'
import { mayMailLink } from './link-limits.ts'
import { forgetGuesses, mayGuess, mayMailUnlock } from './sign-in-limits.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

/** Somebody from a network of their own, every time. */
let strangers = 0
const stranger = (): Asker => {
  strangers += 1
  const network = `192.${strangers >> 8}.${strangers & 255}`
  return { address: `${network}.7`, network, session: `s${strangers}` }
}
type Asking = { email: string; asker?: Asker; practice?: 'practice' | 'other' }
const full = ({ email, asker = stranger(), practice = 'practice' }: Asking) => ({
  practice: world[practice].id,
  email,
  asker,
})
const guess = (asking: Asking) => mayGuess(world.app, full(asking))
const link = (asking: Asking) => mayMailLink(world.app, full(asking))
/** How many of so many are allowed, one after another. */
async function count(times: number, ask: (n: number) => Promise<boolean>): Promise<number> {
  let allowed = 0
  for (let n = 0; n < times; n++) if (await ask(n)) allowed += 1
  return allowed
}
const later = (minutes: number) =>
  query(world, 'update identity.allowance set ends_at = ends_at - make_interval(mins => $1)', [minutes])

test('guesses at one password are ten in a quarter of an hour for each asker and practice, and thirty an hour from everywhere', async () => {
  const [email, asker] = ['hunted@example.org', stranger()]
  expect(await count(15, () => guess({ email, asker }))).toBe(10)
  expect(await count(15, () => guess({ email, asker, practice: 'other' }))).toBe(10)
  expect(await count(15, () => guess({ email }))).toBe(10)
  expect(await guess({ email: 'calm@example.org' })).toBe(true)
  await later(16)
  expect(await guess({ email, asker })).toBe(false)
  await later(45)
  expect(await count(15, () => guess({ email, asker }))).toBe(10)
})

test('two hundred guesses at once from two hundred places are thirty', async () => {
  const all = await Promise.all(Array.from({ length: 200 }, () => guess({ email: 'swarmed@example.org' })))
  expect(all.filter(Boolean)).toHaveLength(30)
})

test('what is refused unseen counts as no guess: the door opens a quarter of an hour after the first wrong one', async () => {
  const [email, asker] = ['patient@example.org', stranger()]
  await count(10, () => guess({ email, asker }))
  await later(14)
  expect(await count(20, () => guess({ email, asker }))).toBe(0)
  await later(2)
  expect(await guess({ email, asker })).toBe(true)
})

test('one who tries many people is limited by browser, address and network, each more slowly', async () => {
  const email = (n: number) => `many-${n}@example.org`
  const at = (address: string, session: string | undefined) => ({ address, network: '198.51.100', session })
  expect(await count(30, n => guess({ email: email(n), asker: at('198.51.100.1', 'one') }))).toBe(20)
  expect(await count(60, n => guess({ email: email(100 + n), asker: at('198.51.100.1', undefined) }))).toBe(40)
  expect(
    await count(400, n => guess({ email: email(1000 + n), asker: at(`198.51.100.${2 + (n >> 5)}`, undefined) })),
  ).toBe(240)
})

test('a right password is no guess against anybody, and forgets what its asker guessed at it', async () => {
  const [email, asker] = ['clumsy@example.org', stranger()]
  for (let n = 0; n < 70; n++) {
    expect(await guess({ email, asker })).toBe(true)
    await forgetGuesses(world.app, full({ email, asker }))
  }
  expect(await count(9, () => guess({ email, asker }))).toBe(9)
  await forgetGuesses(world.app, full({ email, asker }))
  expect(await count(15, () => guess({ email, asker }))).toBe(10)
})

test('one mail that unlocks goes out in a quarter of an hour, whoever guesses', async () => {
  const mail = () => mayMailUnlock(world.app, full({ email: 'locked@example.org' }))
  expect(await count(5, mail)).toBe(1)
  await later(16)
  expect(await count(5, mail)).toBe(1)
})

test('a stranger who asks for links all day keeps no patient without one', async () => {
  const [email, bad, her] = ['maria@example.org', stranger(), stranger()]
  expect(await count(40, () => link({ email, asker: bad }))).toBe(5)
  // She asks from elsewhere, at once: what the stranger asked for does not count against her.
  expect(await link({ email, asker: her })).toBe(true)
  for (let hour = 0; hour < 12; hour++) {
    await count(40, () => link({ email, asker: bad }))
    await later(10)
    expect(await link({ email, asker: her })).toBe(true)
  }
})

test('a stranger at the same address does not keep her without one either: her browser is another', async () => {
  const email = 'neighbour@example.org'
  const at = (session: string | undefined) => ({ address: '203.0.113.40', network: '203.0.113', session })
  expect(await count(40, () => link({ email, asker: at('bad') }))).toBe(5)
  expect(await count(40, () => link({ email, asker: at(undefined) }))).toBe(4)
  for (const allowed of [true, true, false]) expect(await link({ email, asker: at('hers') })).toBe(allowed)
})

test('strangers from everywhere do not fill a mailbox, and one link in ten minutes is sent whatever they do', async () => {
  const email = 'famous@example.org'
  expect(await count(60, () => link({ email }))).toBe(1 + 12)
  for (let n = 0; n < 3; n++) {
    await later(9)
    expect(await count(20, () => link({ email }))).toBe(0)
    await later(1)
    expect(await count(20, () => link({ email }))).toBe(1)
  }
})

test('the same address at another practice is another mailbox to ask for, and another address is', async () => {
  const asker = stranger()
  for (const practice of ['practice', 'other'] as const)
    expect(await count(9, () => link({ email: 'both@example.org', asker, practice }))).toBe(5)
})

test('a waiting room of many patients behind one address gets a link each, and one browser does not ask for everybody', async () => {
  const room = { address: '203.0.113.9', network: '203.0.113', session: undefined }
  expect(await count(100, n => link({ email: `waits-${n}@example.org`, asker: room }))).toBe(100)
  const kiosk = { ...room, session: 'kiosk' }
  expect(await count(40, n => link({ email: `waits-${n}@example.org`, asker: kiosk }))).toBe(10)
})
