#!/usr/bin/env node
// Pictures of every page of the route table, phone and desktop, light and dark, in shots/: of the demo, made anew in a
// folder of its own on free ports, as its people see it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fail, inOwnNode, root } from './shared.mjs'

await inOwnNode()
const { chromium } = await import('playwright-core')

const VIEWS = [
  { name: 'phone', viewport: { width: 390, height: 844 } },
  { name: 'desktop', viewport: { width: 1280, height: 900 } },
]
const MOST_OF_ONE = 2
const folder = join(root, 'shots')
const data = mkdtempSync(join(tmpdir(), 'portico-shots-'))
const env = {
  ...process.env,
  PORT: await freePort(),
  SANDBOX_PORT: await freePort(),
  PORTICO_DATA: data,
  PORTICO_MODE: 'demo',
}
delete env.PORTICO_URL
const { said, stop } = await startDemo()
const named = process.env.PORTICO_CHROMIUM
const browser = await chromium.launch({
  executablePath: named && existsSync(named) ? named : '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'],
})
try {
  rmSync(folder, { recursive: true, force: true })
  const pages = await findPages(listRoutes())
  for (const view of VIEWS) for (const scheme of ['light', 'dark']) await takeAll(pages, view, scheme)
  console.log(`${pages.length * VIEWS.length * 2} pictures in ${folder}`)
} finally {
  await browser.close()
  await stop()
  rmSync(data, { recursive: true, force: true })
}

