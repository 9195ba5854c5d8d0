import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, type Site, serveWorld, signInStaff } from '../../test/support/http.ts'
import { countUntold } from '../../test/support/letters.ts'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { type Working, work } from '../jobs/worker.ts'
import { type OpenApp, openApp } from '../main/app.ts'
import { subscribers } from '../main/subscribers.ts'
import { readMailbox } from '../platform/mail.ts'

let world: World
let site: Site
let worker: OpenApp
let working: Working
beforeAll(async () => {
  world = await makeWorld({ env: { PORTICO_PROXIES: '1' } })
  site = await serveWorld(world)
  const { appUrl, queueUrl } = world.database
  worker = await openApp(world.config, { appUrl, queueUrl, name: 'worker', worker: true, silent: true })
  working = await work(worker, subscribers)
}, 60_000)
afterAll(async () => {
  await working?.stop()
  await worker?.close()
  await site?.stop()
  await world?.end()
})

const DOOR = '/riverside/office'
const PASSWORD = 'correct horse battery'
const knock = async (client: Client, email: string, password: string, from: string) =>
  client.post(DOOR, { _csrf: await client.csrf(DOOR), email, password }, { 'X-Forwarded-For': from })
const mailsTo = (to: string) => readMailbox(world.config.dataFolder, to)

/** Strangers from so many addresses who guess until the door is locked for everybody. */
async function guessEverywhere(email: string): Promise<void> {
  await query(world, `insert into identity.allowance values ($1, 30, now() + interval '1 hour')`, [`password ${email}`])
  expect((await knock(site.client(), email, 'not the password', '192.0.2.1')).status).toBe(429)
}

test('a member of staff whom strangers have locked out is mailed a link that lets her in, once', async () => {
  const email = 'locked@riverside.example.org'
  await signInStaff(world, site, { email })
  await guessEverywhere(email)
  const refused = await knock(site.client(), email, PASSWORD, '203.0.113.7')
  expect(refused.status).toBe(429)
  expect(refused.body).toContain('a link that lets you in is on its way')
  await expect.poll(async () => (await mailsTo(email)).length, { timeout: 20_000 }).toBe(1)
  const [mail] = await mailsTo(email)
  const path = new URL(mail?.links[0] ?? '').pathname
  const client = site.client()
  for (let looks = 0; looks < 3; looks++) expect((await client.get(path)).body).toContain('Unlock your sign-in')
  const type = async (password: string) => client.post(path, { _csrf: await client.csrf(path), password })
  expect((await type('not the password')).body).toContain('Email and password do not fit together.')
  const _csrf = await client.csrf(path)
  expect(await client.post(path, { _csrf, password: PASSWORD })).toMatchObject({
    status: 303,
    location: `${DOOR}/transactions`,
  })
  expect((await client.get(`${DOOR}/transactions`)).status).toBe(200)
  expect((await site.client().get(path)).body).toContain('This link no longer works')
  expect((await site.client().get(path.replace('riverside', 'harbor'))).body).toContain('This link no longer works')
})

test("one mail in a quarter of an hour, and none to an address that is nobody's of the staff", async () => {
  const email = 'often@riverside.example.org'
  await signInStaff(world, site, { email })
  for (const address of [email, 'nobody@riverside.example.org']) {
    await guessEverywhere(address)
    for (let n = 0; n < 5; n++)
      expect((await knock(site.client(), address, PASSWORD, `198.51.100.${n}`)).status).toBe(429)
  }
  await expect.poll(() => countUntold(world), { timeout: 20_000 }).toBe(0)
  expect(await mailsTo(email)).toHaveLength(1)
  expect(await mailsTo('nobody@riverside.example.org')).toHaveLength(0)
})

test('signing in to the office ends the session that the browser held', async () => {
  const first = await signInStaff(world, site, { email: 'first@riverside.example.org' })
  await signInStaff(world, site, { email: 'second@riverside.example.org' })
  const held = site.client(Object.fromEntries(first.cookies))
  expect((await held.get(`${DOOR}/patients`)).status).toBe(200)
  const _csrf = await first.csrf(`${DOOR}/patients`)
  const form = { _csrf, email: 'second@riverside.example.org', password: PASSWORD }
  expect((await first.post(DOOR, form)).status).toBe(303)
  expect((await first.get(`${DOOR}/patients`)).status).toBe(200)
  expect((await held.get(`${DOOR}/patients`)).status).toBe(303)
})
