import { expect, test } from 'vitest'
import { crash } from './crash.ts'

test('twenty kills of app, worker and database while people pay lose nothing and double nothing', {
  timeout: 400_000,
}, async () => {
  const lines: string[] = []
  const crashed = await crash({ kills: 20, say: line => lines.push(line) })
  console.log(lines.join('\n'))
  expect(crashed).toMatchObject({
    lostCents: 0,
    doubledCents: 0,
    chargedTwice: 0,
    stillSubmitted: 0,
    forgotten: 0,
    broken: [],
  })
  expect(crashed.aimed * 2).toBeGreaterThanOrEqual(crashed.kills.length)
})