/** Starts everything as `npm start` does, and answers with the lines it prints. */
async function startDemo() {
  const child = spawn(process.execPath, [join(root, 'bin', 'portico.mjs'), 'start'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 2],
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const said = {}
  await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the demo did not start')))
    createInterface(child.stdout).on('line', line => {
      const [, name, rest] = /^(portal|patient|office|mailbox): (.*)$/.exec(line) ?? []
      if (name) said[name] = rest.split(' ')
      if (said.mailbox) resolve()
    })
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { said, stop }
}

/** A port that nobody listens on now; a command finds the sandbox of the demo by it. */
async function freePort() {
  const server = createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return String(port)
}

/** What a command prints. */
function portico(...words) {
  const args = [join(root, 'bin', 'portico.mjs'), ...words]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
  return status === 0 ? stdout : fail(`portico ${words.join(' ')}: ${stderr}`)
}

function listRoutes() {
  const pages = JSON.parse(portico('routes', '--json')).filter(
    route => route.method === 'GET' && (route.answers ?? 'html') === 'html',
  )
  return pages.map(({ path }) => ({
    path,
    pattern: new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}$`),
    order: path.split('/').filter(part => part.startsWith(':')).length,
  }))
}

/** Walks from page to page as each of the cast and notes for every route where it is met, and by whom. */
async function findPages(routes) {
  const origin = new URL(said.portal[0]).origin
  const cast = [
    {
      who: 'nobody',
      starts: ['/', '/riverside', '/harbor', '/riverside/office', '/dev/mailbox', '/riverside/nothing'],
    },
    await patient(origin, 'maria.ortega@example.org', 'riverside'),
    await patient(origin, 'james.okafor@example.org', 'riverside'),
    await patient(origin, 'lucia.fernandez@example.org', 'riverside'),
    await patient(origin, 'rosa.lindqvist@example.org', 'riverside'),
    await staff(origin, said.office[1], said.office[2], 'riverside'),
    await staff(origin, 'noor.haddad@example.org', said.office[2], 'harbor'),
    await newcomer(origin, 'owner@elm.example.org'),
  ]
  const found = []
  for (const one of cast) found.push(...(await walk(origin, one, routes)))
  const missing = routes.filter(({ path }) => !found.some(page => page.route === path))
  for (const { path } of missing) console.error(`nobody of the demo comes to ${path}`)
  if (missing.length > 0) process.exitCode = 1
  return found
}

async function patient(origin, email, slug) {
  const context = await browser.newContext({ baseURL: origin })
  const page = await context.newPage()
  await page.goto(`/${slug}`)
  await page.locator('input[name="email"]').fill(email)
  await page.locator('form:has(input[name="email"]) button').click()
  const link = await mailedLink(origin, email)
  await page.goto(link)
  await page.locator('main form[action*="/link/"] button').click()
  await page.waitForURL('**/bills')
  const starts = [
    new URL(link).pathname,
    `/${slug}/home`,
    `/${slug}/bills?show=all`,
    `/${slug}/methods`,
    `/${slug}/code`,
  ]
  return { who: email.split('.')[0], starts, state: await context.storageState() }
}

/** The owner of a new practice, who was mailed an invitation and has not taken it yet. */
async function newcomer(origin, email) {
  portico('practice', 'create', '--slug', 'elm', '--name', 'Elm Street Clinic', '--owner', email)
  const link = await mailedLink(origin, email, '/invitation/')
  return { who: 'newcomer', starts: [new URL(link).pathname] }
}

async function mailedLink(origin, email, kind = '/link/') {
  for (let tries = 0; tries < 100; tries++) {
    const mails = await (await fetch(`${origin}/dev/mailbox.json?to=${encodeURIComponent(email)}`)).json()
    const link = mails.flatMap(mail => mail.links).find(href => href.includes(kind))
    if (link) return link
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return fail(`no link was mailed to ${email}`)
}

async function staff(origin, email, password, slug) {
  const context = await browser.newContext({ baseURL: origin })
  const page = await context.newPage()
  await page.goto(`/${slug}/office`)
  await page.locator('input[name="email"]').fill(email)
  await page.locator('input[name="password"]').fill(password)
  await page.locator('form:has(input[name="password"]) button').click()
  await page.waitForURL('**/office/transactions')
  const starts = [`/${slug}/office/transactions`, `/${slug}/office/patients`]
  return { who: email.split('.')[0], starts, state: await context.storageState() }
}

async function walk(origin, { who, starts, state }, routes) {
  const context = await browser.newContext({ baseURL: origin, ...(state ? { storageState: state } : {}) })
  const page = await context.newPage()
  const found = []
  const waiting = [...starts]
  const seen = new Set()
  while (waiting.length > 0) {
    const path = waiting.shift()
    const route = routes
      .filter(({ pattern }) => pattern.test(path.split('?')[0]))
      .sort((a, b) => a.order - b.order || b.path.length - a.path.length)[0]
    const name = route?.path ?? path
    if (seen.has(path) || found.filter(each => each.route === name).length >= MOST_OF_ONE) continue
    seen.add(path)
    if (!route && !starts.includes(path)) continue
    const answer = await page.goto(path)
    if (!answer || new URL(page.url()).pathname !== path.split('?')[0]) continue
    const nth = found.filter(each => each.route === name).length + 1
    found.push({ route: name, path, who, state, origin, file: `${fileOf(name)}-${who}${nth > 1 ? `-${nth}` : ''}.png` })
    const links = await page
      .locator('a[href^="/"], form[action^="/"]')
      .evaluateAll(all => all.map(one => one.getAttribute('href') ?? one.getAttribute('action')))
    if (state) waiting.push(...links.filter(href => !href.endsWith('.pdf')))
  }
  await context.close()
  return found
}

function fileOf(route) {
  return (
    route
      .replace(/^\/:practice/, '')
      .replace(/[/:.]+/g, '-')
      .replace(/^-|-$/g, '') || 'door'
  )
}

async function takeAll(pages, { name, viewport }, scheme) {
  const into = join(folder, `${name}-${scheme}`)
  mkdirSync(into, { recursive: true })
  const contexts = new Map()
  for (const { path, who, state, origin, file } of pages) {
    const options = { baseURL: origin, viewport, colorScheme: scheme, reducedMotion: 'reduce' }
    if (!contexts.has(who))
      contexts.set(who, await browser.newContext({ ...options, ...(state ? { storageState: state } : {}) }))
    const page = await contexts.get(who).newPage()
    await page.goto(path)
    await page.evaluate(() => document.fonts.ready)
    await page.screenshot({ path: join(into, file), fullPage: true })
    await page.close()
  }
  for (const context of contexts.values()) await context.close()
}
