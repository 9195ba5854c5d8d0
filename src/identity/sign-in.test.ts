import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import type { LoginId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { transact } from '../platform/database.ts'
import type { Practice } from '../practice/practices.ts'
import type { Asker } from './askers.ts'
import { mintLink } from './links.ts'
import { setPassword } from './passwords.ts'
import { tokenOf } from './sessions.ts'
import { signInByUnlock, signInStaff } from './sign-in.ts'
import { mayGuess } from './sign-in-limits.ts'
import { inviteStaff } from './staff.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const PASSWORD = 'correct horse battery'
/** Somebody else, somewhere else, every time. */
let strangers = 0
const stranger = (): Asker => {
  strangers += 1
  return {
    address: `192.0.${strangers >> 8}.${strangers & 255}`,
    network: `192.0.${strangers}`,
    session: `s${strangers}`,
  }
}

/** Whoever asks in a test, unless it says who; in each test somebody else. */
let here: Asker
beforeEach(() => {
  here = stranger()
})

async function makeStaff(email: string, practice: Practice = world.practice): Promise<LoginId> {
  const facts = { email, name: 'Tom Becker', role: 'biller', announce: false } as const
  const { login } = await inviteStaff(world.app, system(practice.id, 'test'), facts)
  await setPassword(world.app, practice.id, login, PASSWORD)
  return login
}

type Try = { readonly password?: string; readonly asker?: Asker; readonly practice?: Practice }
const said = (trying: Promise<unknown>): Promise<string> =>
  trying.then(
    () => 'opened',
    error => (error instanceof Refusal ? error.code : String(error)),
  )
const knock = (email: string, { password = 'not the password', asker = here, practice = world.practice }: Try = {}) =>
  said(signInStaff(world.app, practice.id, { email, password, asker }))

/** What the door says to each of so many tries, ten at once. */
async function guess(email: string, times: number, asker: () => Asker = () => here): Promise<Record<string, number>> {
  const answers: string[] = []
  while (answers.length < times) {
    const some = Math.min(10, times - answers.length)
    answers.push(...(await Promise.all(Array.from({ length: some }, () => knock(email, { asker: asker() })))))
  }
  const groups = Object.groupBy(answers, word => word)
  return Object.fromEntries(Object.entries(groups).map(([word, all]) => [word, all?.length ?? 0]))
}

const askings = (email: string) =>
  query(
    world,
    `select r.id from identity.link_request r join audit.passing p on p.subject = r.id where r.email = $1 and r.purpose = 'unlock' and p.type = 'staff.locked'`,
    [email],
  )
async function unlockFor(login: LoginId, practice: Practice = world.practice): Promise<string> {
  return transact(
    world.app.db,
    wholePractice(practice.id),
    async tx => (await mintLink(tx, practice.id, { login, purpose: 'unlock', destination: null, minutes: 60 })).token,
  )
}
const byUnlock = (token: string, password: string, practice: Practice = world.practice) =>
  said(signInByUnlock(world.app, practice.id, { token, password, asker: here }))

test('of guesses by one asker ten are looked at; then the door is locked for them, and one link to unlock it is mailed: the same for an address that nobody has', async () => {
  await makeStaff('guessed@riverside.example.org')
  for (const email of ['guessed@riverside.example.org', 'nobody@riverside.example.org']) {
    expect(await guess(email, 10)).toEqual({ 'signIn.wrong': 10 })
    expect(await askings(email)).toHaveLength(0)
    expect(await guess(email, 10)).toEqual({ 'signIn.limited': 10 })
    expect(await askings(email)).toHaveLength(1)
  }
}, 60_000)

test('the right password is no guess, and forgets the wrong ones before it', async () => {
  const email = 'clumsy@riverside.example.org'
  await makeStaff(email)
  expect(await guess(email, 9)).toEqual({ 'signIn.wrong': 9 })
  for (let n = 0; n < 3; n++) expect(await knock(email, { password: PASSWORD })).toBe('opened')
  expect(await guess(email, 10)).toEqual({ 'signIn.wrong': 10 })
}, 60_000)

test('two hundred at once are looked at two by two: most are refused as too many at once, and of the rest ten count', async () => {
  const email = 'two-hundred@riverside.example.org'
  await makeStaff(email)
  const answers = await Promise.all(Array.from({ length: 200 }, () => knock(email)))
  const count = (word: string) => answers.filter(answer => answer === word).length
  expect(count('signIn.wrong')).toBe(10)
  expect(count('signIn.busy')).toBeGreaterThan(150)
  expect(count('signIn.limited') + count('signIn.busy')).toBe(190)
})

test('ten wrong guesses of a stranger keep the member out nowhere: not here, not at their other practice', async () => {
  const email = 'both@riverside.example.org'
  await makeStaff(email)
  await makeStaff(email, world.other)
  const bad = stranger()
  expect(await guess(email, 20, () => bad)).toEqual({ 'signIn.wrong': 10, 'signIn.limited': 10 })
  expect(await knock(email, { password: PASSWORD, asker: bad })).toBe('signIn.limited')
  expect(await knock(email, { password: PASSWORD })).toBe('opened')
  expect(await knock(email, { password: PASSWORD, practice: world.other })).toBe('opened')
})

test('the link and the password open the door while strangers still guess, once', async () => {
  const email = 'unlocked@riverside.example.org'
  const login = await makeStaff(email)
  for (let n = 0; n < 30; n++) await mayGuess(world.app, { practice: world.practice.id, email, asker: stranger() })
  expect(await knock(email, { password: PASSWORD })).toBe('signIn.limited')
  const [token, older] = [await unlockFor(login), await unlockFor(login)]
  expect(await byUnlock(token, 'not the password')).toBe('signIn.wrong')
  expect(await byUnlock(token, PASSWORD, world.other)).toBe('link.gone')
  expect(await byUnlock(token, PASSWORD)).toBe('opened')
  for (const used of [token, older, 'made up']) expect(await byUnlock(used, PASSWORD)).toBe('link.gone')
}, 60_000)

test('a link that unlocks is good for ten guesses, and none is a link that opens anything else', async () => {
  const login = await makeStaff('tried@riverside.example.org')
  const token = await unlockFor(login)
  const [link] = await query<{ id: string }>(world, 'select id from identity.link where login_id = $1', [login])
  await query(world, `insert into identity.allowance values ($1, 8, now() + interval '1 hour')`, [
    `password by ${link?.id}`,
  ])
  for (let n = 0; n < 2; n++) expect(await byUnlock(token, 'not the password')).toBe('signIn.wrong')
  expect(await byUnlock(token, PASSWORD)).toBe('link.gone')
  for (const purpose of ['access', 'invitation'] as const) {
    const other = await transact(world.app.db, wholePractice(world.practice.id), tx =>
      mintLink(tx, world.practice.id, { login, purpose, destination: null }),
    )
    expect(await byUnlock(other.token, PASSWORD)).toBe('link.gone')
  }
})

test('a sign-in with a password that is being changed opens nothing that outlives the change', async () => {
  const email = 'changing@riverside.example.org'
  const login = await makeStaff(email)
  const signIn = (password: string) =>
    signInStaff(world.app, world.practice.id, { email, password, asker: here }).catch((error: unknown) => {
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
