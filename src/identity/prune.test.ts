import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { LoginId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import { recordLogin } from './logins.ts'
import { pruneLinks, pruneSignIn } from './prune.ts'

let world: World
let login: LoginId
beforeAll(async () => {
  world = await makeWorld()
  login = await transact(world.app.db, wholePractice(world.practice.id), tx =>
    recordLogin(tx, { email: 'maria.ortega@example.org', name: 'Maria Ortega' }),
  )
}, 60_000)
beforeEach(() => query(world, 'truncate identity.allowance, identity.session, identity.link, identity.link_request'))
afterAll(() => world?.end())

/** One row for each age, named by it. */
async function makeRows(statement: string, ages: readonly string[]): Promise<void> {
  for (const age of ages) await query(world, statement, [age])
}

const makeCounts = (...ages: string[]) =>
  makeRows('insert into identity.allowance (key, used, ends_at) values ($1::text, 1, now() - $1::text::interval)', ages)
const makeSessions = (...ages: string[]) =>
  makeRows(
    `insert into identity.session (id, token, login_id, expires_at) values ($1::text, $1::text, '${login}', now() - $1::text::interval)`,
    ages,
  )
const makeAskings = (...ages: string[]) =>
  makeRows(
    `insert into identity.link_request (practice_id, id, email, at) values ('${world.practice.id}', $1::text, 'x@example.org', now() - $1::text::interval)`,
    ages,
  )

async function left(table: string, name: string): Promise<string[]> {
  return (await query<{ name: string }>(world, `select ${name} as name from identity.${table} order by 1`)).map(
    row => row.name,
  )
}

test('counts whose window ended within a day stay, older ones go', async () => {
  await makeCounts('25 hours', '400 days', '23 hours', '1 minute')
  expect(await pruneSignIn(world.app)).toBe(2)
  expect(await left('allowance', 'key')).toEqual(['1 minute', '23 hours'])
})

test('sessions that work, or ended within a day, stay; those that ended before go', async () => {
  await makeSessions('25 hours', '40 days', '23 hours', '-11 hours')
  expect(await pruneSignIn(world.app)).toBe(2)
  expect(await left('session', 'id')).toEqual(['-11 hours', '23 hours'])
})

test('askings of the last week stay, older ones go', async () => {
  await makeAskings('8 days', '6 days', '1 minute')
  expect(await pruneLinks(world.app, world.practice.id)).toBe(1)
  expect(await left('link_request', 'id')).toEqual(['1 minute', '6 days'])
})

test('a link that is open, or was spent or too old within 90 days, stays; one from before goes, whatever its purpose', async () => {
  const make = (id: string, purpose: string, expired: string, spent: string | null, practice = world.practice.id) =>
    query(
      world,
      `insert into identity.link (practice_id, id, token_hash, purpose, login_id, expires_at, spent_at)
        values ($1, $2, $3, $4, $5, now() - $6::interval, now() - $7::interval)`,
      [practice, id, Buffer.from(id), purpose, login, expired, spent],
    )
  await make('open', 'access', '-10 minutes', null)
  await make('kept spent', 'access', '89 days', '89 days')
  await make('kept too old', 'invitation', '89 days', null)
  await make('spent', 'access', '91 days', '91 days')
  await make('spent early', 'invitation', '86 days', '92 days')
  await make('too old', 'step', '91 days', null)
  await make('elsewhere', 'access', '91 days', null, world.other.id)
  expect(await pruneLinks(world.app, world.practice.id)).toBe(3)
  expect(await left('link', 'id')).toEqual(['elsewhere', 'kept spent', 'kept too old', 'open'])
})

test('what stops in the middle keeps what is done, and the next run goes on', async () => {
  await makeCounts(...Array.from({ length: 10 }, (_, n) => `${n + 2} days`))
  await query(
    world,
    `create function identity.stop() returns trigger language plpgsql as $$ begin raise exception 'stopped'; end $$;
     create trigger stop before delete on identity.allowance for each row when (old.key = '8 days') execute function identity.stop()`,
  )
  await expect(pruneSignIn(world.app, 3)).rejects.toThrow('stopped')
  expect(await left('allowance', 'key')).toEqual(['10 days', '11 days', '8 days', '9 days'])
  await query(world, 'drop trigger stop on identity.allowance; drop function identity.stop()')
  expect(await pruneSignIn(world.app, 3)).toBe(4)
})

test('several at once share the work, and each row goes once', async () => {
  const ages = Array.from({ length: 60 }, (_, n) => `${n + 8} days`)
  await makeCounts(...ages)
  await makeAskings(...ages)
  const all = [1, 2, 3, 4].flatMap(() => [pruneSignIn(world.app, 5), pruneLinks(world.app, world.practice.id, 5)])
  expect((await Promise.all(all)).reduce((sum, gone) => sum + gone, 0)).toBe(120)
  expect(await left('allowance', 'key')).toEqual([])
  expect(await left('link_request', 'id')).toEqual([])
})
