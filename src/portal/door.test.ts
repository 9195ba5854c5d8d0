import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, type Site, serveWorld, signIn } from '../../test/support/http.ts'
import { type Household, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { recordGrant, recordLogin } from '../identity/logins.ts'
import { type Working, work } from '../jobs/worker.ts'
import { wholePractice } from '../kernel/actor.ts'
import { openApp } from '../main/app.ts'
import { subscribers } from '../main/subscribers.ts'
import { transact } from '../platform/database.ts'
import { readMailbox } from '../platform/mail.ts'

let world: World
let site: Site
let working: Working
let household: Household
let endWorker: () => Promise<void>

beforeAll(async () => {
  world = await makeWorld()
  site = await serveWorld(world)
  const worker = await openApp(world.config, {
    appUrl: world.database.appUrl,
    queueUrl: world.database.queueUrl,
    name: 'worker',
    worker: true,
    silent: true,
  })
  working = await work(worker, subscribers)
  endWorker = async () => {
    await working.stop()
    await worker.close()
  }
  household = await makeHousehold(world, [10000n])
  await transact(world.app.db, wholePractice(world.practice.id), async tx => {
    const login = await recordLogin(tx, { email: 'maria.ortega@example.org', name: 'Maria Ortega' })
    await recordGrant(tx, world.practice.id, {
      login,
      account: household.account,
      patient: household.patient,
      kind: 'self',
      scope: 'record',
    })
  })
}, 60_000)
afterAll(async () => {
  await endWorker?.()
  await site?.stop()
  await world?.end()
})

const mailsTo = (to: string) => readMailbox(world.config.dataFolder, to)
const ask = (client: Client, email: string) => client.post('/riverside', { email })

async function linkFor(client: Client, email: string): Promise<string> {
  const before = (await mailsTo(email)).length
  await ask(client, email)
  await expect.poll(async () => (await mailsTo(email)).length, { timeout: 20_000 }).toBeGreaterThan(before)
  const link = (await mailsTo(email))[0]?.links[0] ?? ''
  return new URL(link).pathname
}

test('a link asked for by email opens the bills, once, and only by its button', async () => {
  const client = site.client()
  const asked = await ask(client, 'Maria.Ortega@example.org ')
  expect(asked.status).toBe(200)
  const path = await linkFor(client, 'maria.ortega@example.org')
  for (let looks = 0; looks < 3; looks++) expect((await client.get(path)).status).toBe(200)
  expect(client.cookies.has('portico')).toBe(false)
  const spent = await client.post(path)
  expect(spent).toMatchObject({ status: 303, location: '/riverside/bills' })
  expect((await client.get('/riverside/bills')).body).toContain('$100.00')
  const again = await site.client().post(path)
  expect(again.status).toBe(422)
  expect(again.body).toContain('no longer works')
  const signedIn = await client.get(path)
  expect(signedIn.body).toContain('You are signed in')
  expect(signedIn.body).toContain('href="/riverside/bills"')
  expect(signedIn.body).not.toContain('Email me a new link')
})

test('one address is asked for in any of its spellings; one with a character that cannot be seen is refused', async () => {
  const email = 'ines@xn--praxis-mller-klb.example'
  await transact(world.app.db, wholePractice(world.practice.id), async tx => {
    const login = await recordLogin(tx, { email, name: 'Ines' })
    const { account, patient } = household
    await recordGrant(tx, world.practice.id, { login, account, patient, kind: 'proxy', scope: 'billing' })
  })
  for (const [n, typed] of ['Ines@Praxis-Müller.example', 'mailto:ines@praxis-mu\u0308ller.example'].entries()) {
    expect((await ask(site.client(), typed)).status).toBe(200)
    await expect.poll(async () => (await mailsTo(email)).length, { timeout: 20_000 }).toBe(n + 1)
  }
  const refused = await ask(site.client(), 'ines@praxis-m\u200büller.example')
  expect(refused.status).toBe(422)
  expect(refused.body).toContain('a character that cannot be seen')
  expect((await ask(site.client(), 'ines')).body).toContain('Type a whole email address')
})

test('the answer is the same for an unknown address, and no mail leaves', async () => {
  const [known, unknown] = [
    await ask(site.client(), 'maria.ortega@example.org'),
    await ask(site.client(), 'nobody.here@example.org'),
  ]
  expect(unknown.status).toBe(known.status)
  const same = (body: string) =>
    body.replaceAll('nobody.here@', 'maria.ortega@').replace(/name="_csrf" value="[^"]+"/, '')
  expect(same(unknown.body)).toBe(same(known.body))
  expect(await mailsTo('nobody.here@example.org')).toEqual([])
})

test('the sixth asking of one asker in an hour gets the same answer and no mail', async () => {
  const email = 'often@example.org'
  await transact(world.app.db, wholePractice(world.practice.id), async tx => {
    const login = await recordLogin(tx, { email, name: 'Often' })
    await recordGrant(tx, world.practice.id, {
      login,
      account: household.account,
      patient: household.patient,
      kind: 'proxy',
      scope: 'billing',
    })
  })
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(site.client(), email)))
  expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([200]))
  await expect.poll(async () => (await mailsTo(email)).length, { timeout: 20_000 }).toBe(5)
  const waiting = async () =>
    (
      await query<{ n: number }>(
        world,
        `select count(*)::int as n from pgboss.job where state in ('created', 'active', 'retry')`,
      )
    )[0]?.n
  await expect.poll(waiting, { timeout: 20_000 }).toBe(0)
  expect((await mailsTo(email)).length).toBe(5)
})

