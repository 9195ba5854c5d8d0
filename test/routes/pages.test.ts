import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { HtmlValidate } from 'html-validate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csrfToken } from '../../src/identity/sessions.ts'
import { routes } from '../../src/main/routes.ts'
import type { Config } from '../../src/platform/config.ts'
import { clientFolder, readAssets } from '../../src/web/assets.ts'
import { readFiles } from '../../src/web/files.ts'
import { buildServer } from '../../src/web/server.ts'
import type { Answer } from '../support/http.ts'
import { ask, fill, listPages, nameOf, openStage, ownerVisit, type Page, type Stage } from '../support/walk.ts'

let stage: Stage
let pages: Page[]
const answers = new Map<string, Answer>()

beforeAll(async () => {
  stage = await openStage()
  pages = await listPages(stage)
  for (const page of pages) {
    answers.set(page.name, await page.visit.client.get(page.path))
    answers.set(`${page.name} in Spanish`, await page.visit.client.get(page.path, { 'Accept-Language': 'es' }))
  }
  for (const [name, answer] of await refusedForms()) answers.set(name, answer)
  answers.set('unknown', await stage.site.client().get('/riverside/nothing'))
  answers.set('malformed', await stage.site.client().get('/riverside/bills?q=%ff'))
}, 120_000)
afterAll(() => stage?.end())

/** What each form answers when nothing was filled in. */
async function refusedForms(): Promise<[string, Answer][]> {
  const [member] = stage.troupe.members
  const found: [string, Answer][] = []
  for (const route of routes.filter(
    one => one.method === 'POST' && one.kind !== 'raw' && Object.keys(one.form ?? {}).length,
  )) {
    if (!member) continue
    const owner = await ownerVisit(stage, route, member)
    const { path, form } = await fill(stage, route, member, owner)
    const ids = Object.fromEntries(Object.entries(form).filter(([field]) => ['payment', 'refund'].includes(field)))
    const answer = await ask(stage, route, owner, { path, form: { ...ids, amount: 'x' } })
    if (answer.status >= 400) found.push([`${nameOf(route)} refused`, answer])
  }
  return found
}

/** Every page of the table, and what refused forms and wrong addresses show. */
const all = (): [string, Answer][] =>
  [...answers].filter(([, answer]) => answer.headers.get('content-type')?.startsWith('text/html'))

test('there is a page for every page route, and a refused form for most forms', () => {
  expect(pages.length).toBeGreaterThan(15)
  for (const page of pages) expect(answers.get(page.name)?.status, page.name).toBe(200)
  expect([...answers.keys()].filter(name => name.endsWith('refused')).length).toBeGreaterThan(5)
})

test('every answer forbids what it does not need', () => {
  for (const [name, { headers }] of all()) {
    expect(headers.get('x-content-type-options'), name).toBe('nosniff')
    expect(headers.get('x-frame-options'), name).toBe('DENY')
    expect(headers.get('cross-origin-opener-policy'), name).toBe('same-origin')
    expect(headers.get('referrer-policy'), name).toMatch(/^(strict-origin|same-origin|no-referrer)/)
    expect(headers.get('permissions-policy'), name).toContain('camera=()')
    expect(headers.get('cache-control'), name).toBe('no-store')
    expect(headers.get('x-powered-by'), name).toBeNull()
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of [
      `default-src 'none'`,
      `base-uri 'none'`,
      `frame-ancestors 'none'`,
      `form-action 'self'`,
      `script-src 'self'`,
      `style-src 'self'`,
    ])
      expect(policy, name).toContain(part)
    expect(policy, name).not.toMatch(/unsafe|\*/)
  }
})

test("the processor's origin stands on pages with card entry alone", () => {
  const sandbox = new URL(stage.world.sandbox.url).origin
  for (const { name, route } of pages)
    expect(answers.get(name)?.headers.get('content-security-policy')?.includes(sandbox), name).toBe(route.card === true)
  for (const name of ['unknown', 'malformed'])
    expect(answers.get(name)?.headers.get('content-security-policy')).not.toContain(sandbox)
})

