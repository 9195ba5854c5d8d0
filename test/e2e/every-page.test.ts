import { AxeBuilder } from '@axe-core/playwright'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/main/ports.ts'
import { openBrowser, type Seat, sit } from '../support/browser.ts'
import { crooked, focusIsSeen } from '../support/looks.ts'
import { listPages, openStage, type Page, type Stage } from '../support/walk.ts'

let stage: Stage
let pages: Page[]
let browser: Browser

beforeAll(async () => {
  const port = await freePort(0, '127.0.0.1', 'PORT')
  stage = await openStage({ PORTICO_URL: `http://localhost:${port}`, PORT: String(port) })
  pages = await listPages(stage)
  browser = await openBrowser()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await stage?.end()
})

/** A browser for each visitor of the troupe, kept from page to page. */
async function seatsAt(width: 390 | 1280): Promise<(page: Page) => Promise<Seat>> {
  const seats = new Map<string, Promise<Seat>>()
  return ({ visit }) => {
    const cookie = visit.client.cookies.get('portico') ?? ''
    const look = { script: true, width, locale: 'en' } as const
    const seat = seats.get(cookie) ?? sit({ browser, origin: stage.world.config.url }, look, cookie || undefined)
    seats.set(cookie, seat)
    return seat
  }
}

/** What axe finds; in the dark only colours can differ. */
async function faults({ page }: Seat, name: string, scheme: 'light' | 'dark'): Promise<string[]> {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  // In one piece: no page of ours has a frame of ours, and a second tab for each page would cost most of the time.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).exclude('iframe')
  const { violations } = await (scheme === 'light' ? axe : axe.withRules(['color-contrast'])).analyze()
  return violations.map(
    ({ id, nodes }) => `${name}, ${scheme}: ${id} ${nodes.map(node => node.target.join(' ')).join(', ')}`,
  )
}

for (const width of [390, 1280] as const) {
  test(`every page is accessible, light and dark, lies straight and keeps quiet at ${width} px`, async () => {
    const wrong: string[] = []
    const seatOf = await seatsAt(width)
    for (const one of pages) {
      const { name, path } = one
      const seat = await seatOf(one)
      await seat.page.goto(path)
      wrong.push(...(await faults(seat, name, 'light')), ...(await faults(seat, name, 'dark')))
      const isPortal = !path.includes('/office') && !path.startsWith('/dev/')
      const seen = await crooked(seat.page, { taps: width === 390 && isPortal })
      wrong.push(...seen.map(what => `${name}: ${what}`))
      if (!(await focusIsSeen(seat.page))) wrong.push(`${name}: the focus is not seen`)
      wrong.push(...seat.troubles.splice(0).map(trouble => `${name}: ${trouble}`))
    }
    expect(wrong).toEqual([])
  }, 300_000)
}
