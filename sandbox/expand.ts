import type { Call } from './call.ts'
import { invalid } from './errors.ts'
import { LINE_ITEMS, lineItems } from './line-items.ts'
import { unpack } from './objects.ts'
import { texts } from './params.ts'
import { sql } from './store.ts'

type Node = Record<string, unknown>

const MAX_DEPTH = 4

/** Fields that hold the id of another object the sandbox keeps. */
const REFERENCES = new Set([
  'balance_transaction',
  'charge',
  'customer',
  'default_payment_method',
  'failure_balance_transaction',
  'latest_charge',
  'payment_intent',
  'payment_method',
  'setup_intent',
  'source',
])

/** Fields that hold an id which the sandbox never fills, so that expanding them changes nothing. */
const EMPTY = new Set([
  'application',
  'invoice',
  'latest_attempt',
  'mandate',
  'on_behalf_of',
  'review',
  'transfer_data',
])

/** Replaces ids by their objects as the request's `expand[]` asks. */
export function expanded<T extends object>(call: Call, body: T): T {
  const paths = texts(call.params, 'expand')
  if (paths.length === 0) return body
  const copy: Node = structuredClone(body) as Node
  for (const path of paths) {
    const steps = path.split('.')
    if (steps.filter(step => step !== 'data').length > MAX_DEPTH) {
      throw invalid(`You cannot expand more than ${MAX_DEPTH} levels of a property (${path}).`)
    }
    walk(call, copy, steps, path)
  }
  return copy as T
}

function walk(call: Call, node: Node, [step, ...rest]: string[], path: string): void {
  if (step === undefined) return
  if (step === 'data' && Array.isArray(node.data)) {
    for (const item of node.data) if (isNode(item)) walk(call, item, rest, path)
    return
  }
  fill(call, node, step, path)
  const inner = node[step]
  if (isNode(inner)) walk(call, inner, rest, path)
}

function fill(call: Call, node: Node, step: string, path: string): void {
  const value = node[step]
  if (node.object === 'charge' && step === 'refunds') node.refunds = refundsOf(call, String(node.id))
  else if (node.object === 'checkout.session' && step === LINE_ITEMS) node[step] = lineItems(call, String(node.id))
  else if (REFERENCES.has(step) && typeof value === 'string') node[step] = fetchAny(call, value) ?? value
  else if (!isNode(value) && !(step in node && (REFERENCES.has(step) || EMPTY.has(step)))) {
    throw invalid(`This property cannot be expanded (${path}).`, 'expand[0]')
  }
}

function fetchAny(call: Call, id: string): object | undefined {
  const row = sql(call.sandbox.store, 'select body, hidden from objects where id = ? and account = ?').get(
    id,
    call.account,
  )
  return row ? unpack(row).body : undefined
}

function refundsOf(call: Call, charge: string) {
  const rows = sql(
    call.sandbox.store,
    `select body, hidden from objects where account = ? and kind = 'refund' and charge = ? order by seq desc limit 11`,
  ).all(call.account, charge)
  return {
    object: 'list',
    data: rows.slice(0, 10).map(row => unpack<'refund'>(row).body),
    has_more: rows.length > 10,
    url: `/v1/charges/${charge}/refunds`,
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null
}