test('a link that is too old shows one button that mails a new one to the same address', async () => {
  await query(world, 'delete from identity.allowance')
  const path = await linkFor(site.client(), 'maria.ortega@example.org')
  await query(world, `update identity.link set expires_at = now() - interval '1 second' where purpose = 'access'`)
  const page = await site.client().get(path)
  expect(page.body).toContain('/again')
  const before = (await mailsTo('maria.ortega@example.org')).length
  await query(world, 'delete from identity.allowance')
  expect((await site.client().post(`${path}/again`)).status).toBe(200)
  await expect
    .poll(async () => (await mailsTo('maria.ortega@example.org')).length, { timeout: 20_000 })
    .toBe(before + 1)
})

test('whoever asks, in whatever number, leaves a sum an hour and no rows in the audit', async () => {
  const events = () => query(world, `select id from audit.event where type like 'link.asked' or actor = 'system door'`)
  const sums = () =>
    query<{ what: string; times: number }>(
      world,
      `select what, sum(times)::int as times from audit.door where what like 'link.%' group by what order by what`,
    )
  const timesOf = async (what: string) => (await sums()).find(sum => sum.what === what)?.times ?? 0
  const before = { events: await events(), asked: await timesOf('link.asked'), refused: await timesOf('link.refused') }
  for (let n = 0; n < 12; n++) await ask(site.client(), `stranger-${n % 3}@example.org`)
  for (let n = 0; n < 9; n++) await ask(site.client(), 'stranger-0@example.org')
  expect(await events()).toEqual(before.events)
  expect(await timesOf('link.asked')).toBe(before.asked + 4 + 4 + 5)
  expect(await timesOf('link.refused')).toBe(before.refused + 8)
  for (const change of [
    'update audit.door set times = times - 1',
    `update audit.door set what = 'x.y'`,
    'delete from audit.door',
    'truncate audit.door',
  ])
    await expect(query(world, change), change).rejects.toThrow('only counts on')
})

test('signing in ends the session that the browser held, whosever it was', async () => {
  const other = await makeHousehold(world, [2000n])
  const client = await signIn(world, site, other)
  const held = site.client(Object.fromEntries(client.cookies))
  expect((await held.get('/riverside/home')).status).toBe(200)
  await query(world, 'delete from identity.allowance')
  expect((await client.post(await linkFor(site.client(), 'maria.ortega@example.org'))).status).toBe(303)
  expect((await client.get('/riverside/bills')).body).toContain('$100.00')
  expect((await held.get('/riverside/home')).status).toBe(303)
})

