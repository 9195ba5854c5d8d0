import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, type Site, serveWorld, signIn, signInStaff } from '../../test/support/http.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { mintLink } from '../identity/links.ts'
import { inviteStaff } from '../identity/staff.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { transact } from '../platform/database.ts'
import { clientFolder, readAssets } from '../web/assets.ts'

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

const DOOR = '/riverside/office'
const PASSWORD = 'correct horse battery'

async function knock(client: Client, email: string, password: string) {
  return client.post(DOOR, { _csrf: await client.csrf(DOOR), email, password })
}

/** A member of staff who has a password and is not signed in yet. */
async function makeStaff(email: string): Promise<void> {
  await signInStaff(world, site, { email })
}

async function invite(email: string): Promise<string> {
  const { id: practice } = world.practice
  const facts = { email, name: 'New Biller', role: 'biller', announce: false } as const
  const { login } = await inviteStaff(world.app, system(practice, 'test'), facts)
  const { token } = await transact(world.app.db, wholePractice(practice), tx =>
    mintLink(tx, practice, { login, purpose: 'invitation', destination: null, minutes: 60 }),
  )
  return `${DOOR}/invitation/${token}`
}

test('the right password opens the transactions, and the door leads there from then on', async () => {
  await makeStaff('right@riverside.example.org')
  const client = site.client()
  expect(await knock(client, ' Right@riverside.example.org', PASSWORD)).toMatchObject({
    status: 303,
    location: `${DOOR}/transactions`,
  })
  const opened = await client.get(`${DOOR}/transactions`)
  expect(opened.status).toBe(200)
  expect(opened.body).toContain('Tom Becker')
  expect(await client.get(DOOR)).toMatchObject({ status: 303, location: `${DOOR}/transactions` })
})

test('a wrong password and an unknown address get the same answer, and what was typed stays', async () => {
  await makeStaff('wrong@riverside.example.org')
  const known = await knock(site.client(), 'wrong@riverside.example.org', 'not the password')
  const unknown = await knock(site.client(), 'nobody@riverside.example.org', 'not the password')
  expect([known.status, unknown.status]).toEqual([422, 422])
  const same = (body: string) => body.replaceAll('nobody@', 'wrong@').replace(/name="_csrf" value="[^"]+"/, '')
  expect(same(unknown.body)).toBe(same(known.body))
  expect(known.body).toContain('Email and password do not fit together.')
  expect(known.body).toContain('value="wrong@riverside.example.org"')
  expect(known.body).not.toContain('not the password')
})

test('an address with a character that cannot be seen says so', async () => {
  const answer = await knock(site.client(), 'tom\u200b@riverside.example.org', PASSWORD)
  expect(answer.status).toBe(422)
  expect(answer.body).toContain('a character that cannot be seen')
})

test('forty sign-ins at once: most are told to wait, and a style sheet waits for none of them', async () => {
  const email = 'crowded@riverside.example.org'
  await makeStaff(email)
  const { cookies } = site.client()
  const client = site.client(Object.fromEntries(cookies))
  const _csrf = await client.csrf(DOOR)
  let answered = 0
  const knocks = Array.from({ length: 40 }, async () => {
    const { status, body } = await client.post(DOOR, { _csrf, email, password: 'not the password' })
    if (status === 422) answered += 1
    return { status, body }
  })
  // Whoever finds the queue full is told so at once; by then the others are at work, and wait for each other.
  await Promise.any(knocks.map(async knock => ((await knock).status === 429 ? true : Promise.reject())))
  expect((await site.client().get(readAssets(clientFolder()).css)).status).toBe(200)
  expect(answered).toBeLessThan(8)
  const answers = await Promise.all(knocks)
  const busy = answers.filter(({ body }) => body.includes('Many people are signing in at this moment.'))
  expect(busy.length).toBeGreaterThanOrEqual(20)
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(10)
}, 60_000)

