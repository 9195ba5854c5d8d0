import { expect, test } from 'vitest'
import { isWaiting, refreshSeconds } from './state.ts'

const at = Temporal.Instant.from('2026-11-20T15:00:00Z')

test('only a page whose answer is on its way asks again, and rarely after two minutes', () => {
  expect(isWaiting('checking')).toBe(true)
  expect(isWaiting('action')).toBe(false)
  expect(refreshSeconds(at, at.add({ seconds: 10 }))).toBe(5)
  expect(refreshSeconds(at, at.add({ minutes: 5 }))).toBe(30)
})
