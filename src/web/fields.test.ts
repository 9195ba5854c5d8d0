import { expect, test } from 'vitest'
import { z } from 'zod'
import { newId } from '../kernel/ids.ts'
import { choice, dollars, field, id, ids, readFields, text, tick } from './fields.ts'
import { parseForm } from './forms.ts'
import { checkRoutes, staffPost } from './route.ts'

const bill = newId('inv')
const payment = newId('pay')
const schema = z.object({
  payment: id('pay'),
  amount: dollars(),
  kind: choice('cash', 'cheque'),
  bill: ids('inv'),
  note: text(5),
  save: tick(),
  color: field(([sent = 'none']) => sent),
})
const WHOLE = { payment, amount: '12.50', kind: 'cash', note: 'hello' }

function read(fields: Record<string, string>, more = '') {
  return readFields(schema, parseForm(Buffer.from(`${new URLSearchParams(fields)}${more}`)))
}

function refused(fields: Record<string, string>) {
  try {
    read({ ...WHOLE, ...fields })
  } catch (error) {
    const { kind, code, values, field } = error as Record<string, unknown>
    return { kind, code, values, field }
  }
  return undefined
}

test('a form is read by its schema: amounts, choices, ticks, ids each once', () => {
  expect(read({ ...WHOLE, save: 'on' }, `&bill=${bill}&bill=${bill}&bill=pay_x&other=1`)).toEqual({
    payment,
    amount: 1250n,
    kind: 'cash',
    bill: [bill],
    note: 'hello',
    save: true,
    color: 'none',
  })
  expect(read(WHOLE)).toMatchObject({ bill: [], save: false })
})

test('what a field cannot take is refused beside it', () => {
  const invalid = { kind: 'invalid', values: {} }
  expect(refused({ amount: '0' })).toEqual({ ...invalid, code: 'amount.invalid', field: 'amount' })
  expect(refused({ amount: '' })).toEqual({ ...invalid, code: 'amount.invalid', field: 'amount' })
  expect(refused({ kind: 'gold' })).toEqual({ ...invalid, code: 'choice.invalid', field: 'kind' })
  expect(refused({ note: 'hello!' })).toEqual({ ...invalid, code: 'text.tooLong', values: { most: 5 }, field: 'note' })
  expect(refused({ payment: 'pay_x' })).toMatchObject({ kind: 'malformed', code: 'body.malformed' })
  expect(refused({})).toBeUndefined()
})

test('a route whose form has a field that no schema reads does not start', () => {
  const route = staffPost(
    { path: '/:practice/office/x', room: 'portal', audit: 'x.do', limit: 'form', fields: schema, form: WHOLE },
    async () => new Response(),
  )
  expect(() => checkRoutes([route])).not.toThrow()
  expect(() => checkRoutes([{ ...route, form: { ...WHOLE, more: '1' } }])).toThrow('a form that nothing reads: more')
})