test('no token rests in the database', async () => {
  const mails = await mailsTo('maria.ortega@example.org')
  const tokens = mails.flatMap(mail => mail.links).map(link => link.split('/').at(-1) ?? '')
  const dump = await query<{ t: string }>(
    world,
    `select coalesce(string_agg(e::text, ' '), '') as t from (select e::text from audit.event e union all select j::text from pgboss.job j union all select l::text from identity.link l) as all_rows(e)`,
  )
  for (const token of tokens) expect(dump[0]?.t).not.toContain(token)
})

test('what is no email address is said beside the field, and what was typed stays', async () => {
  const answer = await ask(site.client(), '<script>')
  expect(answer.status).toBe(422)
  expect(answer.body).toContain('&lt;script>')
})

test('without a session a page leads to the door and comes back; signing out closes everything', async () => {
  expect(await site.client().get('/riverside/bills?show=all')).toMatchObject({
    status: 303,
    location: '/riverside?next=%2Friverside%2Fbills%3Fshow%3Dall',
  })
  const client = await signIn(world, site, household)
  const csrf = await client.csrf('/riverside/home')
  expect((await client.post('/riverside/sign-out', { _csrf: 'wrong' })).status).toBe(403)
  expect((await client.post('/riverside/sign-out', { _csrf: csrf }, { Origin: 'https://evil.example' })).status).toBe(
    403,
  )
  expect((await client.post('/riverside/sign-out', { _csrf: csrf })).status).toBe(303)
  expect((await client.get('/riverside/home')).status).toBe(303)
})

test('signing out works for somebody whose grants have ended, who is then shut out everywhere', async () => {
  const leaving = await makeHousehold(world, [1000n])
  const client = await signIn(world, site, leaving)
  const held = site.client(Object.fromEntries(client.cookies))
  await query(world, 'update identity.access_grant set ends_at = now() where account_id = $1', [leaving.account])
  const shut = await client.get('/riverside/home')
  expect(shut.status).toBe(404)
  expect(shut.body).toContain('action="/riverside/sign-out"')
  expect((await client.get('/harbor/home')).body).not.toContain('sign-out')
  const _csrf = await client.csrf('/riverside/home')
  expect((await client.post('/riverside/sign-out', { _csrf: 'wrong' })).status).toBe(403)
  expect(await client.post('/riverside/sign-out', { _csrf })).toMatchObject({
    status: 303,
    location: '/riverside?out=1',
  })
  expect((await held.get('/riverside/home')).status).toBe(303)
  const [event] = await query<{ actor: string }>(
    world,
    `select actor from audit.event where type = 'session.ended' order by at desc limit 1`,
  )
  expect(event?.actor).toBe('system door')
})

test('signing out again, from a page that was open beside, leads to the door', async () => {
  const client = await signIn(world, site, household)
  const _csrf = await client.csrf('/riverside/home')
  const beside = site.client(Object.fromEntries(client.cookies))
  await client.post('/riverside/sign-out', { _csrf })
  expect(await beside.post('/riverside/sign-out', { _csrf })).toMatchObject({ status: 303, location: '/riverside' })
})

test("another household's bill, another practice and an unknown id are the same page", async () => {
  const [mine, theirs] = [await makeHousehold(world, [5000n]), await makeHousehold(world, [7000n])]
  const client = await signIn(world, site, mine)
  expect((await client.get(`/riverside/bills/${mine.bills[0]}`)).status).toBe(200)
  const pages = await Promise.all(
    [
      `/riverside/bills/${theirs.bills[0]}`,
      '/riverside/bills/inv_00000000000000000000000000',
      '/riverside/bills/x',
      '/harbor/bills',
      '/nowhere/bills',
    ].map(path => client.get(path)),
  )
  expect(pages.map(page => page.status)).toEqual([404, 404, 404, 404, 404])
})
