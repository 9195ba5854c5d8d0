import { expect, test } from 'vitest'
import { verdict } from './ledger.ts'

test('a processor that is silent says nothing against the books; any other difference does', () => {
  const silent = { kind: 'processor.silent' }
  expect(verdict([silent, silent])).toBe(
    'The books agree with each other, but the processor did not answer, so they were not compared with it.',
  )
  expect(verdict([silent, { kind: 'processor.missing' }])).toBe('The books do not agree.')
})