test('guesses in parallel count as many, whatever sessions they come from', async () => {
  const email = 'guessed@riverside.example.org'
  await makeStaff(email)
  const answers = await Promise.all(
    Array.from({ length: 14 }, (_, i) => knock(site.client(), email, `guess number ${i}`)),
  )
  const statuses = Object.groupBy(answers, answer => String(answer.status))
  expect(statuses['422']).toHaveLength(10)
  expect(statuses['429']).toHaveLength(4)
  expect((await knock(site.client(), email, PASSWORD)).status).toBe(429)
}, 60_000)

test('a form from elsewhere, or without its token, opens nothing', async () => {
  await makeStaff('forged@riverside.example.org')
  const client = site.client()
  const form = { email: 'forged@riverside.example.org', password: PASSWORD }
  expect((await client.post(DOOR, form)).status).toBe(403)
  const _csrf = await client.csrf(DOOR)
  expect((await client.post(DOOR, { ...form, _csrf }, { Origin: 'https://evil.example' })).status).toBe(403)
  expect((await site.client().post(DOOR, { ...form, _csrf })).status).toBe(403)
})

test('staff of another practice, a patient and a stranger do not get in', async () => {
  const elsewhere = await signInStaff(world, site, { practice: world.other })
  const patient = await signIn(world, site, await makeHousehold(world, [1000n]))
  expect((await elsewhere.get('/harbor/office/transactions')).status).toBe(200)
  expect((await elsewhere.get(`${DOOR}/transactions`)).status).toBe(404)
  for (const path of ['/transactions', '/patients']) {
    expect((await patient.get(`${DOOR}${path}`)).status).toBe(404)
    expect(await site.client().get(`${DOOR}${path}`)).toMatchObject({ status: 303, location: DOOR })
  }
  await signInStaff(world, site, { practice: world.other, email: 'only@harbor.example.org' })
  expect((await knock(site.client(), 'only@harbor.example.org', PASSWORD)).status).toBe(422)
})

test('signing out ends the session', async () => {
  const client = await signInStaff(world, site, { email: 'leaving@riverside.example.org' })
  const held = site.client(Object.fromEntries(client.cookies))
  const _csrf = await client.csrf(`${DOOR}/patients`)
  expect(await client.post(`${DOOR}/sign-out`, { _csrf })).toMatchObject({ status: 303, location: `${DOOR}?out=1` })
  expect((await client.get(`${DOOR}?out=1`)).body).toContain('You are signed out.')
  expect((await held.get(`${DOOR}/patients`)).status).toBe(303)
})

test('signing out works for staff who have left', async () => {
  const email = 'left@riverside.example.org'
  const client = await signInStaff(world, site, { email })
  const _csrf = await client.csrf(`${DOOR}/patients`)
  await query(
    world,
    'update identity.staff set ended_at = now() where login_id = (select id from identity.login where email = $1)',
    [email],
  )
  expect((await client.get(`${DOOR}/patients`)).status).toBe(404)
  expect(await client.post(`${DOOR}/sign-out`, { _csrf })).toMatchObject({ status: 303, location: `${DOOR}?out=1` })
  expect((await client.get(`${DOOR}/patients`)).status).toBe(303)
})

test('an invitation sets a password once; looking at it spends nothing', async () => {
  const email = 'invited@riverside.example.org'
  const path = await invite(email)
  const client = site.client()
  for (let looks = 0; looks < 3; looks++) expect((await client.get(path)).status).toBe(200)
  const _csrf = await client.csrf(path)
  const short = await client.post(path, { _csrf, password: 'too short' })
  expect(short.status).toBe(422)
  expect(short.body).toContain('Use at least ten characters.')
  expect(await client.post(path, { _csrf, password: 'four unrelated words' })).toMatchObject({ status: 303 })
  expect((await client.get(`${DOOR}/transactions`)).status).toBe(200)
  const late = site.client()
  expect((await late.get(path)).body).toContain('no longer works')
  expect((await knock(late, email, 'four unrelated words')).status).toBe(303)
})

test('an invitation to one practice is none at another, and an access link is none at all', async () => {
  const path = await invite('walled@riverside.example.org')
  expect((await site.client().get(path.replace('riverside', 'harbor'))).body).toContain('no longer works')
  await query(world, `update identity.link set purpose = 'access' where spent_at is null`)
  expect((await site.client().get(path)).body).toContain('no longer works')
})
