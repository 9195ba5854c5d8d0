import { expect, test } from 'vitest'
import { inLanes, whileDue } from './lanes.ts'

async function* numbers(count: number) {
  for (let n = 0; n < count; n++) yield n
}

test('what is due together is asked about at once, and then no faster than a processor allows', async () => {
  const began: number[] = []
  const start = performance.now()
  expect(await inLanes(numbers(45), async () => void began.push(performance.now() - start))).toBe(45)
  expect(began[24]).toBeLessThan(500)
  expect(began[44]).toBeGreaterThan(950)
})

test('several are worked on at once, and one that ends badly is told', async () => {
  let open = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++open)
    await new Promise(resolve => setImmediate(resolve))
    open--
  }
  await inLanes(numbers(20), work)
  expect(most).toBeGreaterThan(1)
  await expect(inLanes(numbers(3), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('nothing more is leased once it is not wanted, or nothing is due', async () => {
  let leased = 0
  const taken: number[] = []
  for await (const n of whileDue(
    () => leased < 3,
    async () => ++leased,
  ))
    taken.push(n)
  expect(taken).toEqual([1, 2, 3])
  for await (const none of whileDue(
    () => true,
    async () => undefined,
  ))
    throw new Error(`nothing was due but ${none}`)
})
