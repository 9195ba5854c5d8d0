import { createHash } from 'node:crypto'
import { ApiError } from './errors.ts'
import { type Store, sql } from './store.ts'

const LIVES_SECONDS = 24 * 3600

/** An answer as it goes over the wire, and as it is stored under its idempotency key. */
export interface Answer {
  status: number
  body: string
  requestId: string
  replayed?: boolean
}

/** What a key was first used for. */
export interface Use {
  account: string
  key: string
  path: string
  params: string
}

/** A fingerprint of the parameters: the same ones in another order are the same request. */
export function fingerprint(body: string): string {
  return createHash('sha256').update(body.split('&').sort().join('&')).digest('base64')
}

/** The stored answer of this key, or undefined when the key is new; a key used for something else is refused. */
export function findAnswer(store: Store, use: Use, now: number): Answer | undefined {
  const row = sql(store, 'select * from idempotency_keys where account = ? and key = ?').get(use.account, use.key)
  if (!row) return undefined
  if (now - Number(row.created) >= LIVES_SECONDS) {
    sql(store, 'delete from idempotency_keys where account = ? and key = ?').run(use.account, use.key)
    return undefined
  }
  if (row.path !== use.path) {
    throw misused(
      `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${use.path}' vs '${row.path}'). Try using a key other than '${use.key}' if you meant to execute a different request.`,
    )
  }
  if (row.params !== use.params) {
    throw misused(
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${use.key}' if you meant to execute a different request.`,
    )
  }
  return { status: Number(row.status), body: String(row.body), requestId: String(row.request_id), replayed: true }
}

function misused(message: string): ApiError {
  return new ApiError(400, { type: 'idempotency_error', message })
}

export function storeAnswer(store: Store, use: Use, answer: Answer, now: number): void {
  sql(store, 'insert into idempotency_keys values (?, ?, ?, ?, ?, ?, ?, ?)').run(
    use.account,
    use.key,
    use.path,
    use.params,
    answer.status,
    answer.body,
    answer.requestId,
    now,
  )
}

/** Forgets every key, as Stripe does after a day. */
export function forgetKeys(store: Store): number {
  return Number(sql(store, 'delete from idempotency_keys').run().changes)
}

const inFlight = new Set<string>()

/** Takes the key for the time of one request; another request with it meanwhile is refused with 409. */
export function holdKey({ account, key }: Use): () => void {
  const name = `${account} ${key}`
  if (inFlight.has(name)) {
    throw new ApiError(409, {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    })
  }
  inFlight.add(name)
  return () => inFlight.delete(name)
}
