import { afterAll, beforeAll, expect, test } from 'vitest'
import { paying, type Running, rawPost, refusal, removeData, startSandbox } from './running.ts'

let sandbox: Running

beforeAll(async () => {
  sandbox = await startSandbox()
})

afterAll(async () => {
  await sandbox.stop()
  removeData(sandbox)
})

async function payWith(fault: string, timeoutMs = 5000) {
  const before = await count()
  const body = {
    amount: '500',
    currency: 'usd',
    confirm: 'true',
    payment_method: 'pm_card_visa',
    return_url: 'http://localhost/',
  }
  const started = Date.now()
  const outcome = await Promise.race([
    rawPost(sandbox.url, '/v1/payment_intents', body, { 'Sandbox-Fault': fault, 'Idempotency-Key': fault })
      .then(async response => ({ status: response.status, text: await response.text() }))
      .catch(() => 'broken' as const),
    new Promise<'silent'>(done => setTimeout(done, timeoutMs, 'silent')),
  ])
  return { outcome, ms: Date.now() - started, made: (await count()) - before }
}

async function count(): Promise<number> {
  return (await sandbox.sdk().charges.list({ limit: 100 })).data.length
}

test.each([
  ['lost', 'broken', 1],
  ['truncated', 'broken', 1],
  ['reset', 'broken', 0],
] as const)('%s: the caller sees a broken connection', async (fault, expected, made) => {
  const seen = await payWith(fault)
  expect(seen).toMatchObject({ outcome: expected, made })
})

test.each([
  ['500-before', 500, 0],
  ['500-after', 500, 1],
  ['429', 429, 0],
  ['slow=200', 200, 1],
] as const)('%s is answered with %i', async (fault, status, made) => {
  const seen = await payWith(fault)
  expect(seen).toMatchObject({ outcome: { status }, made })
  if (fault === 'slow=200') expect(seen.ms).toBeGreaterThanOrEqual(200)
})

test.each(['hang', 'late'])('%s: the work is done, and no answer comes', async fault => {
  expect(await payWith(fault, 400)).toMatchObject({ outcome: 'silent', made: 1 })
})

test('after an outage in front, the same key does the work', async () => {
  const body = { amount: '500', currency: 'usd' }
  const send = (headers = {}) =>
    rawPost(sandbox.url, '/v1/payment_intents', body, { 'Idempotency-Key': 'outage', ...headers })
  expect((await send({ 'Sandbox-Fault': '500-before' })).status).toBe(500)
  const second = await send()
  expect(second.status).toBe(200)
  expect(second.headers.get('idempotent-replayed')).toBeNull()
})

test('rules act on matching requests, as often as they say', async () => {
  const rules = [{ method: 'POST', path: '/v1/payment_intents', fault: '500-before', count: 2 }]
  expect(await sandbox.control('faults', { rules })).toEqual({ rules })
  const stripe = sandbox.sdk()
  expect((await refusal(stripe.paymentIntents.create(paying('pm_card_visa')))).statusCode).toBe(500)
  await stripe.paymentIntents.list()
  expect((await refusal(stripe.paymentIntents.create(paying('pm_card_visa')))).statusCode).toBe(500)
  expect((await stripe.paymentIntents.create(paying('pm_card_visa'))).status).toBe('succeeded')
  await expect(sandbox.control('faults', { rules: [{ fault: 'nonsense' }] })).rejects.toThrow('"fault" must be')
  expect(await sandbox.control('faults', { rules: [] })).toEqual({ rules: [] })
})

test('the control API asks for a secret key', async () => {
  expect((await fetch(`${sandbox.url}/sandbox/summary`)).status).toBe(401)
})

test('the summary nets refunds and disputes per payment, and a deleted charge is gone from it', async () => {
  const stripe = sandbox.sdk((await sandbox.sdk().accounts.create()).id)
  const metadata = { payment_id: 'pay_7', practice: 'riverside' }
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa', { metadata }))
  await stripe.refunds.create({ payment_intent: intent.id, amount: 500 })
  await stripe.paymentIntents.create(
    paying('pm_card_createDispute', { metadata: { ...metadata, payment_id: 'pay_8' } }),
  )
  const path = `summary?account=${(await stripe.accounts.retrieveCurrent()).id}`
  const shown = await sandbox.control(path)
  expect(shown.charges).toEqual({ count: 2, succeededCents: 37000, refundedCents: 500, disputedCents: 18500 })
  expect(shown.byPayment).toMatchObject([
    { payment_id: 'pay_7', practice: 'riverside', cents: 18000, charges: 1 },
    { payment_id: 'pay_8', practice: 'riverside', cents: 0, charges: 1 },
  ])
  await sandbox.control('objects/delete', { id: String(intent.latest_charge) })
  expect((await sandbox.control(path)).byPayment).toMatchObject([{ payment_id: 'pay_8' }])
})
