import type Stripe from 'stripe'
import { type Call, innerCall, type Sandbox } from './call.ts'
import { readLines, sessionBody } from './checkout-session-body.ts'
import { forbiddenByState } from './errors.ts'
import { recordEvent } from './events.ts'
import type { Hidden } from './kinds.ts'
import { type Filter, filterBy, LIST_PARAMS, listPage } from './lists.ts'
import { findObject, getObject, idOf, insertObject, type Kept, saveObject, unpack } from './objects.ts'
import { allowOnly, choice, emptyParams, group, type Params, required, text } from './params.ts'
import { markCanceled } from './payment-intents.ts'
import { createSetup } from './setup-intents.ts'
import { inTransaction, now, sql } from './store.ts'

export type Session = Kept<'checkout.session'>

const CREATE = [
  'allowed_payment_method_types',
  'billing_address_collection',
  'cancel_url',
  'client_reference_id',
  'currency',
  'customer',
  'customer_creation',
  'customer_email',
  'expires_at',
  'line_items',
  'locale',
  'metadata',
  'mode',
  'payment_intent_data',
  'payment_method_data',
  'payment_method_options',
  'payment_method_types',
  'saved_payment_method_options',
  'setup_intent_data',
  'submit_type',
  'success_url',
  'ui_mode',
]

/** Makes a hosted page on which a person pays (`payment`) or leaves a card (`setup`). */
export function createSession(call: Call): Stripe.Checkout.Session {
  const { params } = call
  allowOnly(params, CREATE)
  required(params, 'mode')
  const mode = choice(params, 'mode', ['payment', 'setup'] as const) ?? 'payment'
  const lines = mode === 'payment' ? readLines(params) : []
  const session = sessionBody(call, mode, lines)
  const hidden: Hidden = { lines: lines.map(({ currency: _, ...line }) => line) }
  hidden.intentData = JSON.stringify(group(params, `${mode === 'payment' ? 'payment' : 'setup'}_intent_data`) ?? {})
  if (mode === 'setup') session.setup_intent = setupIntentFor(call, session.id)
  insertObject(call, 'checkout.session', session, hidden)
  return session
}

function setupIntentFor(call: Call, session: string): string {
  const params: Params = Object.assign(emptyParams(), group(call.params, 'setup_intent_data'))
  const customer = text(call.params, 'customer')
  if (customer) params.customer = customer
  params.payment_method_types = Object.assign(emptyParams(), { 0: 'card' })
  const setup = createSetup({ ...call, params })
  saveObject(call.sandbox.store, 'setup_intent', { body: setup, hidden: { session } })
  return setup.id
}

export function retrieveSession(call: Call, id: string): Stripe.Checkout.Session {
  expireDue(call.sandbox)
  return getObject(call, 'checkout.session', id).body
}

export function listSessions(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'customer', 'payment_intent', 'status'])
  expireDue(call.sandbox)
  const status = text(call.params, 'status')
  const byStatus: Filter[] = status ? [['facet = ?', status]] : []
  const filters = [...filterBy(call, 'customer'), ...filterBy(call, 'payment_intent'), ...byStatus]
  return listPage(call, 'checkout.session', '/v1/checkout/sessions', filters)
}

/** Closes an open session: nobody can pay on it any more, and what it had begun is canceled. */
export function expireByApi(call: Call, id: string): Stripe.Checkout.Session {
  allowOnly(call.params, [])
  const session = getObject(call, 'checkout.session', id)
  if (session.body.status !== 'open') {
    throw forbiddenByState(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.body.status}.`,
    )
  }
  return expire(call, session)
}

function expire(call: Call, session: Session): Stripe.Checkout.Session {
  const { body } = session
  body.status = 'expired'
  body.url = null
  saveObject(call.sandbox.store, 'checkout.session', session)
  const intent = findObject(call.sandbox.store, call.account, 'payment_intent', idOf(body.payment_intent) ?? '')
  if (intent && intent.body.status !== 'succeeded') markCanceled(call, intent, 'expired')
  recordEvent(call, 'checkout.session.expired', body)
  return body
}

/** Expires every open session whose time has come. */
export function expireDue(sandbox: Sandbox): void {
  const { store } = sandbox
  const at = now(store)
  const due = sql(
    store,
    `select account, body, hidden from objects indexed by objects_open_sessions
     where kind = 'checkout.session' and facet = 'open' and created < ? and json_extract(body, '$.expires_at') <= ?`,
  ).all(at - 1700, at)
  if (due.length === 0) return
  inTransaction(store, () => {
    for (const row of due) {
      expire(innerCall(sandbox, String(row.account), at, emptyParams()), unpack<'checkout.session'>(row))
    }
  })
}

/** Whether the session keeps the card for later. */
export function keepsCard(session: Session): boolean {
  return session.body.mode === 'setup' || JSON.parse(session.hidden.intentData ?? '{}').setup_future_usage !== undefined
}

export function wantsCustomer(session: Session): boolean {
  return !session.body.customer && (session.body.customer_creation === 'always' || keepsCard(session))
}
