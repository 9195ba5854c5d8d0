import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMailbox } from '../../src/platform/mail.ts'
import { LOOKS, makePerson, nameOfLook, openScene, type Scene, sit } from '../support/browser.ts'
import { until } from '../support/settled.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene()
}, 120_000)
afterAll(() => scene?.end())

const BILLS = { en: 'Bills', es: 'Facturas' }

for (const look of LOOKS) {
  test(`a link asked for by email opens the bills ${nameOfLook(look)}`, async () => {
    const { email } = await makePerson(scene, [18_500n])
    const { page, context, troubles } = await sit(scene, look)
    await page.goto('/riverside')
    expect(await page.locator('html').getAttribute('lang')).toBe(look.locale)
    await page.locator('input[name="email"]').fill(email)
    await page.locator('form:has(input[name="email"]) button').click()
    await page.locator('h1').waitFor()
    expect(await page.content()).toContain(email)
    await until(async () => (await readMailbox(scene.world.config.dataFolder, email))[0], 'the link is mailed')
    await page.goto(`/dev/mailbox?to=${encodeURIComponent(email)}`)
    await page.locator(`a[href*="/riverside/link/"]`).first().click()
    expect(await context.cookies()).not.toContainEqual(expect.objectContaining({ name: 'portico' }))
    await page.locator('main form[action*="/link/"] button').click()
    await page.waitForURL('**/riverside/bills')
    expect(await page.locator('h1').textContent()).toContain(BILLS[look.locale])
    expect(await page.locator('main').textContent()).toContain('$185.00')
    const session = (await context.cookies()).find(cookie => cookie.name === 'portico')
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    expect(troubles).toEqual([])
    await context.close()
  }, 90_000)
}

test('the other language is one press away and stays', async () => {
  const { login } = await makePerson(scene, [18_500n])
  const { page, context, troubles } = await sit(scene, { script: false, width: 390, locale: 'en' })
  await page.goto('/riverside')
  await page.locator('form[action$="/language"] button').first().click()
  await page.waitForURL('**/riverside')
  expect(await page.locator('html').getAttribute('lang')).toBe('es')
  await page.reload()
  expect(await page.locator('html').getAttribute('lang')).toBe('es')
  expect(login).toBeTruthy()
  expect(troubles).toEqual([])
  await context.close()
}, 60_000)

test('signing out leads to the door, and the page before opens nothing', async () => {
  const { email } = await makePerson(scene, [18_500n])
  const { page, context } = await sit(scene, { script: true, width: 1280, locale: 'en' })
  await page.goto('/riverside')
  await page.locator('input[name="email"]').fill(email)
  await page.locator('form:has(input[name="email"]) button').click()
  const mail = await until(
    async () => (await readMailbox(scene.world.config.dataFolder, email))[0],
    'the link is mailed',
  )
  await page.goto(mail.links[0] ?? '')
  await page.locator('main form[action*="/link/"] button').click()
  await page.waitForURL('**/riverside/bills')
  const out = page.locator('form[action$="/sign-out"] button').first()
  if (!(await out.isVisible())) await page.locator('header summary').first().click()
  await out.click()
  await page.waitForURL(/\/riverside\?out=1/)
  await page.goto('/riverside/bills')
  expect(new URL(page.url()).pathname).toBe('/riverside')
  await context.close()
}, 60_000)
