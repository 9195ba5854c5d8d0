import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { untilServing } from '../test/support/processes.ts'
import { makeStand, type Stand } from '../test/support/stand.ts'
import { makeVisitor } from '../test/support/visitors.ts'
import { makePractice } from '../test/support/world.ts'
import { scoresOf } from './support/lighthouse.ts'
import { paceOf, sayGoal, sayMachine } from './support/say.ts'

/** What one visit of a page brought over the wire, in bytes as they were sent. */
type Visit = { bytes: number; requests: number; script: number; font: number; lcp: number; cls: number }

/**
 * Bytes, requests and script of home, bills and one bill: the first visit, and the second with what the browser kept. With
 * `--full` also Lighthouse, which npm fetches for it; that takes some minutes.
 */
export async function run(words: string[]): Promise<boolean> {
  const { full } = paceOf(words)
  const stand = await makeStand()
  try {
    return await measure(stand, full)
  } finally {
    await stand.end()
  }
}

async function measure(stand: Stand, full: boolean): Promise<boolean> {
  const practice = await makePractice(stand.app, 'riverside', {})
  const visitor = await makeVisitor(stand.app, practice, Array(12).fill(12_345n))
  const app = stand.start('app', ['serve'], { PORT: String(stand.ports[0]) })
  await untilServing(stand.ports[0] ?? 0)
  const executablePath = process.env.PORTICO_CHROMIUM ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const [name = '', value = ''] = visitor.cookie.split('=')
  const pages = { home: 'home', bills: 'bills', bill: `bills/${visitor.household.bills[0]}` }
  sayMachine()
  const firsts: Visit[] = []
  for (const [what, path] of Object.entries(pages)) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
    await context.addCookies([{ name, value: decodeURIComponent(value), url: stand.config.url }])
    const url = `${stand.config.url}/riverside/${path}`
    const first = await visit(context, url)
    firsts.push(first)
    say(`${what}, first visit`, first)
    say(`${what}, second visit`, await visit(context, url))
    await context.close()
  }
  await browser.close()
  const worst: number[] = []
  for (const [what, path] of full ? Object.entries({ ...pages, pay: 'payments/new' }) : [])
    worst.push(await lighthouse(what, `${stand.config.url}/riverside/${path}`, visitor.cookie, executablePath))
  app.signal('SIGKILL')
  const heaviest = Math.max(...firsts.map(each => each.bytes - each.font)) / 1000
  const scripts = Math.max(...firsts.map(each => each.script)) / 1000
  const light = sayGoal('heaviest page without the font, compressed', heaviest, { most: 50 }, ' kB')
  const bright = !full || sayGoal('lowest score of Lighthouse', Math.min(...worst), { least: 98 })
  return sayGoal('most script of a page without card entry', scripts, { most: 10 }, ' kB') && light && bright
}

async function lighthouse(what: string, url: string, cookie: string, browser: string): Promise<number> {
  const scores = await scoresOf(url, cookie, browser)
  const told = Object.entries(scores).map(([name, score]) => `${name} ${score.toFixed(0)}`)
  console.log(`${`${what}, Lighthouse`.padEnd(22)} ${told.join(', ')}`)
  return Math.min(...Object.values(scores))
}

async function visit(context: BrowserContext, url: string): Promise<Visit> {
  const page = await context.newPage()
  await page.addInitScript(watchPaints)
  const client = await context.newCDPSession(page)
  const kinds = new Map<string, string>()
  const seen: Visit = { bytes: 0, requests: 0, script: 0, font: 0, lcp: 0, cls: 0 }
  client.on('Network.responseReceived', ({ requestId, type, response }) => {
    if (!response.fromDiskCache && response.url.startsWith('http')) kinds.set(requestId, type)
  })
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId)
    if (!kind) return
    seen.requests += 1
    seen.bytes += encodedDataLength
    if (kind === 'Script') seen.script += encodedDataLength
    if (kind === 'Font') seen.font += encodedDataLength
  })
  await client.send('Network.enable')
  await page.goto(url, { waitUntil: 'networkidle' })
  Object.assign(seen, await paintsOf(page))
  await page.close()
  return seen
}

type Paints = { lcp: number; cls: number }

/** Runs in the page: the largest paint, and how much moved after it was there. */
function watchPaints(): void {
  const paints: Paints = { lcp: 0, cls: 0 }
  Object.assign(window, { paints })
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) paints.lcp = entry.startTime
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) paints.cls += (entry as PerformanceEntry & { value: number }).value
  }).observe({ type: 'layout-shift', buffered: true })
}

async function paintsOf(page: Page): Promise<Paints> {
  return page.evaluate(() => (window as unknown as { paints: Paints }).paints)
}

function say(name: string, { bytes, requests, script, font, lcp, cls }: Visit): void {
  const kb = (value: number) => `${(value / 1000).toFixed(1)} kB`
  const paints = `LCP ${lcp.toFixed(0)} ms, CLS ${cls.toFixed(3)}`
  console.log(
    `${name.padEnd(22)} ${kb(bytes)} in ${requests} requests (script ${kb(script)}, font ${kb(font)}), ${paints}`,
  )
}
