import type Stripe from 'stripe'
import { type Call, innerCall, type Sandbox } from './call.ts'
import { fromNumber, type Method } from './card-entry.ts'
import { keepsCard, type Session, wantsCustomer } from './checkout-sessions.ts'
import { confirmIntent } from './confirm.ts'
import { createCustomer } from './customers.ts'
import { recordEvent } from './events.ts'
import { findObject, getObject, idOf, saveObject, selectObjects } from './objects.ts'
import { emptyParams, type Params } from './params.ts'
import type { Intent } from './payment-intent-body.ts'
import { createIntent } from './payment-intents.ts'
import { confirmSetup } from './setup-intents.ts'
import { now } from './store.ts'

/** What a person typed on the hosted page. */
export interface TypedCard {
  number: string
  month: string
  year: string
  cvc: string
  postalCode: string
  name: string
  email: string
}

function group(values: Record<string, string | Params>): Params {
  return Object.assign(emptyParams(), values)
}

/** The session of a hosted page, whichever account it belongs to, with a call that acts for that account. */
export function findSession(sandbox: Sandbox, id: string): { call: Call; session: Session } | undefined {
  const [found] = selectObjects(sandbox.store, 'checkout.session', 'id = ?', [id])
  if (!found) return undefined
  return { call: innerCall(sandbox, found.account, now(sandbox.store), emptyParams()), session: found }
}

/** Pays, or keeps the card, with what was typed; a refused card throws Stripe's 402, and the person may try again. */
export function payOnPage(call: Call, session: Session, typed: TypedCard): Stripe.PaymentIntent | Stripe.SetupIntent {
  const returnUrl = `${call.sandbox.origin}/checkout/${session.body.id}/return`
  const method = methodOf(call, session, typed)
  rememberPerson(call, session, typed)
  const confirming = { ...call, params: group({ return_url: returnUrl }) }
  if (session.body.mode === 'setup') {
    const setup = getObject(call, 'setup_intent', idOf(session.body.setup_intent) ?? '')
    if (session.body.customer) setup.body.customer = session.body.customer
    return closing(call, session, confirmSetup(confirming, setup, method))
  }
  const intent = intentOf(call, session)
  return closing(call, session, confirmIntent(confirming, intent, method))
}

function closing<T extends { status: string | null }>(call: Call, session: Session, intent: T): T {
  if (isAccepted(intent.status)) completeSession(call, session, intent.status)
  return intent
}

function isAccepted(status: string | null | undefined): status is 'succeeded' | 'processing' {
  return status === 'succeeded' || status === 'processing'
}

function methodOf(call: Call, session: Session, typed: TypedCard): Method {
  const { number, month, year, cvc, postalCode, name, email } = typed
  const details: Params = group({ name, email, address: group({ postal_code: postalCode }) })
  const params = group({
    card: group({ number, exp_month: month, exp_year: year, cvc }),
    billing_details: details,
    allow_redisplay: keepsCard(session) ? 'limited' : 'unspecified',
  })
  return fromNumber({ ...call, params }, 'card')
}

function rememberPerson(call: Call, session: Session, typed: TypedCard): void {
  const { body } = session
  const email = body.customer_email ?? (typed.email || null)
  if (wantsCustomer(session)) {
    const params = group({ ...(email ? { email } : {}), ...(typed.name ? { name: typed.name } : {}) })
    body.customer = createCustomer({ ...call, params }).id
  }
  body.customer_details = {
    address: null,
    business_name: null,
    email,
    individual_name: typed.name || null,
    name: typed.name || null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  }
  saveObject(call.sandbox.store, 'checkout.session', session)
}

/** The session's intent: made at the first attempt from `payment_intent_data`, and used again at later ones. */
function intentOf(call: Call, session: Session): Intent {
  const { body, hidden } = session
  const known = idOf(body.payment_intent)
  if (known) return getObject(call, 'payment_intent', known)
  const params = group({
    ...JSON.parse(hidden.intentData ?? '{}'),
    amount: String(body.amount_total),
    currency: body.currency ?? 'usd',
    payment_method_types: group({ 0: 'card' }),
    ...(body.customer ? { customer: idOf(body.customer) ?? '' } : {}),
  })
  const intent: Intent = {
    body: createIntent({ ...call, params: asParams(params) }),
    hidden: { session: body.id },
  }
  saveObject(call.sandbox.store, 'payment_intent', intent)
  body.payment_intent = intent.body.id
  saveObject(call.sandbox.store, 'checkout.session', session)
  return intent
}

/** Parameters that came back from JSON, without a prototype again. */
function asParams(value: Params): Params {
  const entries = Object.entries(value).map(([name, one]) => [name, typeof one === 'object' ? asParams(one) : one])
  return group(Object.fromEntries(entries))
}

/** Marks the session complete once its intent has succeeded, or was accepted and is decided later. */
function completeSession(call: Call, session: Session, status: 'succeeded' | 'processing'): void {
  const { body } = session
  body.status = 'complete'
  body.url = null
  if (body.mode === 'payment' && status === 'succeeded') body.payment_status = 'paid'
  saveObject(call.sandbox.store, 'checkout.session', session)
  recordEvent(call, 'checkout.session.completed', body)
}

/** Tells what became of a complete session's payment that was decided later; its state stays, but for whether it was paid. */
export function finishLater(call: Call, session: Session, outcome: 'succeeded' | 'failed'): void {
  if (outcome === 'succeeded') session.body.payment_status = 'paid'
  saveObject(call.sandbox.store, 'checkout.session', session)
  recordEvent(call, `checkout.session.async_payment_${outcome}`, session.body)
}

/** After authentication: the intent's state decides whether the session is complete. */
export function settleAfterAuthentication(call: Call, session: Session): boolean {
  const { body } = session
  const { store } = call.sandbox
  if (body.status !== 'open') return body.status === 'complete'
  const intent =
    body.mode === 'setup'
      ? findObject(store, call.account, 'setup_intent', idOf(body.setup_intent) ?? '')
      : findObject(store, call.account, 'payment_intent', idOf(body.payment_intent) ?? '')
  const status = intent?.body.status
  if (!isAccepted(status)) return false
  completeSession(call, session, status)
  return true
}

/** Where the person goes next, with the session's id filled in. */
export function filledUrl(url: string, session: string): string {
  return url.replaceAll('{CHECKOUT_SESSION_ID}', session)
}
