import { expect, test } from 'vitest'
import { isId, newId } from './ids.ts'

test('ids carry their kind, are unique, and sort in the order of their making', () => {
  const ids = Array.from({ length: 5000 }, () => newId('inv'))
  expect(new Set(ids).size).toBe(ids.length)
  expect([...ids].sort()).toEqual(ids)
  expect(ids.every(id => isId('inv', id))).toBe(true)
})

test('another kind, another length or a strange character is no id', () => {
  const id = newId('pay')
  for (const text of [
    id.replace('pay', 'inv'),
    `${id}0`,
    id.slice(0, -1),
    `${id.slice(0, -1)}u`,
    `${id.slice(0, -1)}'`,
    '',
  ])
    expect(isId('pay', text)).toBe(false)
})
