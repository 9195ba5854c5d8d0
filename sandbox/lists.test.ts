import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { paying, type Running, refusal, removeData, startSandbox } from './running.ts'

let sandbox: Running
let stripe: Stripe
let ids: string[]

beforeAll(async () => {
  sandbox = await startSandbox()
  const account = await sandbox.sdk().accounts.create()
  stripe = sandbox.sdk(account.id)
  ids = []
  for (let i = 0; i < 25; i++) ids.unshift((await stripe.paymentIntents.create(paying('pm_card_visa'))).id)
})

afterAll(async () => {
  await sandbox.stop()
  removeData(sandbox)
})

test('a list is walked to its end, newest first', async () => {
  const first = await stripe.paymentIntents.list()
  expect(first).toMatchObject({ object: 'list', url: '/v1/payment_intents', has_more: true })
  expect(first.data).toHaveLength(10)
  const all: string[] = []
  for await (const intent of stripe.paymentIntents.list({ limit: 7 })) all.push(intent.id)
  expect(all).toEqual(ids)
})

test('a list goes backwards from an object', async () => {
  const { data, has_more } = await stripe.paymentIntents.list({ ending_before: ids[10], limit: 4 })
  expect(data.map(one => one.id)).toEqual(ids.slice(6, 10))
  expect(has_more).toBe(true)
})

test('a limit above 100 and a cursor that names nothing are refused', async () => {
  expect(await refusal(stripe.paymentIntents.list({ limit: 101 }))).toMatchObject({ param: 'limit' })
  expect(await refusal(stripe.paymentIntents.list({ starting_after: 'pi_no' }))).toMatchObject({
    param: 'starting_after',
  })
})

test('lists are filtered by the time of creation on the sandbox clock', async () => {
  const { now } = await sandbox.control('clock', { advanceSeconds: 7200 })
  const since = Number(now) - 10
  const late = await stripe.paymentIntents.create(paying('pm_card_visa'))
  const { data } = await stripe.paymentIntents.list({ created: { gte: since } })
  expect(data.map(one => one.id)).toEqual([late.id])
  expect((await stripe.paymentIntents.list({ created: { lt: since }, limit: 100 })).data).toHaveLength(25)
  expect((await stripe.charges.list({ created: { gt: since } })).data).toHaveLength(1)
})

test('objects are expanded in answers, in lists and several levels deep', async () => {
  const customer = await stripe.customers.create({ email: 'a@example.org' })
  const expand = ['latest_charge.balance_transaction', 'customer']
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa', { customer: customer.id, expand }))
  expect(intent).toMatchObject({
    customer: { email: 'a@example.org' },
    latest_charge: { object: 'charge', balance_transaction: { object: 'balance_transaction', amount: 18500 } },
  })
  const list = await stripe.paymentIntents.list({
    customer: customer.id,
    expand: ['data.latest_charge.payment_intent'],
  })
  expect(list.data).toMatchObject([{ latest_charge: { payment_intent: { id: intent.id } } }])
  await stripe.refunds.create({ payment_intent: intent.id, amount: 100 })
  const charge = await stripe.charges.retrieve((intent.latest_charge as Stripe.Charge).id, { expand: ['refunds'] })
  expect(charge.refunds?.data).toMatchObject([{ amount: 100 }])
  expect((await refusal(stripe.customers.retrieve(customer.id, { expand: ['nothing'] }))).statusCode).toBe(400)
})

test('customers are changed, found by email and deleted', async () => {
  const { id } = await stripe.customers.create({ email: 'leo@example.org', metadata: { a: '1', b: '2' } })
  const changed = await stripe.customers.update(id, { name: 'Leo', metadata: { a: '', c: '3' } })
  expect(changed).toMatchObject({ name: 'Leo', metadata: { b: '2', c: '3' } })
  expect((await stripe.customers.list({ email: 'leo@example.org' })).data.map(one => one.id)).toEqual([id])
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: id })
  expect((await stripe.customers.listPaymentMethods(id)).data.map(one => one.id)).toEqual([method.id])
  expect(await stripe.customers.del(id)).toMatchObject({ id, deleted: true })
  expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true })
  expect((await stripe.paymentMethods.retrieve(method.id)).customer).toBeNull()
})

test('events are listed by type and by pattern', async () => {
  const { data } = await stripe.events.list({ type: 'charge.*', limit: 3 })
  expect(data.every(event => event.type.startsWith('charge.'))).toBe(true)
  const both = await stripe.events.list({ types: ['charge.refunded', 'customer.deleted'] })
  expect(new Set(both.data.map(event => event.type))).toEqual(new Set(['charge.refunded', 'customer.deleted']))
})
