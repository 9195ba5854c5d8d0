import { expect, test } from 'vitest'
import { stateOf } from './payment-state.ts'

const nothing = { refunded: 0n, disputed: false, lost: false }
const at = Temporal.Instant.from('2026-11-20T15:00:00Z')
const payment = { status: 'succeeded' as const, hosted: false, postedAt: at, amount: 18500n, creditUsed: 2500n }

test('a payment that is not final says what it waits for', () => {
  expect(stateOf({ ...payment, status: 'created' }, nothing)).toBe('created')
  expect(stateOf({ ...payment, status: 'submitted' }, nothing)).toBe('checking')
  expect(stateOf({ ...payment, status: 'requires_action' }, nothing)).toBe('action')
  expect(stateOf({ ...payment, status: 'requires_action', hosted: true }, nothing)).toBe('hosted')
  expect(stateOf({ ...payment, status: 'clearing' }, nothing)).toBe('clearing')
})

test('a received payment is being posted until it is posted', () => {
  expect(stateOf({ ...payment, postedAt: null }, nothing)).toBe('posting')
  expect(stateOf(payment, nothing)).toBe('succeeded')
})

test('a payment is refunded when all that the card paid went back; the credit it used stays', () => {
  expect(stateOf(payment, { ...nothing, refunded: 15999n })).toBe('succeeded')
  expect(stateOf(payment, { ...nothing, refunded: 16000n })).toBe('refunded')
  expect(stateOf(payment, { ...nothing, refunded: 16000n, disputed: true })).toBe('disputed')
})

test('a payment that its bank took back says so, also beside a refund; one that is still asked about says that', () => {
  expect(stateOf(payment, { ...nothing, lost: true })).toBe('lost')
  expect(stateOf({ ...payment, postedAt: null }, { ...nothing, lost: true })).toBe('lost')
  expect(stateOf(payment, { refunded: 16000n, disputed: false, lost: true })).toBe('lost')
  expect(stateOf(payment, { ...nothing, disputed: true, lost: true })).toBe('disputed')
})
