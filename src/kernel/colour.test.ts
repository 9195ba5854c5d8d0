import { expect, test } from 'vitest'
import { contrastWithWhite, hexOf } from './colour.ts'

test('a colour of the screen becomes the same colour in mails and PDFs', () => {
  expect(hexOf('oklch(1 0 0)')).toBe('#ffffff')
  expect(hexOf('oklch(0 0 0)')).toBe('#000000')
  expect(hexOf('oklch(0.628 0.2577 29.23)')).toBe('#ff0000')
  expect(hexOf('oklch(0.44 0.085 195)')).toMatch(/^#00[56]/)
})

test('contrast with white is what WCAG says of black, white and red', () => {
  expect(contrastWithWhite('oklch(0 0 0)')).toBeCloseTo(21, 1)
  expect(contrastWithWhite('oklch(1 0 0)')).toBeCloseTo(1, 1)
  expect(contrastWithWhite('oklch(0.628 0.2577 29.23)')).toBeCloseTo(4, 1)
})
