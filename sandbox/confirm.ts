import type Stripe from 'stripe'
import type { Call } from './call.ts'
import { fromNumber, type Method } from './card-entry.ts'
import { type CardBehaviour, keptCard } from './cards.ts'
import { chargeIntent, declineIntent } from './charging.ts'
import { invalid, missingParam } from './errors.ts'
import { recordEvent } from './events.ts'
import { idOf, namedObject, saveObject } from './objects.ts'
import { flag, group, has, text, textOrNull } from './params.ts'
import { type Intent, unexpectedState } from './payment-intent-body.ts'
import { refuseSpent, resolveMethod } from './payment-methods.ts'

type Body = Stripe.PaymentIntent

const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action']

/** The method that the request gives, checked against the intent's customer. */
export function readMethod(call: Call, intent: Body): Method | null {
  const id = text(call.params, 'payment_method')
  const method = id
    ? resolveMethod(call, id, 'payment_method')
    : group(call.params, 'payment_method_data')
      ? fromNumber(call, 'payment_method_data.card')
      : null
  if (method) checkOwner(method, idOf(intent.customer))
  return method
}

function checkOwner(method: Method, customer: string | null): void {
  refuseSpent(method)
  const owner = idOf(method.body.customer)
  if (!owner || owner === customer) return
  const message = customer
    ? `The PaymentMethod ${method.body.id} does not belong to the Customer ${customer}. Please use this PaymentMethod with the Customer that it belongs to instead.`
    : 'The payment method you provided is attached to a customer so for security purposes you must provide the customer in the request.'
  throw invalid(message, 'payment_method')
}

/** An intent that may redirect needs to know where to come back to, unless it says that it never redirects. */
export function requireReturnUrl(call: Call, intent: Body): void {
  const automatic = intent.automatic_payment_methods
  const url = text(call.params, 'return_url')
  if (url && !URL.canParse(url)) throw invalid('Not a valid URL', 'return_url', 'url_invalid')
  if (!automatic || automatic.allow_redirects === 'never' || url) return
  throw invalid(
    'A `return_url` must be specified because this Payment Intent is configured to automatically accept the payment methods enabled in the Dashboard, some of which may require a full page redirect to succeed. If you do not want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.',
    'return_url',
  )
}

/** Tries to charge the intent: it succeeds, asks for authentication, or throws the card's refusal. */
export function confirmIntent(call: Call, kept: Intent, given: Method | null): Body {
  const { body, hidden } = kept
  if (!CONFIRMABLE.includes(body.status)) {
    throw unexpectedState(`You cannot confirm this PaymentIntent because it has ${ending(body.status)}.`, body)
  }
  const current = idOf(body.payment_method)
  const method = given ?? (current ? namedObject(call, 'payment_method', current, 'payment_method') : null)
  if (!method) {
    throw unexpectedState(
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
      body,
    )
  }
  checkOwner(method, idOf(body.customer))
  body.payment_method = method.body.id
  hidden.returnUrl = textOrNull(call.params, 'return_url') ?? undefined
  hidden.useSdk = flag(call.params, 'use_stripe_sdk') ?? false
  const offSession = has(call.params, 'off_session') && text(call.params, 'off_session') !== 'false'
  return attempt(call, kept, method, offSession)
}

function ending(status: string): string {
  return status === 'succeeded' ? 'already succeeded after being previously confirmed' : `a status of ${status}`
}

function attempt(call: Call, kept: Intent, method: Method, offSession: boolean): Body {
  const card = keptCard(method.hidden.card)
  if (card.behaviour === 'declines' || card.behaviour === 'declines on charge') {
    throw declineIntent(call, kept, method, card.decline)
  }
  if (!asksAuthentication(card.behaviour, method, offSession)) return chargeIntent(call, kept, method, false)
  if (offSession || flag(call.params, 'error_on_requires_action')) {
    throw declineIntent(call, kept, method, {
      code: 'authentication_required',
      declineCode: 'authentication_required',
      message: 'Your card was declined. This transaction requires authentication.',
    })
  }
  return askAuthentication(call, kept)
}

/** Whether a card asks its owner: `unless set up` asks on every visit, and off session until it was set up. */
function asksAuthentication(behaviour: CardBehaviour, method: Method, offSession: boolean): boolean {
  if (behaviour === 'authenticates always') return true
  return behaviour === 'authenticates unless set up' && !(offSession && method.hidden.setUp)
}

function askAuthentication(call: Call, kept: Intent): Body {
  const { body, hidden } = kept
  body.status = 'requires_action'
  body.next_action = nextAction(call, body.id, body.client_secret ?? '', hidden.returnUrl, hidden.useSdk)
  saveObject(call.sandbox.store, 'payment_intent', kept)
  recordEvent(call, 'payment_intent.requires_action', body)
  return body
}

/** What a browser must do: go to the sandbox's page, or let the browser script open it in a dialog. */
export function nextAction(
  call: Call,
  id: string,
  secret: string,
  returnUrl: string | undefined,
  useSdk: boolean | undefined,
): Stripe.PaymentIntent.NextAction & Stripe.SetupIntent.NextAction {
  const url = `${call.sandbox.origin}/authenticate/${id}?client_secret=${secret}`
  if (returnUrl && !useSdk) {
    return { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } }
  }
  return { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } }
}

/** The person finished the authentication page: the intent is charged, or awaits another method. */
export function finishAuthentication(call: Call, kept: Intent, passed: boolean): void {
  const { body } = kept
  if (body.status !== 'requires_action') return
  const id = idOf(body.payment_method)
  if (!id) throw missingParam('payment_method')
  const method = namedObject(call, 'payment_method', id, 'payment_method')
  body.next_action = null
  if (!passed) {
    failAuthentication(call, kept, method)
  } else if (body.confirmation_method === 'manual') {
    body.status = 'requires_confirmation'
    saveObject(call.sandbox.store, 'payment_intent', kept)
  } else {
    chargeIntent(call, kept, method, true)
  }
}

function failAuthentication(call: Call, kept: Intent, method: Method): void {
  Object.assign(kept.body, {
    status: 'requires_payment_method',
    payment_method: null,
    last_payment_error: {
      code: 'payment_intent_authentication_failure',
      doc_url: 'https://stripe.com/docs/error-codes/payment-intent-authentication-failure',
      message:
        'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
      payment_method: method.body,
      type: 'invalid_request_error',
    },
  } satisfies Partial<Body>)
  saveObject(call.sandbox.store, 'payment_intent', kept)
  recordEvent(call, 'payment_intent.payment_failed', kept.body)
}
