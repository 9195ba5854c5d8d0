import { expect, test } from 'vitest'
import { Refusal } from '../kernel/refusal.ts'
import { inHashingTurn } from './hashing.ts'

test('two are at work at a time, twelve wait, and the fifteenth is refused at once; then all are free again', async () => {
  for (let round = 0; round < 2; round++) {
    const ends: (() => void)[] = []
    let most = 0
    const one = () =>
      inHashingTurn(
        () =>
          new Promise<string>(resolve => {
            ends.push(() => resolve('done'))
            most = Math.max(most, ends.length)
          }),
      )
    const all = Array.from({ length: 20 }, () =>
      one().catch(error => (error instanceof Refusal ? error.code : String(error))),
    )
    const refused = await Promise.all(all.slice(14))
    expect(refused).toEqual(Array(6).fill('signIn.busy'))
    expect(most).toBe(2)
    while (ends.length > 0) {
      for (const end of ends.splice(0)) end()
      await new Promise(resolve => setImmediate(resolve))
      expect(ends.length).toBeLessThanOrEqual(2)
    }
    expect(await Promise.all(all.slice(0, 14))).toEqual(Array(14).fill('done'))
  }
})

test('work that fails gives its turn on', async () => {
  const fail = () =>
    inHashingTurn(async () => {
      throw new Error('wrong')
    })
  const all = await Promise.allSettled(Array.from({ length: 14 }, fail))
  expect(all.every(({ status }) => status === 'rejected')).toBe(true)
  expect(await inHashingTurn(async () => 'free')).toBe('free')
})
