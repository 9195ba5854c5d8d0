import { Hono } from 'hono'
import { addByHand } from './by-hand.ts'
import type { Sandbox } from './call.ts'
import { expireDue } from './checkout-sessions.ts'
import { decideLater } from './clearing.ts'
import { deliveryMode, isDeliveryMode, setDeliveryMode, wake } from './deliveries.ts'
import { faultRules, replaceRules } from './faults.ts'
import { forgetKeys } from './idempotency.ts'
import { deleteObject } from './objects.ts'
import { now, readSetting, type Store, setClock, writeSetting } from './store.ts'
import { summary } from './summary.ts'

/** The control API under `/sandbox`: what tests and benches turn. It asks for a secret key like the rest. */
export function controlApi(sandbox: Sandbox): Hono {
  const app = new Hono()
  const { store } = sandbox
  app.use(async (c, next) => {
    if (c.req.header('authorization')?.startsWith('Bearer sk_test_')) return next()
    return c.json({ error: { type: 'invalid_request_error', message: 'A secret key is needed.' } }, 401)
  })
  app.onError((error, c) => c.json({ error: { type: 'invalid_request_error', message: error.message } }, 400))
  app.get('/faults', c => c.json({ rules: faultRules() }))
  app.post('/faults', async c => c.json({ rules: replaceRules((await readJson(c.req.raw)).rules) }))
  app.get('/webhooks', c => c.json(deliveryMode(sandbox)))
  app.post('/webhooks', async c => {
    const { mode, delayMs = 3000 } = await readJson(c.req.raw)
    if (!isDeliveryMode(mode)) throw new Error('"mode" must be normal, late, twice, shuffled or never.')
    setDeliveryMode(sandbox, mode, wholeNumber(delayMs, 'delayMs'))
    return c.json(deliveryMode(sandbox))
  })
  app.post('/forget-keys', c => c.json({ forgotten: forgetKeys(store) }))
  app.post('/clock', async c => {
    setClock(store, readOffset(await readJson(c.req.raw), store))
    expireDue(sandbox)
    wake(sandbox)
    return c.json(clockOf(store))
  })
  app.post('/clearing', async c => {
    const { on, intent, outcome } = await readJson(c.req.raw)
    if (typeof on === 'boolean') writeSetting(store, 'clears_later', on ? 'yes' : 'no')
    if (typeof intent !== 'string') return c.json({ on: readSetting(store, 'clears_later') === 'yes' })
    if (outcome !== 'succeeded' && outcome !== 'failed') throw new Error('"outcome" must be succeeded or failed.')
    const decided = decideLater(sandbox, intent, outcome)
    wake(sandbox)
    return c.json({ intent, status: decided.status })
  })
  app.get('/clock', c => c.json(clockOf(store)))
  app.post('/objects/delete', async c => {
    const { id } = await readJson(c.req.raw)
    return c.json({ id, deleted: typeof id === 'string' && deleteObject(store, id) })
  })
  addByHand(app, sandbox)
  app.get('/summary', c => c.json(summary(store, c.req.query('account') ?? c.req.header('stripe-account'))))
  return app
}

function clockOf(store: Store): { now: number; offsetSeconds: number } {
  return { now: now(store), offsetSeconds: store.clockOffset }
}

/** `offsetSeconds` against the machine's clock, or `advanceSeconds` from where it is; below zero for what is behind. */
function readOffset({ offsetSeconds, advanceSeconds }: Record<string, unknown>, store: Store): number {
  const [from, seconds] = offsetSeconds === undefined ? [store.clockOffset, advanceSeconds] : [0, offsetSeconds]
  if (Number.isSafeInteger(seconds)) return from + Number(seconds)
  throw new Error('"offsetSeconds" or "advanceSeconds" must be a whole number.')
}

async function readJson(request: Request): Promise<Record<string, unknown>> {
  const body: unknown = await request.json().catch(() => null)
  if (typeof body === 'object' && body !== null) return Object.fromEntries(Object.entries(body))
  throw new Error('A JSON object is needed.')
}

function wholeNumber(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new Error(`"${name}" must be a whole number, 0 or more.`)
}
