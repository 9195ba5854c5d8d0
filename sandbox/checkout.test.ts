import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, refusal, removeData, startSandbox } from './running.ts'

let sandbox: Running
let stripe: Stripe

beforeAll(async () => {
  sandbox = await startSandbox()
  const account = await sandbox.sdk().accounts.create({ business_profile: { name: 'Riverside Family Medicine' } })
  stripe = sandbox.sdk(account.id)
})

afterAll(async () => {
  await sandbox.stop()
  removeData(sandbox)
})

function newSession(more: object = {}): Promise<Stripe.Checkout.Session> {
  return stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [
      { price_data: { currency: 'usd', unit_amount: 18500, product_data: { name: 'Bill INV-2041' } }, quantity: 1 },
    ],
    payment_intent_data: { metadata: { practice: 'riverside', payment_id: 'pay_9' } },
    success_url: 'http://localhost/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost/back',
    ...more,
  })
}

function send(session: Stripe.Checkout.Session, number: string, more: object = {}): Promise<Response> {
  const fields = { number, expiry: '12 / 35', cvc: '123', postalCode: '97201', ...more }
  return fetch(session.url ?? '', { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) })
}

test('a person without script pays on the hosted page and comes back', async () => {
  const session = await newSession()
  expect(session).toMatchObject({ status: 'open', payment_status: 'unpaid', payment_intent: null, amount_total: 18500 })
  const page = await fetch(session.url ?? '')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const html = await page.text()
  for (const text of ['Riverside Family Medicine', 'Bill INV-2041', '$185.00', 'http://localhost/back']) {
    expect(html).toContain(text)
  }
  expect(html).not.toContain('<script')
  const answer = await send(session, '4242 4242 4242 4242')
  expect(answer.status).toBe(303)
  expect(answer.headers.get('location')).toBe(`http://localhost/done?session=${session.id}`)
  const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] })
  expect(done).toMatchObject({
    status: 'complete',
    payment_status: 'paid',
    url: null,
    payment_intent: { status: 'succeeded', metadata: { practice: 'riverside', payment_id: 'pay_9' } },
  })
  expect(await (await fetch(session.url ?? '')).text()).toContain('This payment is complete')
  const { data } = await stripe.events.list({ type: 'checkout.session.completed' })
  expect(data).toMatchObject([{ data: { object: { id: session.id } } }])
})

test('a refused card says why and lets the person try again on the same intent', async () => {
  const session = await newSession()
  const refused = await send(session, '4000000000009995')
  expect(refused.status).toBe(422)
  const html = await refused.text()
  expect(html).toContain('does not have enough funds')
  expect(html).not.toContain('4000000000009995')
  const open = await stripe.checkout.sessions.retrieve(session.id)
  expect(open.status).toBe('open')
  expect((await send(session, '4242424242424242')).status).toBe(303)
  expect((await stripe.checkout.sessions.retrieve(session.id)).payment_intent).toBe(open.payment_intent)
})

test('what is accepted and decided later completes its page unpaid; the bank may take it or let it bounce', async () => {
  await sandbox.control('clearing', { on: true })
  const [paid, bounced] = await Promise.all(
    (['succeeded', 'failed'] as const).map(async outcome => {
      const session = await newSession()
      expect((await send(session, '4242424242424242')).status).toBe(303)
      const { payment_intent: intent, ...seen } = await stripe.checkout.sessions.retrieve(session.id)
      expect(seen).toMatchObject({ status: 'complete', payment_status: 'unpaid' })
      expect(await stripe.paymentIntents.retrieve(String(intent))).toMatchObject({ status: 'processing' })
      await sandbox.control('clearing', { intent, outcome })
      return stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] })
    }),
  )
  await sandbox.control('clearing', { on: false })
  expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid', payment_intent: { status: 'succeeded' } })
  expect(bounced).toMatchObject({
    status: 'complete',
    payment_status: 'unpaid',
    payment_intent: { status: 'requires_payment_method', last_payment_error: { code: 'insufficient_funds' } },
  })
  for (const [type, id] of [
    ['checkout.session.async_payment_succeeded', paid?.id],
    ['checkout.session.async_payment_failed', bounced?.id],
  ] as const)
    expect((await stripe.events.list({ type })).data).toMatchObject([{ data: { object: { id } } }])
  const none = sandbox.control('clearing', { intent: 'pi_none', outcome: 'failed' })
  await expect(none).rejects.toThrow('Nothing is on its way to "pi_none".')
})

