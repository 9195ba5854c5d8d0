import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { paying, type Running, refusal, removeData, startSandbox } from './running.ts'

let sandbox: Running
let stripe: Stripe

beforeAll(async () => {
  sandbox = await startSandbox()
  const account = await sandbox.sdk().accounts.create({ business_profile: { name: 'Riverside' } })
  stripe = sandbox.sdk(account.id)
})

afterAll(async () => {
  await sandbox.stop()
  removeData(sandbox)
})

function cardMethod(number: string): Promise<Stripe.PaymentMethod> {
  return stripe.paymentMethods.create({
    type: 'card',
    card: { number, exp_month: 12, exp_year: 2035, cvc: number.startsWith('3') ? '1234' : '123' },
  })
}

test.each([
  ['4242424242424242', 'visa'],
  ['5555555555554444', 'mastercard'],
  ['378282246310005', 'amex'],
])('the card %s pays', async (number, brand) => {
  const method = await cardMethod(number)
  expect(method.card?.brand).toBe(brand)
  const intent = await stripe.paymentIntents.create(paying(method.id, { metadata: { payment_id: 'pay_1' } }))
  expect(intent).toMatchObject({ status: 'succeeded', amount_received: 18500, metadata: { payment_id: 'pay_1' } })
  const charge = await stripe.charges.retrieve(String(intent.latest_charge))
  expect(charge).toMatchObject({ paid: true, captured: true, metadata: { payment_id: 'pay_1' } })
})

test.each([
  ['4000000000000002', 'card_declined', 'generic_decline'],
  ['4000000000009995', 'card_declined', 'insufficient_funds'],
  ['4000000000000069', 'expired_card', ''],
  ['4000000000000127', 'incorrect_cvc', ''],
  ['4000000000000119', 'processing_error', ''],
  ['4000000000000341', 'card_declined', 'generic_decline'],
])('the card %s is refused with %s', async (number, code, declineCode) => {
  const method = await cardMethod(number)
  const error = await refusal(stripe.paymentIntents.create(paying(method.id)))
  expect(error).toMatchObject({ type: 'StripeCardError', statusCode: 402, code, decline_code: declineCode })
  const intent = await stripe.paymentIntents.retrieve(error.payment_intent?.id ?? '')
  expect(intent).toMatchObject({ status: 'requires_payment_method', payment_method: null, latest_charge: error.charge })
  expect(intent.last_payment_error).toMatchObject({ code, charge: error.charge, payment_method: { id: method.id } })
  expect(await stripe.charges.retrieve(error.charge ?? '')).toMatchObject({ status: 'failed', failure_code: code })
})

test('a refused intent can be paid with another card, and then not confirmed again', async () => {
  const { payment_intent: declined } = await refusal(stripe.paymentIntents.create(paying('pm_card_chargeDeclined')))
  const id = declined?.id ?? ''
  const more = { payment_method: 'pm_card_visa', return_url: 'http://localhost/back' }
  const paid = await stripe.paymentIntents.confirm(id, more)
  expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null })
  const again = await refusal(stripe.paymentIntents.confirm(id, more))
  expect(again).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' })
  expect((await refusal(stripe.paymentIntents.cancel(id))).code).toBe('payment_intent_unexpected_state')
})

test('a card that always authenticates sends the person to the bank and back', async () => {
  const intent = await stripe.paymentIntents.create(paying('pm_card_authenticationRequired'))
  expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } })
  const page = intent.next_action?.redirect_to_url?.url ?? ''
  expect(await (await fetch(page)).text()).toContain('Complete')
  const answer = await fetch(page, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ outcome: 'complete' }),
  })
  const back = new URL(answer.headers.get('location') ?? '')
  expect(back.origin + back.pathname).toBe('http://localhost/back')
  expect(Object.fromEntries(back.searchParams)).toEqual({
    payment_intent: intent.id,
    payment_intent_client_secret: intent.client_secret,
    redirect_status: 'succeeded',
  })
  expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded')
})

test('a failed authentication leaves the intent open for another card', async () => {
  const intent = await stripe.paymentIntents.create(paying('pm_card_authenticationRequired', { use_stripe_sdk: true }))
  expect(intent.next_action?.type).toBe('use_stripe_sdk')
  const page = String(intent.next_action?.use_stripe_sdk?.stripe_js)
  await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ outcome: 'fail' }) })
  const after = await stripe.paymentIntents.retrieve(intent.id)
  expect(after).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  })
})

test('off session, a card that needs authentication is refused until it was set up', async () => {
  const customer = await stripe.customers.create({ email: 'maria@example.org' })
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    payment_method: 'pm_card_authenticationRequiredOnSetup',
    confirm: true,
    return_url: 'http://localhost/back',
  })
  expect(setup.status).toBe('requires_action')
  const method = String(setup.payment_method)
  const offSession = { customer: customer.id, off_session: true }
  const early = await refusal(stripe.paymentIntents.create(paying(method, offSession)))
  expect(early).toMatchObject({ statusCode: 402, code: 'authentication_required' })
  const page = setup.next_action?.redirect_to_url?.url ?? ''
  await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ outcome: 'complete' }) })
  expect((await stripe.setupIntents.retrieve(setup.id)).status).toBe('succeeded')
  const { data } = await stripe.paymentMethods.list({ customer: customer.id })
  expect(data.map(one => one.id)).toEqual([method])
  expect((await stripe.paymentIntents.create(paying(method, offSession))).status).toBe('succeeded')
})