test('nothing stands inline', () => {
  for (const [name, { body }] of all()) {
    expect(body.match(/<script(?![^>]*\ssrc=)[^>]*>/g), name).toBeNull()
    expect(body.match(/<style|\sstyle=|\son[a-z]+="|javascript:/g), name).toBeNull()
    expect(body.match(/(?:src|href|action)="https?:\/\/(?!localhost|127\.0\.0\.1)[^"]*"/g), name).toBeNull()
  }
})

test('every time says to machines a day, or an instant to no more than a millisecond', () => {
  const said = all().flatMap(([name, { body }]) =>
    [...body.matchAll(/datetime="([^"]*)"/g)].map(([, at = '']) => `${name} ${at}`),
  )
  expect(said.length).toBeGreaterThan(30)
  expect(said.filter(each => !/ \d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,3})?Z)?$/.test(each))).toEqual([])
})

test('every page is valid HTML', async () => {
  const validator = new HtmlValidate({
    extends: ['html-validate:recommended'],
    rules: {
      // How preact writes, which is HTML all the same.
      'void-style': 'off',
      'attribute-boolean-style': 'off',
      'no-trailing-whitespace': 'off',
      'doctype-style': 'off',
      'attr-quotes': 'off',
      'long-title': 'off',
      // Numbers do not wrap by style, and a screen reader reads plain ones best.
      'tel-non-breaking': 'off',
      'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'submit'] }],
      'no-inline-style': 'error',
      'no-implicit-button-type': 'error',
    },
  })
  const wrong: string[] = []
  for (const [name, { body }] of all()) {
    const report = await validator.validateString(body)
    for (const { messages } of report.results)
      wrong.push(...messages.map(({ ruleId, message, selector }) => `${name}: ${ruleId} ${message} ${selector ?? ''}`))
  }
  expect(wrong).toEqual([])
}, 60_000)

test('a page says its language, and one title that is its own', () => {
  const titles = new Map<string, string>()
  for (const { name } of pages) {
    const body = answers.get(name)?.body ?? ''
    expect(body, name).toMatch(/^<!DOCTYPE html><html lang="(en|es)"/)
    const title = /<title>([^<]+)<\/title>/.exec(body)?.[1] ?? ''
    expect(title, name).not.toBe('')
    expect((body.match(/<h1/g) ?? []).length, name).toBe(1)
    titles.set(name, title)
  }
})

test('home and bills weigh at most 50 kB compressed besides the font, with at most 10 kB of script', async () => {
  for (const name of ['GET /:practice/home', 'GET /:practice/bills']) {
    const page = pages.find(one => one.name === name)
    const body = answers.get(name)?.body ?? ''
    const parts = [...body.matchAll(/<(?:link rel="stylesheet" href|script type="module" src)="([^"]+)"/g)].map(
      ([, href = '']) => href,
    )
    const bytes = [gzipSync(body).length]
    let script = 0
    for (const href of parts) {
      const answer = await page?.visit.client.get(href)
      const size = gzipSync(answer?.bytes ?? '').length
      bytes.push(size)
      if (href.endsWith('.js')) script += size
    }
    expect(
      bytes.reduce((a, b) => a + b, 0),
      `${name} ${bytes}`,
    ).toBeLessThanOrEqual(50 * 1024)
    expect(script, name).toBeLessThanOrEqual(10 * 1024)
    // The page, styles, colour; each font and island is one more.
    expect(parts.length, name).toBeLessThanOrEqual(4)
  }
})

test('what the build made for browsers is kept for a year under its own name', async () => {
  const css = readAssets(clientFolder()).css
  const answer = await stage.site.client().get(css)
  expect(answer.headers.get('cache-control')).toContain('immutable')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('content-type')).toContain('text/css')
})

test('what the build made is answered from memory, as each reader takes it', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'portico-client-')), 'client')
  cpSync(clientFolder(), folder, { recursive: true })
  const built = { assets: readAssets(folder), files: readFiles(folder) }
  rmSync(dirname(folder), { recursive: true })
  const { config } = stage.world
  const server = buildServer(stage.world.app, routes, built)
  const ask = async (path: string, accepts: string, method = 'GET') => {
    const answer = await server.request(`${config.url}${path}`, { method, headers: { 'Accept-Encoding': accepts } })
    expect(answer.status, path).toBe(200)
    return { encoding: answer.headers.get('content-encoding'), bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const { css } = built.assets
  const plain = await ask(css, 'identity')
  expect([plain.encoding, plain.bytes.toString()]).toEqual([null, expect.stringContaining('--brand')])
  const [br, gzip] = [await ask(css, 'gzip, br'), await ask(css, 'gzip')]
  expect([br.encoding, gzip.encoding]).toEqual(['br', 'gzip'])
  expect([brotliDecompressSync(br.bytes), gunzipSync(gzip.bytes)]).toEqual([plain.bytes, plain.bytes])
  expect((await ask(css, 'br', 'HEAD')).bytes).toHaveLength(0)
  for (const font of built.assets.fonts) expect((await ask(font, 'br')).bytes.subarray(0, 4).toString()).toBe('wOF2')
})

