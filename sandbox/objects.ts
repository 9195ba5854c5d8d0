import type { SQLInputValue } from 'node:sqlite'
import type { Call } from './call.ts'
import { missingObject } from './errors.ts'
import { type Hidden, type Kind, type Kinds, NOUNS } from './kinds.ts'
import { type Store, sql } from './store.ts'

/** One stored object: what the API shows, and what it hides. */
export interface Kept<K extends Kind> {
  body: Kinds[K]
  hidden: Hidden
}

/** The id in a field that may hold an id or the expanded object. */
export function idOf(value: string | { id: string } | null | undefined): string | null {
  if (!value) return null
  return typeof value === 'string' ? value : value.id
}

/** The columns that lists are filtered by; `facet` is an event's type, a customer's email, a session's status. */
function columnsOf(body: object): [string | null, string | null, string | null, string | null] {
  const field = (name: string) => {
    const value: unknown = Reflect.get(body, name)
    return typeof value === 'string' ? value : null
  }
  const facet = field('object') === 'checkout.session' ? field('status') : (field('type') ?? field('email'))
  return [field('customer'), field('payment_intent'), field('charge'), facet]
}

export function insertObject<K extends Kind>(call: Call, kind: K, body: Kinds[K], hidden: Hidden = {}): Kept<K> {
  const created = 'created' in body ? Number(body.created) : call.now
  sql(
    call.sandbox.store,
    `insert into objects (id, account, kind, created, customer, payment_intent, charge, facet, body, hidden)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(body.id, call.account, kind, created, ...columnsOf(body), JSON.stringify(body), JSON.stringify(hidden))
  return { body, hidden }
}

export function saveObject<K extends Kind>(store: Store, kind: K, { body, hidden }: Kept<K>): void {
  sql(
    store,
    `update objects set kind = ?, customer = ?, payment_intent = ?, charge = ?, facet = ?, body = ?, hidden = ?
     where id = ?`,
  ).run(kind, ...columnsOf(body), JSON.stringify(body), JSON.stringify(hidden), body.id)
}

export function findObject<K extends Kind>(store: Store, account: string, kind: K, id: string): Kept<K> | undefined {
  const row = sql(store, 'select body, hidden from objects where id = ? and account = ? and kind = ?').get(
    id,
    account,
    kind,
  )
  return row ? unpack<K>(row) : undefined
}

export function unpack<K extends Kind>(row: Record<string, unknown>): Kept<K> {
  return { body: JSON.parse(String(row.body)), hidden: JSON.parse(String(row.hidden)) }
}

/** The object that the path names, or Stripe's 404. */
export function getObject<K extends Kind>(call: Call, kind: K, id: string): Kept<K> {
  const kept = findObject(call.sandbox.store, call.account, kind, id)
  if (!kept) throw missingObject(NOUNS[kind].noun, id, NOUNS[kind].param, true)
  return kept
}

/** The object that a parameter names, or Stripe's 400. */
export function namedObject<K extends Kind>(call: Call, kind: K, id: string, param: string): Kept<K> {
  const kept = findObject(call.sandbox.store, call.account, kind, id)
  if (!kept) throw missingObject(NOUNS[kind].noun, id, param, false)
  return kept
}

export function deleteObject(store: Store, id: string): boolean {
  return sql(store, 'delete from objects where id = ?').run(id).changes > 0
}

/** Objects of one kind, newest first, with further conditions in SQL. */
export function selectObjects<K extends Kind>(
  store: Store,
  kind: K,
  where: string,
  values: SQLInputValue[],
  order = 'order by created desc, seq desc',
): (Kept<K> & { account: string })[] {
  const rows = sql(store, `select account, body, hidden from objects where kind = ? and ${where} ${order}`).all(
    kind,
    ...values,
  )
  return rows.map(row => ({ ...unpack<K>(row), account: String(row.account) }))
}
