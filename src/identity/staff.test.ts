import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { system } from '../kernel/actor.ts'
import type { LoginId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { tokenOf } from './sessions.ts'
import { inviteStaff, setPassword, signInStaff } from './staff.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const PASSWORD = 'correct horse battery'

async function makeStaff(email: string): Promise<LoginId> {
  const { id } = world.practice
  const facts = { email, name: 'Tom Becker', role: 'biller', announce: false } as const
  const { login } = await inviteStaff(world.app, system(id, 'test'), facts)
  await setPassword(world.app, id, login, PASSWORD)
  return login
}

/** What the door says to each of so many guesses at once. */
async function guess(email: string, times: number, password = 'not the password'): Promise<Record<string, number>> {
  const said = await Promise.all(
    Array.from({ length: times }, () =>
      signInStaff(world.app, world.practice.id, { email, password }).then(
        () => 'opened',
        error => (error instanceof Refusal ? error.code : String(error)),
      ),
    ),
  )
  return Object.fromEntries(
    Object.entries(Object.groupBy(said, word => word)).map(([word, all]) => [word, all?.length ?? 0]),
  )
}

test('of two hundred guesses at once ten are looked at, also at an address that nobody has', async () => {
  await makeStaff('two-hundred@riverside.example.org')
  for (const email of ['two-hundred@riverside.example.org', 'nobody@riverside.example.org'])
    expect(await guess(email, 200)).toEqual({ 'signIn.wrong': 10, 'signIn.limited': 190 })
}, 60_000)

test('what was refused unseen counts as no guess: the door opens a quarter of an hour after the wrong ones', async () => {
  const email = 'locked@riverside.example.org'
  await makeStaff(email)
  await guess(email, 10)
  await query(world, `update identity.attempt set at = at - interval '14 minutes' where key = $1`, [
    `password ${email}`,
  ])
  expect(await guess(email, 20, PASSWORD)).toEqual({ 'signIn.limited': 20 })
  await query(world, `update identity.attempt set at = at - interval '2 minutes' where key = $1`, [`password ${email}`])
  expect(await guess(email, 1, PASSWORD)).toEqual({ opened: 1 })
})

test('the right password forgets the wrong ones before it', async () => {
  const email = 'clumsy@riverside.example.org'
  await makeStaff(email)
  await guess(email, 9)
  expect(await guess(email, 1, PASSWORD)).toEqual({ opened: 1 })
  expect(await guess(email, 10)).toEqual({ 'signIn.wrong': 10 })
})

test('a sign-in with a password that is being changed opens nothing that outlives the change', async () => {
  const email = 'changing@riverside.example.org'
  const login = await makeStaff(email)
  const signIn = (password: string) =>
    signInStaff(world.app, world.practice.id, { email, password }).catch((error: unknown) => {
      if (error instanceof Refusal) return undefined
      throw error
    })
  for (let round = 0; round < 4; round++) {
    const [before, after] = [round === 0 ? PASSWORD : `${PASSWORD} ${round - 1}`, `${PASSWORD} ${round}`]
    const [, ...cookies] = await Promise.all([
      setPassword(world.app, world.practice.id, login, after),
      ...Array.from({ length: 4 }, () => signIn(before)),
    ])
    const tokens = cookies.map(cookie => tokenOf(world.app, cookie)).filter(token => token !== undefined)
    expect(await query(world, 'select id from identity.session where token = any ($1)', [tokens])).toEqual([])
    expect(await signIn(after)).toBeDefined()
  }
}, 60_000)