test('under https cookies are __Host-, and browsers are told to stay with it', async () => {
  const server = serverAt('https://portal.example.org')
  const door = await server.request('https://portal.example.org/riverside')
  expect(door.headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/)
  expect(door.headers.get('content-security-policy')).toContain('upgrade-insecure-requests')
  const [member] = stage.troupe.members
  const route = routes.find(one => nameOf(one) === 'POST /:practice/link/:token')
  if (!member || !route) throw new Error('there is no link to spend')
  const { path } = await fill(stage, route, member, await ownerVisit(stage, route, member))
  const spent = await server.request(`https://portal.example.org/riverside/link/${path.token}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://portal.example.org' },
  })
  expect(spent.status).toBe(303)
  const cookies = [...door.headers.getSetCookie(), ...spent.headers.getSetCookie()]
  expect(cookies.some(cookie => cookie.startsWith('__Host-portico='))).toBe(true)
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Host-portico(-door)?=/)
    for (const part of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax']) expect(cookie).toContain(part)
    expect(cookie).not.toContain('Domain')
  }
})

test('a session cookie on http is the plain one, out of reach of scripts', async () => {
  const client = stage.site.client()
  const [member] = stage.troupe.members
  const route = routes.find(one => nameOf(one) === 'POST /:practice/link/:token')
  if (!member || !route) throw new Error('there is no link to spend')
  const { path } = await fill(stage, route, member, await ownerVisit(stage, route, member))
  const answer = await client.post(`/riverside/link/${path.token}`)
  const session = answer.headers.getSetCookie().find(cookie => cookie.startsWith('portico='))
  expect(session).toMatch(/HttpOnly/)
  expect(session).toMatch(/SameSite=Lax/)
  expect(session).not.toMatch(/Domain|Secure/)
})

test('a form from elsewhere is refused whatever it carries', async () => {
  const [member] = stage.troupe.members
  if (!member) throw new Error('the troupe is empty')
  for (const route of routes.filter(one => one.method === 'POST' && one.body === 'form')) {
    const owner = await ownerVisit(stage, route, member)
    const { path, form } = await fill(stage, route, member, owner)
    const address = route.path.replace(/:(\w+)/g, (_all, name: string) => path[name] ?? '')
    const csrf = owner.session ? csrfToken(stage.world.app, owner.session) : ''
    const from = (headers: Record<string, string>, token = csrf) =>
      owner.client.post(address, { ...form, _csrf: token }, headers)
    expect((await from({ Origin: 'https://evil.example' })).status, nameOf(route)).toBe(403)
    expect((await from({ Origin: 'null' })).status, nameOf(route)).toBe(403)
    expect((await from({ 'Sec-Fetch-Site': 'cross-site' })).status, nameOf(route)).toBe(403)
    if (route.csrf) expect((await from({}, 'wrong')).status, nameOf(route)).toBe(403)
    if (route.csrf) expect((await from({}, '')).status, nameOf(route)).toBe(403)
  }
}, 60_000)

/** The same app under another address, asked by whatever name and header. */
function serverAt(url: string, more: Partial<Config> = {}) {
  const client = clientFolder()
  const app = { ...stage.world.app, config: { ...stage.world.config, url, ...more } }
  return buildServer(app, routes, { assets: readAssets(client), files: readFiles(client) })
}
const WATCHED = ['/healthz', '/readyz', '/metrics']

test('a foreign Host header opens no page and no file, reaches no answer, and hinders nobody who watches', async () => {
  const own = 'https://portal.example.org'
  const server = serverAt(own)
  const css = readAssets(clientFolder()).css
  const forged = { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example', Origin: own }
  const asked = [
    ...['/', '/riverside', '/riverside/home', '/riverside/office', '/nothing', css].map(path => ['GET', path] as const),
    ...['/riverside', '/webhooks/stripe', '/nothing'].map(path => ['POST', path] as const),
  ]
  for (const host of ['evil.example', 'portal.example.org.evil.example', '192.168.1.5:3000', 'localhost.evil.example'])
    for (const [method, path] of asked) {
      const answer = await server.request(`http://${host}${path}`, { method, headers: forged })
      expect(answer.status, `${method} ${host}${path}`).toBe(421)
      const said = await answer.text()
      expect(said).toContain(own)
      expect(`${said} ${answer.headers.get('location') ?? ''}`).not.toContain('evil.example')
    }
  for (const path of WATCHED) expect((await server.request(`http://evil.example${path}`)).status, path).not.toBe(421)
  expect((await server.request(`${own}/riverside`, { headers: forged })).status).toBe(200)
  expect((await server.request(`${own}${css}`)).status).toBe(200)
})

