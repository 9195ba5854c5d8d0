import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { isMaskOf, maskToken } from './masks.ts'

const token = randomBytes(32)

test('a token is written differently every time, and every writing is it', () => {
  const written = Array.from({ length: 50 }, () => maskToken(token))
  expect(new Set(written).size).toBe(50)
  for (const each of written) {
    expect(each).toMatch(/^[\w-]{86}$/)
    expect(isMaskOf(each, token)).toBe(true)
    expect(isMaskOf(each, randomBytes(32))).toBe(false)
  }
})

test('the token itself stands in none of its writings', () => {
  for (let n = 0; n < 50; n++) expect(maskToken(token)).not.toContain(token.toString('base64url').slice(2, 10))
})

test('nothing else is it: no text, the bare token, half a mask, a mask with a letter changed or added', () => {
  const mask = maskToken(token)
  const changed = `${mask.slice(0, 20)}${mask[20] === 'A' ? 'B' : 'A'}${mask.slice(21)}`
  for (const given of [
    '',
    'wrong',
    token.toString('base64url'),
    mask.slice(0, 43),
    changed,
    `${mask}AA`,
    `${mask} `,
    'ä',
  ])
    expect(isMaskOf(given, token), given).toBe(false)
})
