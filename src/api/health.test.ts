import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Site, serveWorld } from '../../test/support/http.ts'
import { makeWorld, query, type World } from '../../test/support/world.ts'

let world: World
let site: Site
beforeAll(async () => {
  world = await makeWorld()
  site = await serveWorld(world)
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

/** What is answered, now or soon: an answer is good for a second. */
const untilReadyz = (status: number, body: object, at = site) =>
  expect
    .poll(
      async () => {
        const answer = await at.client().get('/readyz')
        return { status: answer.status, body: JSON.parse(answer.body) }
      },
      { timeout: 20_000 },
    )
    .toEqual({ status, body })
const untilReady = () => untilReadyz(200, { status: 'ok' })
const untilStoreWaits = (at = site) => untilReadyz(503, { status: 'waiting', for: ['store'] }, at)

test('a database that takes no writes is not ready, and is again when it does', async () => {
  await untilReady()
  const stop = `create function platform.stop() returns trigger language plpgsql as $$ begin raise exception 'no space left' using errcode = '53100'; end $$;
    create trigger stop before insert on platform.probe for each row execute function platform.stop()`
  await query(world, stop)
  await untilStoreWaits()
  expect((await site.client().get('/healthz')).status).toBe(200)
  await query(world, 'drop trigger stop on platform.probe')
  await untilReady()
})

test('one that became read-only, as a standby is, is not ready', async () => {
  const app = 'role portico_app in database'
  const database = new URL(world.database.appUrl).pathname.slice(1)
  const hangUp = () =>
    query(
      world,
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'portico_app' and datname = current_database()`,
    )
  await query(world, `alter ${app} "${database}" set default_transaction_read_only = on`)
  await hangUp()
  await untilStoreWaits()
  await query(world, `alter ${app} "${database}" reset default_transaction_read_only`)
  await hangUp()
  await untilReady()
})

test('where mails stay in the data folder, one that takes no file is not ready', async () => {
  const dataFolder = `${world.config.dataFolder}/sandbox/sandbox.db`
  const config = { ...world.config, dataFolder }
  const apart = async (more: object) => {
    const other = await serveWorld({
      ...world,
      app: { ...world.app, db: { ...world.app.db }, config: { ...config, ...more } },
    })
    onTestFinished(() => other.stop())
    return other
  }
  await untilStoreWaits(await apart({}))
  await untilReadyz(200, { status: 'ok' }, await apart({ smtpUrl: 'smtp://localhost' }))
})

test('looking leaves nothing behind', async () => {
  await untilReady()
  expect(await query(world, 'select * from platform.probe')).toEqual([])
})
