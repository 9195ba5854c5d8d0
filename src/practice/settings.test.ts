import { expect, test } from 'vitest'
import { Settings } from './settings.ts'

test('every setting has a default, and the default colour carries white words', () => {
  expect(Settings.parse({})).toMatchObject({
    posting: 'auto',
    landing: 'bills',
    overpaying: false,
    brand: 'oklch(0.44 0.085 195)',
  })
})

test('on and off are taken as typed; anything else is refused', () => {
  expect(Settings.parse({ overpaying: 'on', partialPayments: 'off' })).toMatchObject({
    overpaying: true,
    partialPayments: false,
  })
  expect(Settings.safeParse({ overpaying: 'maybe' }).success).toBe(false)
})

test('a colour on which white words cannot be read, or that is more than a colour, is refused', () => {
  expect(Settings.parse({ brand: 'oklch(0.4 0.1 260)' }).brand).toBe('oklch(0.4 0.1 260)')
  for (const brand of ['oklch(0.9 0.1 100)', 'red', 'oklch(0.44 0.085 195)}body{display:none', '#005e5d'])
    expect(Settings.safeParse({ brand }).success, brand).toBe(false)
})
