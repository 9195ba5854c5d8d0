import { expect, test } from 'vitest'
import { remembered } from './remembered.ts'

test('an answer is worked out once for each key, and again when too many were kept', () => {
  const asked: number[] = []
  const double = remembered(2, (n: number) => {
    asked.push(n)
    return n * 2
  })
  expect([double(1), double(1), double(2)]).toEqual([2, 2, 4])
  expect(asked).toEqual([1, 2])
  expect([double(3), double(3), double(1)]).toEqual([6, 6, 2])
  expect(asked).toEqual([1, 2, 3, 1])
})
