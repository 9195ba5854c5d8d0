import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CARDS,
  LOOKS,
  makePerson,
  nameOfLook,
  openScene,
  type Scene,
  sitSignedIn,
  typeCard,
  typeHostedCard,
} from '../support/browser.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene()
}, 120_000)
afterAll(() => scene?.end())

for (const look of LOOKS) {
  test(`cards are added, made the default and removed ${nameOfLook(look)}`, async () => {
    const person = await makePerson(scene, [])
    const { page, context, troubles } = await sitSignedIn(scene, look, person)
    const add = async (number: string) => {
      await page.goto('/riverside/methods/new')
      if (look.script) await typeCard(page, number)
      await page.locator('main form[action$="/methods"] button[type="submit"]').click()
      if (!look.script) await typeHostedCard(page, number)
      await page.waitForURL(/\/riverside\/methods(\?.*)?$/)
    }
    await add(CARDS.good)
    await add('5555 5555 5555 4444')
    expect(await page.locator('[role="status"]').first().textContent()).toContain('4444')
    await page.locator('form[action$="/default"] button').first().click()
    await page.waitForURL(/done=default/)
    await page.locator('button[popovertarget^="remove-"]').first().click()
    await page.locator('form[action$="/removal"] button:visible').click()
    await page.waitForURL(/done=removed/)
    expect(await page.locator('form[action$="/default"]').count()).toBe(0)
    expect(troubles).toEqual([])
    await context.close()
  }, 90_000)
}

test('a card that the bank asks about is kept once its holder has confirmed', async () => {
  const person = await makePerson(scene, [])
  const { page, context, troubles } = await sitSignedIn(scene, { script: true, width: 390, locale: 'en' }, person)
  await page.goto('/riverside/methods/new')
  await typeCard(page, CARDS.authenticates)
  await page.locator('main form[action$="/methods"] button[type="submit"]').click()
  await page.locator('button[value="complete"]').click()
  await page.waitForURL(/\/riverside\/methods(\?.*)?$/)
  expect(await page.locator('main').textContent()).toContain('3184')
  expect(troubles).toEqual([])
  await context.close()
}, 90_000)

for (const script of [true, false])
  test(`a number that is no test card is refused beside its field ${script ? 'in the frame' : 'on the hosted page'}`, async () => {
    const person = await makePerson(scene, [])
    const { page, context } = await sitSignedIn(scene, { script, width: 390, locale: 'en' }, person)
    await page.goto('/riverside/methods/new')
    if (script) await typeCard(page, '4111 1111 1111 1111')
    await page.locator('main form[action$="/methods"] button[type="submit"]').click()
    if (!script) await typeHostedCard(page, '4111 1111 1111 1111')
    const place = script ? page.frameLocator('iframe[src*="/frame/card"]') : page
    await place.getByText('Test cards alone work here', { exact: false }).waitFor()
    await context.close()
  }, 90_000)
