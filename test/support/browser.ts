import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { recordGrant, recordLogin } from '../../src/identity/logins.ts'
import { setPassword } from '../../src/identity/passwords.ts'
import { startSession } from '../../src/identity/sessions.ts'
import { inviteStaff } from '../../src/identity/staff.ts'
import { work } from '../../src/jobs/worker.ts'
import { system, wholePractice } from '../../src/kernel/actor.ts'
import type { LoginId } from '../../src/kernel/ids.ts'
import { openApp } from '../../src/main/app.ts'
import { freePort } from '../../src/main/ports.ts'
import { serve } from '../../src/main/serve.ts'
import { subscribers } from '../../src/main/subscribers.ts'
import { transact } from '../../src/platform/database.ts'
import type { Practice } from '../../src/practice/practices.ts'
import { type Household, makeHousehold, makeWorld, type World } from './world.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The browser of the machine; `PORTICO_CHROMIUM` names another. */
export function openBrowser(): Promise<Browser> {
  const named = process.env.PORTICO_CHROMIUM
  const executablePath = named && existsSync(named) ? named : '/usr/bin/chromium'
  return chromium.launch({ executablePath, args: FLAGS })
}

/** A real app and worker at an address of their own, with the sandbox: what a browser story is played on. */
export type Scene = { readonly world: World; readonly origin: string; readonly browser: Browser; end(): Promise<void> }

export async function openScene(settings: Record<string, string> = {}): Promise<Scene> {
  const port = await freePort(0, '127.0.0.1', 'PORT')
  const origin = `http://localhost:${port}`
  const world = await makeWorld({ settings, env: { PORTICO_URL: origin, PORT: String(port), PORTICO_LIMITS: 'off' } })
  const serving = await serve(world.app, { port, host: '127.0.0.1' })
  const urls = { appUrl: world.database.appUrl, queueUrl: world.database.queueUrl }
  const worker = await openApp(world.config, { ...urls, name: 'worker', worker: true, silent: true })
  const working = await work(worker, subscribers)
  const browser = await openBrowser()
  const end = async () => {
    await browser.close()
    await working.stop()
    await worker.close()
    await serving.stop()
    await world.end()
  }
  return { world, origin, browser, end }
}

/** How somebody looks at the pages. */
export type Look = { readonly script: boolean; readonly width: 390 | 1280; readonly locale: 'en' | 'es' }
export const LOOKS: readonly Look[] = [
  { script: true, width: 390, locale: 'en' },
  { script: false, width: 390, locale: 'es' },
  { script: true, width: 1280, locale: 'es' },
  { script: false, width: 1280, locale: 'en' },
]
export const nameOfLook = ({ script, width, locale }: Look) =>
  `${script ? 'with' : 'without'} script at ${width} px in ${locale === 'en' ? 'English' : 'Spanish'}`

/** A browser of somebody's own, with what it complained of. */
export type Seat = { readonly page: Page; readonly context: BrowserContext; readonly troubles: string[] }

export async function sit(scene: Pick<Scene, 'browser' | 'origin'>, look: Look, cookie?: string): Promise<Seat> {
  const context = await scene.browser.newContext({
    javaScriptEnabled: look.script,
    viewport: { width: look.width, height: 900 },
    locale: look.locale === 'en' ? 'en-US' : 'es-US',
    baseURL: scene.origin,
    hasTouch: look.width === 390,
  })
  if (cookie) await context.addCookies([{ name: 'portico', value: encodeURIComponent(cookie), url: scene.origin }])
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const troubles: string[] = []
  page.on('pageerror', error => troubles.push(`${page.url()}: ${error.message}`))
  page.on('console', message => {
    // A refused form is an answer of ours with a status of its own; the browser calls that an error.
    if (message.type() === 'error' && !/status of 4(04|22)/.test(message.text()))
      troubles.push(`${page.url()}: ${message.text()}`)
  })
  return { page, context, troubles }
}

/** Somebody with bills, and a login of their own. */
export type Person = { readonly household: Household; readonly login: LoginId; readonly email: string }

export async function makePerson(
  { world }: Pick<Scene, 'world'>,
  bills: readonly bigint[],
  { practice = world.practice, name = 'Maria' }: { practice?: Practice; name?: string } = {},
): Promise<Person> {
  const household = await makeHousehold(world, bills, practice, name)
  const email = `${household.patient}@example.org`
  const login = await transact(world.app.db, wholePractice(practice.id), async tx => {
    const login = await recordLogin(tx, { email, name: `${name} Ortega` })
    const { account, patient } = household
    await recordGrant(tx, practice.id, { login, account, patient, kind: 'self', scope: 'record' })
    return login
  })
  return { household, login, email }
}

/** Their browser, signed in. */
export async function sitSignedIn(scene: Scene, look: Look, { login }: Pick<Person, 'login'>): Promise<Seat> {
  return sit(scene, look, await startSession(scene.world.app, login, 'link'))
}

export const STAFF_PASSWORD = 'correct horse battery'

export async function makeStaff({ world }: Scene, practice: Practice): Promise<{ email: string; login: LoginId }> {
  const email = `tom@${practice.slug}.example.org`
  const order = { email, name: 'Tom Becker', role: 'biller', announce: false } as const
  const { login } = await inviteStaff(world.app, system(practice.id, 'test'), order)
  await setPassword(world.app, practice.id, login, STAFF_PASSWORD)
  return { email, login }
}

/** Types a card into the processor's own frame. */
export async function typeCard(page: Page, number: string): Promise<void> {
  const frame = page.frameLocator('[data-card-frame] iframe')
  await frame.locator('[name="number"]').fill(number)
  await frame.locator('[name="expiry"]').fill('12 / 35')
  await frame.locator('[name="cvc"]').fill('123')
  await frame.locator('[name="postalCode"]').fill('97201')
}

/** Types a card into the processor's hosted page and sends it. */
export async function typeHostedCard(page: Page, number: string): Promise<void> {
  await page.locator('[name="number"]').fill(number)
  await page.locator('[name="expiry"]').fill('12 / 35')
  await page.locator('[name="cvc"]').fill('123')
  await page.locator('[name="postalCode"]').fill('97201')
  await page.locator('button[type="submit"]').click()
}

export const CARDS = {
  good: '4242 4242 4242 4242',
  declined: '4000 0000 0000 0002',
  authenticates: '4000 0027 6000 3184',
} as const
