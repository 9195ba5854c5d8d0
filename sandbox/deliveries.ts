import { createHmac } from 'node:crypto'
import { type Deliverer, type Endpoint, PLATFORM, type Sandbox } from './call.ts'
import { selectObjects } from './objects.ts'
import { now, readSetting, sql, writeSetting } from './store.ts'

const MODES = ['normal', 'late', 'twice', 'shuffled', 'never'] as const
export type DeliveryMode = (typeof MODES)[number]

const ANSWER_MS = 10_000
const LONGEST_WAIT_MS = 3_600_000
const GIVE_UP_MS = 3 * 24 * 3_600_000
const AT_ONCE = 16

export function newDeliverer(): Deliverer {
  return { endpoints: null, running: new Set(), timer: null, timerDueMs: 0, stopped: false }
}

export function isDeliveryMode(value: unknown): value is DeliveryMode {
  return MODES.some(mode => mode === value)
}

/** How events are delivered now, as the control API set it. */
export function deliveryMode(sandbox: Sandbox): { mode: DeliveryMode; delayMs: number } {
  const mode = readSetting(sandbox.store, 'webhook_mode')
  const delay = readSetting(sandbox.store, 'webhook_delay_ms')
  return { mode: isDeliveryMode(mode) ? mode : 'normal', delayMs: Number(delay ?? 3000) }
}

export function setDeliveryMode(sandbox: Sandbox, mode: DeliveryMode, delayMs: number): void {
  writeSetting(sandbox.store, 'webhook_mode', mode)
  writeSetting(sandbox.store, 'webhook_delay_ms', String(delayMs))
}

/** The endpoints' list is read again at the next event. */
export function forgetEndpoints(sandbox: Sandbox): void {
  sandbox.deliverer.endpoints = null
}

function allEndpoints(sandbox: Sandbox): Endpoint[] {
  sandbox.deliverer.endpoints ??= selectObjects(
    sandbox.store,
    'webhook_endpoint',
    `json_extract(body, '$.status') = 'enabled'`,
    [],
  ).map(({ account, body, hidden }) => ({
    id: body.id,
    account,
    url: body.url,
    secret: hidden.secret ?? '',
    connect: hidden.connect ?? false,
    events: body.enabled_events,
  }))
  return sandbox.deliverer.endpoints
}

/** The ids of the endpoints that asked for this type of event of this account. */
export function endpointsFor(sandbox: Sandbox, account: string, type: string): string[] {
  return allEndpoints(sandbox)
    .filter(one => (one.connect ? account !== PLATFORM : one.account === account))
    .filter(one => one.events.includes('*') || one.events.includes(type))
    .map(one => one.id)
}

/** Queues one event for one endpoint, in the transaction that recorded it. */
export function enqueue(sandbox: Sandbox, event: string, endpoint: string): void {
  const { mode, delayMs } = deliveryMode(sandbox)
  if (mode === 'never') return
  const wait = mode === 'late' ? delayMs : mode === 'shuffled' ? Math.floor(Math.random() * delayMs) : 0
  const insert = 'insert into deliveries (event, endpoint, due_ms, started_ms) values (?, ?, ?, ?)'
  const started = Date.now()
  for (let copy = 0; copy < (mode === 'twice' ? 2 : 1); copy++) {
    sql(sandbox.store, insert).run(event, endpoint, started + wait, started)
  }
}

/** Looks at the queue as soon as the running transaction is over. */
export function wake(sandbox: Sandbox): void {
  schedule(sandbox, 0)
}

export function stopDelivering(deliverer: Deliverer): void {
  deliverer.stopped = true
  if (deliverer.timer) clearTimeout(deliverer.timer)
}

function schedule(sandbox: Sandbox, waitMs: number): void {
  const { deliverer } = sandbox
  const dueMs = Date.now() + waitMs
  if (deliverer.stopped || (deliverer.timer && deliverer.timerDueMs <= dueMs)) return
  if (deliverer.timer) clearTimeout(deliverer.timer)
  deliverer.timerDueMs = dueMs
  deliverer.timer = setTimeout(() => {
    deliverer.timer = null
    sendDue(sandbox)
  }, waitMs)
}

function sendDue(sandbox: Sandbox): void {
  const { deliverer, store } = sandbox
  store.commit()
  const due = sql(store, 'select * from deliveries order by due_ms, seq limit ?').all(AT_ONCE * 2)
  for (const row of due) {
    if (deliverer.running.size >= AT_ONCE) return
    const seq = Number(row.seq)
    if (deliverer.running.has(seq)) continue
    const waitMs = Number(row.due_ms) - Date.now()
    if (waitMs > 0) {
      schedule(sandbox, waitMs)
      return
    }
    deliverer.running.add(seq)
    void attempt(sandbox, row).finally(() => {
      deliverer.running.delete(seq)
      wake(sandbox)
    })
  }
}

async function attempt(sandbox: Sandbox, row: Record<string, unknown>): Promise<void> {
  const endpoint = allEndpoints(sandbox).find(one => one.id === row.endpoint)
  const event = sql(sandbox.store, 'select body from objects where id = ?').get(String(row.event))
  const taken = endpoint && event ? await post(endpoint, String(event.body), now(sandbox.store)) : true
  if (sandbox.deliverer.stopped) return
  if (taken) finish(sandbox, row)
  else postpone(sandbox, row)
}

async function post(endpoint: Endpoint, body: string, time: number): Promise<boolean> {
  try {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'Stripe-Signature': signatureHeader(body, endpoint.secret, time),
      },
      body,
    })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

/** Stripe's scheme v1: HMAC-SHA256 over the time, by the sandbox's clock, and the raw body. */
export function signatureHeader(body: string | Uint8Array, secret: string, time: number): string {
  const digest = createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')
  return `t=${time},v1=${digest}`
}

function finish({ store }: Sandbox, row: Record<string, unknown>): void {
  sql(store, 'delete from deliveries where seq = ?').run(Number(row.seq))
  const pending = `json_set(body, '$.pending_webhooks', max(0, json_extract(body, '$.pending_webhooks') - 1))`
  sql(store, `update objects set body = ${pending} where id = ?`).run(String(row.event))
}

function postpone({ store }: Sandbox, row: Record<string, unknown>): void {
  const attempts = Number(row.attempts)
  const due = Date.now() + Math.min(1000 * 2 ** attempts, LONGEST_WAIT_MS)
  const { changes } = sql(store, 'delete from deliveries where seq = ? and ? - started_ms > ?').run(
    Number(row.seq),
    due,
    GIVE_UP_MS,
  )
  if (changes > 0) return
  sql(store, 'update deliveries set due_ms = ?, attempts = ? where seq = ?').run(due, attempts + 1, Number(row.seq))
}