test('a field that is wrong is named beside the field, and nothing is tried', async () => {
  const session = await newSession()
  expect(await (await send(session, '4242424242424241')).text()).toContain('This card number is not right')
  expect(await (await send(session, '4242424242424242', { expiry: '' })).text()).toContain('Enter the month and year')
  expect((await stripe.checkout.sessions.retrieve(session.id)).payment_intent).toBeNull()
})

test('a card that authenticates goes by the bank, and a failed one comes back to the form', async () => {
  const session = await newSession({ locale: 'es' })
  const answer = async (outcome: string) => {
    const bank = (await send(session, '4000002760003184')).headers.get('location') ?? ''
    const after = await fetch(bank, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ outcome }) })
    return fetch(after.headers.get('location') ?? '', { redirect: 'manual' })
  }
  expect((await answer('fail')).headers.get('location')).toBe(`/checkout/${session.id}`)
  expect(await (await fetch(session.url ?? '')).text()).toContain('La tarjeta no se confirmó')
  expect((await answer('complete')).headers.get('location')).toBe(`http://localhost/done?session=${session.id}`)
  expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid')
})

test('an expired session takes no card, and its intent is canceled', async () => {
  const session = await newSession()
  await send(session, '4000000000000002')
  const { payment_intent } = await stripe.checkout.sessions.retrieve(session.id)
  expect((await refusal(stripe.paymentIntents.cancel(String(payment_intent)))).statusCode).toBe(400)
  expect((await stripe.checkout.sessions.expire(session.id)).status).toBe('expired')
  expect((await stripe.paymentIntents.retrieve(String(payment_intent))).status).toBe('canceled')
  expect((await refusal(stripe.checkout.sessions.expire(session.id))).statusCode).toBe(400)
  await send(session, '4242424242424242')
  expect((await fetch(session.url ?? '')).status).toBe(410)
  expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('unpaid')
})

test('a session expires by itself after its time', async () => {
  const session = await newSession()
  await sandbox.control('clock', { advanceSeconds: 24 * 3600 + 5 })
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired')
})

test('a session in setup mode keeps the card for its customer', async () => {
  const customer = await stripe.customers.create()
  const fields = {
    mode: 'setup',
    line_items: undefined,
    payment_intent_data: undefined,
    currency: 'usd',
    customer: customer.id,
  }
  const session = await newSession({ ...fields, setup_intent_data: { metadata: { owner: 'maria' } } })
  expect((await send(session, '4242424242424242')).status).toBe(303)
  const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] })
  expect(done).toMatchObject({
    status: 'complete',
    setup_intent: { status: 'succeeded', metadata: { owner: 'maria' } },
  })
  expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toHaveLength(1)
})

test('a card saved while paying belongs to a customer afterwards', async () => {
  const session = await newSession({ payment_intent_data: { setup_future_usage: 'off_session' } })
  await send(session, '4242424242424242', { email: 'maria@example.org' })
  const { customer } = await stripe.checkout.sessions.retrieve(session.id)
  expect((await stripe.paymentMethods.list({ customer: String(customer) })).data).toMatchObject([
    { card: { last4: '4242' }, allow_redisplay: 'limited' },
  ])
})

test('sessions are listed with their lines', async () => {
  const { data } = await stripe.checkout.sessions.list({ status: 'expired' })
  expect(data.length).toBeGreaterThan(0)
  const lines = await stripe.checkout.sessions.listLineItems(data[0]?.id ?? '')
  expect(lines.data).toMatchObject([{ description: 'Bill INV-2041', amount_total: 18500 }])
})
