import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { paying, type Running, removeData, startSandbox } from './running.ts'

const SECRET = 'whsec_portico_test'

let receiver: Server
let answer: number
let received: { body: string; signature: string }[]
let env: Record<string, string>
let sandbox: Running
let stripe: Stripe
let account: string

beforeEach(async () => {
  answer = 200
  received = []
  receiver = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    received.push({ body, signature: String(request.headers['stripe-signature']) })
    response.writeHead(answer).end()
  })
  await new Promise<void>(done => receiver.listen(0, '127.0.0.1', done))
  const { port } = receiver.address() as AddressInfo
  env = { SANDBOX_WEBHOOK_URL: `http://127.0.0.1:${port}/webhooks/stripe`, STRIPE_WEBHOOK_SECRET: SECRET }
  sandbox = await startSandbox(env)
  account = (await sandbox.sdk().accounts.create()).id
  stripe = sandbox.sdk(account)
})

afterEach(async () => {
  await sandbox.stop()
  removeData(sandbox)
  receiver.closeAllConnections()
  receiver.close()
})

function events(): Stripe.Event[] {
  return received.map(({ body, signature }) => Stripe.webhooks.constructEvent(body, signature, SECRET))
}

function until(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 8000, interval: 20 })
}

test('events arrive signed, with their account and the key of the request that caused them', async () => {
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa'), { idempotencyKey: 'pay_1:1' })
  await until(() => expect(received).toHaveLength(3))
  const types = events().map(event => event.type)
  expect(types.sort()).toEqual(['charge.succeeded', 'payment_intent.created', 'payment_intent.succeeded'])
  const [event] = events()
  expect(event).toMatchObject({ account, livemode: false, request: { idempotency_key: 'pay_1:1' } })
  expect(() =>
    Stripe.webhooks.constructEvent(received[0]?.body ?? '', received[0]?.signature ?? '', 'whsec_other'),
  ).toThrow()
  await until(async () => undefined)
  await vi.waitFor(async () => {
    const stored = await stripe.events.retrieve(event?.id ?? '')
    expect(stored).toMatchObject({ id: event?.id, pending_webhooks: 0 })
  })
  expect(intent.status).toBe('succeeded')
})

test('an endpoint that fails is tried again until it answers', async () => {
  answer = 500
  await stripe.customers.create()
  await until(() => expect(received).toHaveLength(1))
  answer = 200
  await until(() => expect(received).toHaveLength(2))
  expect(received[1]?.body).toBe(received[0]?.body)
})

test('what was not delivered when the sandbox was killed is delivered by the next one, from the same store', async () => {
  answer = 503
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa'))
  await until(() => expect(received.length).toBeGreaterThan(0))
  await sandbox.stop('SIGKILL')
  answer = 200
  received = []
  sandbox = await startSandbox(env, sandbox.data)
  await until(() => expect(new Set(events().map(event => event.id)).size).toBe(3))
  expect(await sandbox.sdk(account).paymentIntents.retrieve(intent.id)).toEqual(intent)
  expect((await sandbox.sdk().webhookEndpoints.list()).data).toHaveLength(1)
})

test('events are sent twice, late or never, as the control API says', async () => {
  await sandbox.control('webhooks', { mode: 'twice' })
  await stripe.customers.create()
  await until(() => expect(received).toHaveLength(2))
  expect(received[0]?.body).toContain(JSON.parse(received[1]?.body ?? '{}').id)
  await sandbox.control('webhooks', { mode: 'never' })
  await stripe.customers.create()
  await sandbox.control('webhooks', { mode: 'late', delayMs: 300 })
  const started = Date.now()
  await stripe.customers.create({ name: 'late' })
  await until(() => expect(received).toHaveLength(3))
  expect(Date.now() - started).toBeGreaterThanOrEqual(290)
  expect(received[2]?.body).toContain('late')
  await expect(sandbox.control('webhooks', { mode: 'sometimes' })).rejects.toThrow('"mode" must be')
})

test('an endpoint made by the API shows its secret once and gets only what it asked for', async () => {
  const platform = sandbox.sdk()
  const url = `${env.SANDBOX_WEBHOOK_URL}/other`
  const made = await platform.webhookEndpoints.create({ url, enabled_events: ['customer.created'], connect: true })
  expect(made.secret).toMatch(/^whsec_/)
  expect((await platform.webhookEndpoints.retrieve(made.id)).secret).toBeUndefined()
  const customer = await stripe.customers.create()
  await stripe.customers.update(customer.id, { name: 'x' })
  await until(() => expect(received).toHaveLength(3))
  expect(await platform.webhookEndpoints.del(made.id)).toMatchObject({ deleted: true })
})
