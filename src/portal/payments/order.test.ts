import { expect, test } from 'vitest'
import { newId } from '../../kernel/ids.ts'
import { readFields } from '../../web/fields.ts'
import { parseForm } from '../../web/forms.ts'
import { amountOf, orderOf, payFields } from './order.ts'

const payment = newId('pay')
const account = newId('acc')
const read = (fields: string) => readFields(payFields, parseForm(Buffer.from(fields)))
const sent = (fields: string) => read(`payment=${payment}&${fields}`)
const code = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return 'nothing refused'
}

test('an amount is the choice, or what was typed beside "another amount"', () => {
  expect(amountOf({ pick: '185.00', amount: '' })).toBe(18500n)
  expect(amountOf({ pick: 'other', amount: '40' })).toBe(4000n)
  expect(amountOf({ pick: '', amount: '$1,250.50' })).toBe(125050n)
  expect(amountOf({ pick: '185.00', amount: '185' })).toBe(18500n)
})

test('a choice and another typed amount are not guessed between', () => {
  expect(code(() => amountOf({ pick: '185.00', amount: '40' }))).toBe('amount.which')
  expect(code(() => amountOf({ pick: 'other', amount: '' }))).toBe('amount.required')
  expect(code(() => amountOf({ pick: 'other', amount: '0' }))).toBe('amount.invalid')
  expect(code(() => amountOf({ pick: '', amount: '-5' }))).toBe('amount.invalid')
})

test('a new card is used once, kept, or kept as default; without script its page is opened', () => {
  const order = (fields: string) => orderOf(sent(`amount=12&${fields}`), account).with
  expect(order('method=new&payment_method=pm_1')).toEqual({ card: 'pm_1', keep: 'no' })
  expect(order('method=new&payment_method=pm_1&save=yes')).toEqual({ card: 'pm_1', keep: 'save' })
  expect(order('method=new&payment_method=&default=yes')).toEqual({ hosted: true, keep: 'default' })
  const method = newId('mth')
  expect(order(`method=${method}&payment_method=pm_1&save=yes`)).toEqual({ saved: method })
})

test('a form without a method, or with what is no card, is refused beside the method', () => {
  expect(code(() => orderOf(sent('amount=12'), account))).toBe('method.required')
  expect(code(() => orderOf(sent('amount=12&method=new&payment_method=4242424242424242'), account))).toBe(
    'method.unknown',
  )
})

test('a bill named twice is one bill, and a form without its payment cannot be read', () => {
  const bill = newId('inv')
  expect(sent(`bill=${bill}&bill=${bill}`).bill).toEqual([bill])
  expect(code(() => read('amount=12'))).toBe('body.malformed')
})
