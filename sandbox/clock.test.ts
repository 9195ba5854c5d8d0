import { afterAll, beforeAll, expect, test } from 'vitest'
import { paying, type Running, rawPost, removeData, startSandbox } from './running.ts'

let sandbox: Running
beforeAll(async () => {
  sandbox = await startSandbox({ SANDBOX_CLOCK_OFFSET: '-7200' })
})
afterAll(async () => {
  await sandbox.stop()
  removeData(sandbox)
})

const HOUR = 3600
const charge = () => rawPost(sandbox.url, '/v1/payment_intents', { amount: '18500', currency: 'usd' })

/** Hours between two times, to the nearest. */
const hours = (time: number) => Math.round((time - Date.now() / 1000) / HOUR) + 0

async function seen(): Promise<{ date: number; created: number }> {
  const answer = await charge()
  const { created } = (await answer.json()) as { created: number }
  return { date: hours(Date.parse(answer.headers.get('date') ?? '') / 1000), created: hours(created) }
}

test('by its setting the clock is hours behind: what it makes and the date of its answers follow', async () => {
  expect(await seen()).toEqual({ date: -2, created: -2 })
})

test('the control API sets the clock ahead or behind, moves it forward, and refuses what is no number', async () => {
  expect(await sandbox.control('clock', { offsetSeconds: 3 * HOUR })).toMatchObject({ offsetSeconds: 3 * HOUR })
  expect(await seen()).toEqual({ date: 3, created: 3 })
  await sandbox.control('clock', { advanceSeconds: HOUR })
  expect(await seen()).toEqual({ date: 4, created: 4 })
  await sandbox.control('clock', { offsetSeconds: -26 * HOUR })
  expect(await seen()).toEqual({ date: -26, created: -26 })
  const refused = sandbox.control('clock', { offsetSeconds: 'later' })
  await expect(refused).rejects.toThrow('"offsetSeconds" or "advanceSeconds" must be a whole number.')
  expect(await seen()).toEqual({ date: -26, created: -26 })
})

test('a faulted answer has the date of its own clock, too, and a key lives a day by it', async () => {
  await sandbox.control('clock', { offsetSeconds: 0 })
  const late = await rawPost(sandbox.url, '/v1/payment_intents', {}, { 'Sandbox-Fault': '500-before' })
  expect(hours(Date.parse(late.headers.get('date') ?? '') / 1000)).toBe(0)
  const pay = () => sandbox.sdk().paymentIntents.create(paying('pm_card_visa'), { idempotencyKey: 'day' })
  const first = await pay()
  await sandbox.control('clock', { offsetSeconds: -30 * HOUR })
  expect((await pay()).id).toBe(first.id)
  await sandbox.control('clock', { offsetSeconds: 25 * HOUR })
  expect((await pay()).id).not.toBe(first.id)
})