test('another name of the loopback address leads to the one whose cookies count', async () => {
  for (const [own, names] of [
    ['http://localhost:3000', ['127.0.0.1:3000', '[::1]:3000', '127.0.0.2']],
    ['https://portal.example.org', ['127.0.0.1:3000', 'localhost:3000']],
  ] as const) {
    const server = serverAt(own)
    for (const name of names) {
      for (const method of ['GET', 'HEAD']) {
        const there = await server.request(`http://${name}/riverside?next=%2Friverside%2Fbills`, { method })
        expect(there.status, `${method} ${name}`).toBe(307)
        expect(there.headers.get('location')).toBe(`${own}/riverside?next=%2Friverside%2Fbills`)
      }
      for (const path of WATCHED) expect((await server.request(`http://${name}${path}`)).status, path).not.toBe(307)
      // The processor's events come by the loopback address, whatever the portal is called.
      expect((await server.request(`http://${name}/webhooks/stripe`, { method: 'POST' })).status).toBe(400)
    }
    expect((await server.request(`${own}/riverside`)).status).toBe(200)
  }
})

test('a proxy that hides the name it was asked by is told so, and sends nobody round in circles', async () => {
  const own = 'https://portal.example.org'
  const server = serverAt(own, { proxies: 1 })
  const forwarded = { 'X-Forwarded-For': '203.0.113.7' }
  expect((await server.request('http://127.0.0.1:3000/riverside', { headers: forwarded })).status).toBe(421)
  expect((await server.request(`${own}/riverside`, { headers: forwarded })).status).toBe(200)
})

test('a program that is refused reads JSON, and a person a page', async () => {
  const server = serverAt(stage.world.config.url)
  const ask = async (path: string, headers: Record<string, string>, method = 'GET') => {
    const answer = await server.request(`${stage.world.config.url}${path}`, { method, headers })
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: await answer.text() }
  }
  const message = expect.stringMatching(/^[A-Z].*[.]$/)
  const request = expect.stringMatching(/^[\w-]{12}$/)
  for (const Accept of ['application/json', 'application/fhir+json', 'text/html;q=0.5, application/problem+json'])
    for (const [path, status, code] of [
      ['/riverside/nothing', 404, 'absent'],
      ['/riverside/home', 401, 'session'],
      ['/riverside?next=%00', 400, 'body.malformed'],
    ] as const) {
      const answer = await ask(path, { Accept })
      expect(answer, path).toMatchObject({ status, type: 'application/json' })
      expect(JSON.parse(answer.body)).toEqual({ error: { status, code, message, request } })
    }
  const elsewhere = await server.request('http://evil.example/', { headers: { Accept: 'application/json' } })
  expect(await elsewhere.json()).toEqual({ error: { status: 421, code: 'host', message: expect.any(String), request } })
  expect(JSON.parse((await ask('/webhooks/stripe', {}, 'POST')).body).error.code).toBe('signature')
  expect((await ask('/webhooks/stripe', { Accept: '*/*' }, 'POST')).type).toBe('application/json')
  expect((await ask('/api/v1/nothing', {})).type).toBe('application/json')
  expect((await ask('/riverside', { 'Content-Type': 'application/json' }, 'POST')).type).toBe('application/json')
  for (const Accept of ['*/*', 'text/html', 'text/html, application/json;q=0.9', 'text/html, application/json'])
    expect((await ask('/riverside/nothing', { Accept })).type, Accept).toContain('text/html')
  expect((await ask('/riverside/nothing', {})).type).toContain('text/html')
  expect((await ask('/api/v1/nothing', { Accept: 'text/html' })).type).toContain('text/html')
})
