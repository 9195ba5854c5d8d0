import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Household, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { type PatientActor, wholePractice } from '../kernel/actor.ts'
import { one, transact } from '../platform/database.ts'
import { askCode, mintCode, takeCode } from './codes.ts'
import { recordGrant, recordLogin } from './logins.ts'
import { patientActor, selectSession, startSession, tokenOf } from './sessions.ts'

let world: World
let household: Household
beforeAll(async () => {
  world = await makeWorld()
  household = await makeHousehold(world, [1000n])
}, 60_000)
afterAll(() => world?.end())

const inPractice = <T>(work: Parameters<typeof transact<T>>[2]) =>
  transact(world.app.db, wholePractice(world.practice.id), work)

/** Somebody signed in by link, with a code on its way to them. */
async function makeAsker(email: string): Promise<{ actor: PatientActor; code: string }> {
  const { app, practice } = world
  const { account, patient } = household
  const login = await inPractice(async tx => {
    const login = await recordLogin(tx, { email, name: 'Maria Ortega' })
    await recordGrant(tx, practice.id, { login, account, patient, kind: 'self', scope: 'record' })
    return login
  })
  const token = tokenOf(app, await startSession(app, login, 'link')) ?? ''
  const actor = patientActor(practice.id, await inPractice(tx => one(tx, selectSession(practice.id, token))))
  if (!actor) throw new Error('nobody is signed in')
  await askCode(app, actor)
  const [asked] = await query<{ id: string }>(world, 'select id from identity.link where session_id = $1', [
    actor.session,
  ])
  const minted = await inPractice(tx => mintCode(app, tx, practice.id, asked?.id ?? ''))
  return { actor, code: minted?.code ?? '' }
}

/** What is known of a second step: all three, or none. */
async function stepOf({ session }: PatientActor) {
  const [state] = await query<{ spent: boolean; stepped: boolean; told: boolean }>(
    world,
    `select k.spent_at is not null as spent, exists (select from identity.session s where s.id = $1 and s.stepped_up_at is not null) as stepped,
      exists (select from audit.event e where e.subject = $1 and e.type = 'session.stepped-up') as told
    from identity.link k where k.session_id = $1`,
    [session],
  )
  return state
}

test('the right code is the second step, once', async () => {
  const { actor, code } = await makeAsker('right@example.org')
  await takeCode(world.app, actor, ` ${code.slice(0, 3)} ${code.slice(3)}`)
  expect(await stepOf(actor)).toEqual({ spent: true, stepped: true, told: true })
  await expect(takeCode(world.app, actor, code)).rejects.toThrow('code.wrong')
})

test('where the session cannot be marked nothing is spent and nothing is told, and the code still works', async () => {
  const { actor, code } = await makeAsker('stopped@example.org')
  await query(
    world,
    `create function identity.stop() returns trigger language plpgsql as $$ begin raise exception 'stopped'; end $$;
     create trigger stop before update on identity.session for each row execute function identity.stop()`,
  )
  await expect(takeCode(world.app, actor, code)).rejects.toThrow('stopped')
  expect(await stepOf(actor)).toEqual({ spent: false, stepped: false, told: false })
  await query(world, 'drop trigger stop on identity.session; drop function identity.stop()')
  await takeCode(world.app, actor, code)
  expect(await stepOf(actor)).toEqual({ spent: true, stepped: true, told: true })
})

test('a session that has ended meanwhile makes no second step', async () => {
  const { actor, code } = await makeAsker('gone@example.org')
  await query(world, 'delete from identity.session where id = $1', [actor.session])
  await expect(takeCode(world.app, actor, code)).rejects.toThrow('code.wrong')
  expect(await stepOf(actor)).toEqual({ spent: false, stepped: false, told: false })
})

test('two hundred guesses at once are five, and then the right code is none either', async () => {
  const { actor, code } = await makeAsker('guessed@example.org')
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0')
  const guesses = await Promise.allSettled(Array.from({ length: 200 }, () => takeCode(world.app, actor, wrong)))
  expect(guesses.every(guess => guess.status === 'rejected')).toBe(true)
  const [asked] = await query(world, 'select attempts from identity.link where session_id = $1', [actor.session])
  expect(asked).toEqual({ attempts: 5 })
  await expect(takeCode(world.app, actor, code)).rejects.toThrow('code.wrong')
})

test('five codes an hour are asked for by one login, at all its practices together', async () => {
  const { actor } = await makeAsker('often@example.org')
  const elsewhere = { ...actor, practice: world.other.id }
  const asked = await Promise.allSettled(
    Array.from({ length: 10 }, (_, n) => askCode(world.app, n % 2 ? actor : elsewhere)),
  )
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
  await expect(askCode(world.app, elsewhere)).rejects.toThrow('code.limited')
  await query(world, `update identity.allowance set ends_at = ends_at - interval '61 minutes' where key = $1`, [
    `code ${actor.login}`,
  ])
  await askCode(world.app, elsewhere)
})
