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

const body = (method: string) => ({
  amount: '18500',
  currency: 'usd',
  confirm: 'true',
  payment_method: method,
  return_url: 'http://localhost/back',
})

function pay(key: string, method = 'pm_card_visa', headers: Record<string, string> = {}) {
  return rawPost(sandbox.url, '/v1/payment_intents', body(method), { 'Idempotency-Key': key, ...headers })
}

test('a second request with the same key is answered with the first answer, byte for byte', async () => {
  const first = await pay('same')
  const second = await pay('same')
  expect(await second.text()).toBe(await first.text())
  expect(first.headers.get('idempotent-replayed')).toBeNull()
  expect(second.headers.get('idempotent-replayed')).toBe('true')
  expect(second.headers.get('original-request')).toBe(first.headers.get('request-id'))
})

test('a card error is stored under its key', async () => {
  const stripe = sandbox.sdk()
  const first = await refusal(
    stripe.paymentIntents.create(paying('pm_card_chargeDeclined'), { idempotencyKey: 'declined' }),
  )
  const second = await refusal(
    stripe.paymentIntents.create(paying('pm_card_chargeDeclined'), { idempotencyKey: 'declined' }),
  )
  expect(second.payment_intent?.id).toBe(first.payment_intent?.id)
})

test('a key is refused with other parameters and at another endpoint', async () => {
  await pay('mine')
  const other = await pay('mine', 'pm_card_mastercard')
  expect(other.status).toBe(400)
  expect(await other.json()).toMatchObject({ error: { type: 'idempotency_error' } })
  const elsewhere = await rawPost(sandbox.url, '/v1/customers', {}, { 'Idempotency-Key': 'mine' })
  expect(await elsewhere.json()).toMatchObject({ error: { type: 'idempotency_error' } })
})

test('keys of different accounts do not meet', async () => {
  const { id } = await sandbox.sdk().accounts.create()
  const ours = (await (await pay('shared')).json()) as { id: string }
  const theirs = (await (await pay('shared', 'pm_card_visa', { 'Stripe-Account': id })).json()) as { id: string }
  expect(theirs.id).not.toBe(ours.id)
})

test('a key that is in use at this moment answers 409, and its first request goes through', async () => {
  const slow = pay('busy', 'pm_card_visa', { 'Sandbox-Fault': 'slow=300' })
  await fetch(`${sandbox.url}/healthz`)
  const meanwhile = await pay('busy')
  expect(meanwhile.status).toBe(409)
  expect(await meanwhile.json()).toMatchObject({ error: { code: 'idempotency_key_in_use' } })
  expect((await slow).status).toBe(200)
  expect((await pay('busy')).headers.get('idempotent-replayed')).toBe('true')
})

test('a request that was refused before it began leaves its key free', async () => {
  const wrong = await rawPost(sandbox.url, '/v1/payment_intents', { currency: 'usd' }, { 'Idempotency-Key': 'wrong' })
  expect(wrong.status).toBe(400)
  expect((await pay('wrong')).status).toBe(200)
})

test('an error after the work is stored and replayed, while the work stays done', async () => {
  const failed = await pay('after', 'pm_card_visa', { 'Sandbox-Fault': '500-after' })
  expect(failed.status).toBe(500)
  const again = await pay('after')
  expect(again.status).toBe(500)
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  const { data } = await sandbox.sdk().paymentIntents.list({ limit: 1 })
  expect(data).toMatchObject([{ status: 'succeeded' }])
})

test('a key is forgotten after a day on the sandbox clock, or when told', async () => {
  const first = (await (await pay('old')).json()) as { id: string }
  await sandbox.control('clock', { advanceSeconds: 24 * 3600 + 1 })
  const second = (await (await pay('old')).json()) as { id: string }
  expect(second.id).not.toBe(first.id)
  await sandbox.control('forget-keys', {})
  expect(((await (await pay('old')).json()) as { id: string }).id).not.toBe(second.id)
})
