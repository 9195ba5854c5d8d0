import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chooseLocale } from '../../src/identity/logins.ts'
import { wholePractice } from '../../src/kernel/actor.ts'
import { listMethods } from '../../src/payments/methods.ts'
import { transact } from '../../src/platform/database.ts'
import { bankOf } from '../support/bank.ts'
import {
  CARDS,
  LOOKS,
  makePerson,
  nameOfLook,
  openScene,
  type Person,
  type Scene,
  sitSignedIn,
  typeCard,
  typeHostedCard,
} from '../support/browser.ts'
import { focusIsSeen } from '../support/looks.ts'
import { readPdfText } from '../support/pdf-text.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene()
}, 120_000)
afterAll(() => scene?.end())

const PAY = 'form[data-pay] button[type="submit"]'
const DESK = { script: true, width: 1280, locale: 'en' } as const
const PLAIN = { script: false, width: 390, locale: 'en' } as const
const PHONE = { script: true, width: 390, locale: 'en' } as const

const owed = async ({ household }: Person) => (await bankOf(scene.world).owed(household.account)).total
const cards = ({ household }: Person) =>
  transact(scene.world.app.db, wholePractice(scene.world.practice.id), tx =>
    listMethods(tx, scene.world.practice.id, household.account),
  )
const keepCard = async ({ household: { account } }: Person) =>
  bankOf(scene.world).pay({ account, amount: 100n, with: { card: 'pm_card_visa', keep: 'default' } })

/** Waits for the page that says what became of a payment. */
async function outcome(page: Page): Promise<string> {
  await page.waitForURL(/\/payments\/pay_\w+$/)
  return (await page.locator('h1').textContent()) ?? ''
}

for (const look of LOOKS) {
  test(`all that is owed is paid with the saved card ${nameOfLook(look)}`, async () => {
    const person = await makePerson(scene, [18_500n, 4_000n])
    await keepCard(person)
    const { page, context, troubles } = await sitSignedIn(scene, look, person)
    await page.goto('/riverside/bills')
    await page.locator('main a[href$="/payments/new"]').first().click()
    const button = page.locator(PAY)
    expect(await button.textContent()).toContain('$224.00')
    await button.click()
    expect(await outcome(page)).toContain('$224.00')
    expect(await owed(person)).toBe(0n)
    expect(await focusIsSeen(page)).toBe(true)
    expect(troubles).toEqual([])
    await context.close()
  }, 90_000)
}

test('part of one bill is paid with a new card in the card frame, which becomes the default', async () => {
  const person = await makePerson(scene, [18_500n, 4_000n])
  const [bill] = person.household.bills
  const { page, context, troubles } = await sitSignedIn(scene, PHONE, person)
  await page.goto(`/riverside/payments/new?bill=${bill}`)
  await page.locator('input[name="pick"][value="other"]').check({ force: true })
  await page.locator('input[name="amount"]').fill('60')
  expect(await page.locator(PAY).textContent()).toContain('$60.00')
  await typeCard(page, CARDS.good)
  await page.locator('input[name="save"]').check({ force: true })
  await page.locator('input[name="default"]').check({ force: true })
  await page.locator(PAY).click()
  expect(await outcome(page)).toContain('$60.00')
  expect(await owed(person)).toBe(16_500n)
  expect(await cards(person)).toMatchObject([{ last4: '4242', isDefault: true }])
  expect(troubles).toEqual([])
  await context.close()
}, 90_000)

test('the card frame speaks the language that its page does, whatever the browser asks for', async () => {
  const person = await makePerson(scene, [18_500n])
  await chooseLocale(scene.world.app, scene.world.practice.id, person.login, 'es')
  const { page, context, troubles } = await sitSignedIn(scene, PHONE, person)
  await page.goto('/riverside/payments/new')
  await page.frameLocator('[data-card-frame] iframe').getByLabel('Número de tarjeta').waitFor()
  expect(troubles).toEqual([])
  await context.close()
}, 60_000)