test('an intent made first is confirmed later, off session too', async () => {
  const customer = await stripe.customers.create()
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id })
  const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'usd', customer: customer.id })
  expect(intent).toMatchObject({ status: 'requires_payment_method', latest_charge: null })
  const more = { payment_method: method.id, off_session: true, return_url: 'http://localhost/back' }
  expect((await stripe.paymentIntents.confirm(intent.id, more)).status).toBe('succeeded')
  const other = await stripe.paymentIntents.create({ amount: 500, currency: 'usd', payment_method: 'pm_card_visa' })
  expect(other.status).toBe('requires_confirmation')
  const canceled = await stripe.paymentIntents.cancel(other.id, { cancellation_reason: 'abandoned' })
  expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' })
})

test('a card saved while paying is attached, and one that was not is spent', async () => {
  const customer = await stripe.customers.create()
  const saved = await cardMethod('4242424242424242')
  await stripe.paymentIntents.create(paying(saved.id, { customer: customer.id, setup_future_usage: 'off_session' }))
  expect((await stripe.paymentMethods.retrieve(saved.id)).customer).toBe(customer.id)
  const once = await cardMethod('4242424242424242')
  await stripe.paymentIntents.create(paying(once.id))
  expect((await refusal(stripe.paymentIntents.create(paying(once.id)))).message).toContain('may not be used again')
})

test('the card 4000 0000 0000 0341 is saved and then refused; a declining card cannot be saved', async () => {
  const customer = await stripe.customers.create()
  const kept = await cardMethod('4000000000000341')
  expect((await stripe.paymentMethods.attach(kept.id, { customer: customer.id })).customer).toBe(customer.id)
  expect((await refusal(stripe.paymentIntents.create(paying(kept.id, { customer: customer.id })))).statusCode).toBe(402)
  const declining = await cardMethod('4000000000000002')
  expect((await refusal(stripe.paymentMethods.attach(declining.id, { customer: customer.id }))).statusCode).toBe(402)
})

test("a method of one customer cannot pay another's intent", async () => {
  const [mine, other] = await Promise.all([stripe.customers.create(), stripe.customers.create()])
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: mine.id })
  const error = await refusal(stripe.paymentIntents.create(paying(method.id, { customer: other.id })))
  expect(error.message).toContain('does not belong to the Customer')
  await stripe.paymentMethods.detach(method.id)
  expect((await refusal(stripe.paymentIntents.create(paying(method.id, { customer: mine.id })))).statusCode).toBe(400)
})

test.each([
  [{ amount: 12 }, 'amount', 'amount_too_small'],
  [{ amount: undefined }, 'amount', 'parameter_missing'],
  [{ payment_method: 'pm_nobody' }, 'payment_method', 'resource_missing'],
  [{ surprise: 'x' }, 'surprise', 'parameter_unknown'],
  [{ return_url: undefined }, 'return_url', undefined],
])('the parameters %j are refused', async (more, param, code) => {
  const error = await refusal(stripe.paymentIntents.create(paying('pm_card_visa', more)))
  expect(error).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400, param, code })
})

test('a wrong number, a past month and a short code are card errors', async () => {
  const typed = (card: object) =>
    stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4242424242424242', exp_month: 12, exp_year: 2035, ...card },
    })
  expect(await refusal(typed({ number: '4242424242424241' }))).toMatchObject({
    code: 'incorrect_number',
    statusCode: 402,
  })
  expect(await refusal(typed({ exp_year: 2020 }))).toMatchObject({ code: 'invalid_expiry_year', param: 'exp_year' })
  expect(await refusal(typed({ cvc: '12' }))).toMatchObject({ code: 'invalid_cvc' })
})

test('unknown ids, keys, accounts and routes are refused as Stripe refuses them', async () => {
  expect(await refusal(stripe.paymentIntents.retrieve('pi_nobody'))).toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
    param: 'intent',
    message: "No such payment_intent: 'pi_nobody'",
  })
  expect(await refusal(sandbox.sdk('acct_nobody').customers.list())).toMatchObject({
    statusCode: 403,
    code: 'account_invalid',
  })
  const noKey = await fetch(`${sandbox.url}/v1/customers`)
  expect(noKey.status).toBe(401)
  expect(noKey.headers.get('request-id')).toMatch(/^req_/)
  expect(await refusal(stripe.coupons.list())).toMatchObject({ statusCode: 404 })
})

test('what one account has is invisible to another', async () => {
  const other = await sandbox.sdk().accounts.create()
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa'))
  expect((await refusal(sandbox.sdk(other.id).paymentIntents.retrieve(intent.id))).statusCode).toBe(404)
})
