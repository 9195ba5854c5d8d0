import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../src/kernel/actor.ts'
import { setSettings } from '../../src/practice/settings.ts'
import { bankOf } from '../support/bank.ts'
import { makePerson, makeStaff, openScene, type Scene, STAFF_PASSWORD, sit, sitSignedIn } from '../support/browser.ts'

let scene: Scene
let email: string
beforeAll(async () => {
  scene = await openScene()
  await setSettings(scene.world.app, system(scene.world.other.id, 'test'), { posting: 'manual' })
  email = (await makeStaff(scene, scene.world.other)).email
}, 120_000)
afterAll(() => scene?.end())

for (const script of [true, false]) {
  const look = { script, width: script ? 1280 : 390, locale: 'en' } as const

  /** Signed in through the office's own door. */
  const enter = async () => {
    const seat = await sit(scene, look)
    await seat.page.goto('/harbor/office')
    await seat.page.locator('input[name="email"]').fill(email)
    await seat.page.locator('input[name="password"]').fill(STAFF_PASSWORD)
    await seat.page.locator('form:has(input[name="password"]) button').click()
    await seat.page.waitForURL('**/harbor/office/transactions')
    return seat
  }

  test(`a payment waits to be posted, is posted by hand, and part of it refunded, ${script ? 'with' : 'without'} script`, async () => {
    const practice = scene.world.other
    const person = await makePerson(scene, [20_000n], { practice, name: 'Dana' })
    const bank = bankOf(scene.world, practice)
    const { account } = person.household
    const paid = await bank.pay({ account, amount: 12_000n })
    const patient = await sitSignedIn(scene, look, person)
    await patient.page.goto(`/harbor/payments/${paid.id}`)
    expect(await patient.page.locator('h1').textContent()).toContain('We have your payment')
    const { page, context, troubles } = await enter()
    await page.locator(`a[href*="${paid.id}"]`).first().click()
    await page.locator('form[action$="/posting"] button').first().click()
    await page.waitForURL(/done=posted/)
    expect((await bank.owed(account)).total).toBe(8_000n)
    await patient.page.reload()
    expect(await patient.page.locator('h1').textContent()).toContain('$120.00')
    await page.goto(`/harbor/office/transactions/${paid.id}`)
    const amount = page.locator('form[action$="/refund"] input[name="amount"]')
    expect(await amount.inputValue()).toBe('')
    await amount.fill('20')
    await page.locator('label', { hasText: 'Are owed again' }).click()
    // Enter sends nothing: it leads to what would happen, as the button does.
    await amount.press('Enter')
    await page.waitForURL(/\/refund\?/)
    expect((await bank.atProcessor(paid.id)).cents).toBe(12_000)
    const send = page.locator('form[action$="/refunds"] button[type="submit"]')
    expect(await send.textContent()).toContain('Refund $20.00')
    await send.click()
    await page.waitForURL(/done=refund/)
    expect((await bank.atProcessor(paid.id)).cents).toBe(10_000)
    expect((await bank.owed(account)).total).toBe(10_000n)
    expect([...troubles, ...patient.troubles]).toEqual([])
    await context.close()
    await patient.context.close()
  }, 90_000)

  test(`cash at the desk goes to the bills, ${script ? 'with' : 'without'} script`, async () => {
    const practice = scene.world.other
    const person = await makePerson(scene, [5_000n], { practice, name: `Kermit${script}` })
    const { page, context, troubles } = await enter()
    await page.goto(`/harbor/office/patients?q=Kermit${script}`)
    await page.locator(`a[href*="${person.household.patient}"]`).first().click()
    const form = page.locator('form[action$="/payments"]')
    await form.locator('input[name="amount"]').fill('50')
    await form.locator('input[name="kind"][value="cash"]').check({ force: true })
    await form.locator('button[type="submit"]').click()
    await page.waitForURL(/done=recorded/)
    expect((await bankOf(scene.world, practice).owed(person.household.account)).total).toBe(0n)
    expect(troubles).toEqual([])
    await context.close()
  }, 90_000)
}

test('a wrong password is said once for all, and keeps the address', async () => {
  const { page, context } = await sit(scene, { script: false, width: 1280, locale: 'en' })
  await page.goto('/harbor/office')
  await page.locator('input[name="email"]').fill(email)
  await page.locator('input[name="password"]').fill('not the password')
  await page.locator('form:has(input[name="password"]) button').click()
  await page.locator('[role="alert"]').waitFor()
  expect(await page.locator('input[name="email"]').inputValue()).toBe(email)
  await context.close()
}, 60_000)
