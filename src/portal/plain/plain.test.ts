import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Site, serveWorld } from '../../../test/support/http.ts'
import { makeWorld, query, type World } from '../../../test/support/world.ts'
import { system } from '../../kernel/actor.ts'
import { newId } from '../../kernel/ids.ts'
import { setSettings } from '../../practice/settings.ts'

let world: World
let site: Site
/** The same installation, as if it were in production. */
let production: Site
beforeAll(async () => {
  world = await makeWorld()
  site = await serveWorld(world)
  production = await serveWorld({ ...world, app: { ...world.app, config: { ...world.config, mode: 'production' } } })
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await production?.stop()
  await world?.end()
})

const mail = (to: string, text: string) =>
  world.app.mailer.send({ id: newId('msg'), to, subject: 'A subject', text, html: '<script>alert(1)</script>' })

test('the first page lists the practices with their doors', async () => {
  const { status, body } = await site.client().get('/')
  expect(status).toBe(200)
  for (const link of ['"/riverside"', '"/riverside/office"', '"/harbor"', '"/harbor/office"', '"/dev/mailbox"'])
    expect(body).toContain(`href=${link}`)
})

test('in production nobody is told of several practices, and one alone is led to', async () => {
  expect((await production.client().get('/')).status).toBe(404)
  await query(world, `alter table practice.directory rename to held`)
  await query(world, `create view practice.directory as select * from practice.held where slug = 'riverside'`)
  await query(world, `grant select on practice.directory to portico_app`)
  try {
    expect(await production.client().get('/')).toMatchObject({ status: 303, location: '/riverside' })
  } finally {
    await query(world, `drop view practice.directory`)
    await query(world, `alter table practice.held rename to directory`)
  }
})

test('the mailbox shows the newest first, as text, with its links to follow', async () => {
  await mail('one@example.org', 'First. Open http://localhost:3000/riverside/link/abc now.')
  await mail('two@example.org', 'Second <b>mail</b>')
  const { body, headers } = await site.client().get('/dev/mailbox')
  expect(body.indexOf('Second')).toBeLessThan(body.indexOf('First'))
  expect(body).toContain('href="http://localhost:3000/riverside/link/abc"')
  expect(body).toContain('Second &lt;b>mail')
  expect(body).not.toContain('alert(1)')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  const narrowed = await site.client().get('/dev/mailbox?to=ONE@example.org')
  expect(narrowed.body).not.toContain('Second')
})

test('the mailbox answers as JSON for one address', async () => {
  await mail('json@example.org', 'Open http://localhost:3000/a and http://localhost:3000/b')
  const { body, headers } = await site.client().get('/dev/mailbox.json?to=json@example.org')
  expect(headers.get('content-type')).toContain('application/json')
  expect(JSON.parse(body)).toEqual([
    {
      to: 'json@example.org',
      subject: 'A subject',
      text: 'Open http://localhost:3000/a and http://localhost:3000/b',
      html: '<script>alert(1)</script>',
      links: ['http://localhost:3000/a', 'http://localhost:3000/b'],
      at: expect.any(String),
    },
  ])
})

test('in production there is no mailbox', async () => {
  for (const path of ['/dev/mailbox', '/dev/mailbox.json', '/dev/mailbox.json?to=json@example.org'])
    expect((await production.client().get(path)).status).toBe(404)
})

test("a practice's colour is a style sheet that anyone may keep, without a cookie", async () => {
  await setSettings(world.app, system(world.practice.id, 'test'), { brand: 'oklch(0.42 0.1 300)' })
  const { body, headers } = await site.client().get('/riverside/brand.css')
  expect(body).toBe(':root{--brand:oklch(0.42 0.1 300)}\n')
  expect(headers.get('cache-control')).toBe('public, max-age=300')
  expect(headers.get('content-type')).toContain('text/css')
  expect(headers.getSetCookie()).toEqual([])
  expect((await site.client().get('/nowhere/brand.css')).status).toBe(404)
})
