import { AxeBuilder } from '@axe-core/playwright'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/main/ports.ts'
import { openBrowser, sit } from '../support/browser.ts'
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

const VIEWS = [
  { width: 390, scheme: 'light' },
  { width: 390, scheme: 'dark' },
  { width: 1280, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
] as const

for (const { width, scheme } of VIEWS) {
  test(`every page is accessible, straight and quiet at ${width} px, ${scheme}`, async () => {
    const wrong: string[] = []
    for (const { name, path, visit } of pages) {
      const { page, context, troubles } = await sit(
        { browser, origin: stage.world.config.url },
        { script: true, width, locale: 'en' },
        visit.client.cookies.get('portico'),
      )
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await page.goto(path)
      const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze()
      wrong.push(
        ...violations.map(({ id, nodes }) => `${name}: ${id} ${nodes.map(node => node.target.join(' ')).join(', ')}`),
      )
      const isPortal = !path.includes('/office') && !path.startsWith('/dev/')
      wrong.push(...(await crooked(page, { taps: width === 390 && isPortal })).map(what => `${name}: ${what}`))
      if (scheme === 'light' && !(await focusIsSeen(page))) wrong.push(`${name}: the focus is not seen`)
      wrong.push(...troubles.map(trouble => `${name}: ${trouble}`))
      await context.close()
    }
    expect(wrong).toEqual([])
  }, 180_000)
}