test('without script a new card is entered on the processor’s page', async () => {
  const person = await makePerson(scene, [18_500n])
  const { page, context, troubles } = await sitSignedIn(scene, PLAIN, person)
  await page.goto('/riverside/payments/new')
  await page.locator(PAY).click()
  await page.waitForURL(/\/payments\/pay_|\/checkout\//)
  if (!page.url().includes('/checkout/')) await page.locator('main a[href*="/checkout/"]').click()
  await typeHostedCard(page, CARDS.good)
  expect(await outcome(page)).toContain('$185.00')
  expect(await owed(person)).toBe(0n)
  expect(troubles).toEqual([])
  await context.close()
}, 90_000)

test('a declined card is said so, nothing is charged, and another try works', async () => {
  const person = await makePerson(scene, [18_500n])
  const { page, context, troubles } = await sitSignedIn(scene, DESK, person)
  await page.goto('/riverside/payments/new')
  await typeCard(page, CARDS.declined)
  await page.locator(PAY).click()
  expect(await outcome(page)).toContain('did not go through')
  expect(await page.locator('main').textContent()).toContain('Your bank said no')
  expect(await owed(person)).toBe(18_500n)
  await page.locator('main a[href*="/payments/new"]').first().click()
  await typeCard(page, CARDS.good)
  await page.locator(PAY).click()
  expect(await outcome(page)).toContain('You paid')
  expect(await owed(person)).toBe(0n)
  expect(troubles).toEqual([])
  await context.close()
}, 90_000)

/** The processor's page asks for another card; its payer goes back instead and gives the payment up. */
async function cancelFromHostedPage(page: Page): Promise<void> {
  await page.waitForURL(/\/checkout\//)
  await page.locator('a[href*="/payments/"]').click()
  await page.locator('form[action$="/cancellation"] button').click()
  await page.waitForFunction(() => document.querySelector('h1')?.textContent?.includes('was canceled'))
}

for (const script of [true, false]) {
  for (const [deed, value, said] of [
    ['confirmed', 'complete', 'You paid'],
    ['refused', 'fail', 'did not go through'],
  ] as const) {
    test(`a payment that the bank asks about and its holder ${deed}, ${script ? 'with' : 'without'} script`, async () => {
      const person = await makePerson(scene, [18_500n])
      const { page, context, troubles } = await sitSignedIn(scene, { script, width: 390, locale: 'en' }, person)
      await page.goto('/riverside/payments/new')
      if (script) await typeCard(page, CARDS.authenticates)
      await page.locator(PAY).click()
      if (!script) {
        await page.waitForURL(/\/payments\/pay_|\/checkout\//)
        if (!page.url().includes('/checkout/')) await page.locator('main a[href*="/checkout/"]').click()
        await typeHostedCard(page, CARDS.authenticates)
      } else {
        await page.locator('main a[href*="/authenticate/"]').click()
      }
      await page.locator(`button[value="${value}"]`).click()
      if (!script && value === 'fail') await cancelFromHostedPage(page)
      else expect(await outcome(page)).toContain(said)
      expect(await owed(person)).toBe(value === 'complete' ? 0n : 18_500n)
      expect(troubles).toEqual([])
      await context.close()
    }, 90_000)
  }
}

test('a payment is seen with its receipt, which is a PDF too', async () => {
  const person = await makePerson(scene, [18_500n])
  await keepCard(person)
  const { page, context, troubles } = await sitSignedIn(scene, PLAIN, person)
  await page.goto('/riverside/payments')
  await page.locator('main a[href*="/payments/pay_"]').first().click()
  expect(await page.locator('h1').textContent()).toContain('$1.00')
  const href = await page.locator('a[href$="receipt.pdf"]').first().getAttribute('href')
  const answer = await context.request.get(href ?? '')
  expect(answer.headers()['content-type']).toBe('application/pdf')
  expect(await readPdfText(await answer.body())).toContain('$1.00')
  await page.goto(`/riverside/bills/${person.household.bills[0]}`)
  const bill = await context.request.get((await page.locator('a[href$="bill.pdf"]').first().getAttribute('href')) ?? '')
  expect(await readPdfText(await bill.body())).toContain('$185.00')
  expect(troubles).toEqual([])
  await context.close()
}, 90_000)

test('an empty card is explained beside its fields, and the form only points there', async () => {
  const person = await makePerson(scene, [18_500n])
  const { page, context } = await sitSignedIn(scene, PHONE, person)
  await page.goto('/riverside/payments/new')
  const frame = page.frameLocator('[data-card-frame] iframe')
  await frame.locator('[name="number"]').waitFor()
  await page.locator(PAY).click()
  await page.getByText('Check the fields marked above.').waitFor()
  await frame.getByText('Enter the whole card number.').waitFor()
  expect(await page.getByText('Enter the whole card number.').count()).toBe(0)
  await context.close()
}, 60_000)

test('an amount that cannot be is said beside its field, where the focus goes, and what was typed stays', async () => {
  const person = await makePerson(scene, [18_500n])
  await keepCard(person)
  const { page, context } = await sitSignedIn(scene, PHONE, person)
  await page.goto('/riverside/payments/new')
  await page.locator('input[name="pick"][value="other"]').check({ force: true })
  await page.locator('input[name="amount"]').fill('999999')
  expect(await page.locator(`${PAY} .pay-plain`).isVisible()).toBe(true)
  expect(await page.locator('[data-credit-row]').isVisible()).toBe(false)
  await page.locator(PAY).click()
  await page.locator('[aria-invalid="true"]').waitFor()
  expect(await page.locator('input[name="amount"]').inputValue()).toBe('999999')
  expect(await page.evaluate(() => document.activeElement !== null && document.activeElement !== document.body)).toBe(
    true,
  )
  await context.close()
}, 60_000)
