import type Stripe from 'stripe'
import type { Call } from './call.ts'
import type { Method } from './card-entry.ts'
import { keptCard } from './cards.ts'
import { nextAction, readMethod } from './confirm.ts'
import { ApiError, invalid } from './errors.ts'
import { recordEvent } from './events.ts'
import { newId } from './ids.ts'
import { type Filter, filterBy, LIST_PARAMS, listPage } from './lists.ts'
import { getObject, idOf, insertObject, type Kept, namedObject, saveObject } from './objects.ts'
import { allowOnly, choice, flag, text, textOrNull } from './params.ts'
import { attachTo } from './payment-methods.ts'
import { setupBody } from './setup-intent-body.ts'

type Body = Stripe.SetupIntent
export type Setup = Kept<'setup_intent'>

const CREATE = [
  'allowed_payment_method_types',
  'automatic_payment_methods',
  'confirm',
  'customer',
  'description',
  'mandate_data',
  'metadata',
  'payment_method',
  'payment_method_data',
  'payment_method_options',
  'payment_method_types',
  'return_url',
  'usage',
  'use_stripe_sdk',
]
const CANCELABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action']

/** Makes an intent to keep a card for later and, with `confirm`, tries it at once. */
export function createSetup(call: Call): Body {
  const { params } = call
  allowOnly(params, CREATE)
  const setup = setupBody(call)
  const method = readMethodFor(call, setup)
  setup.payment_method = method?.body.id ?? null
  if (method) setup.status = 'requires_confirmation'
  const kept = insertObject(call, 'setup_intent', setup)
  recordEvent(call, 'setup_intent.created', setup)
  return flag(params, 'confirm') ? confirmSetup(call, kept, method) : setup
}

function readMethodFor(call: Call, setup: Body): Method | null {
  return readMethod(call, { customer: setup.customer } as Stripe.PaymentIntent)
}

export function confirmSetupByApi(call: Call, id: string): Body {
  allowOnly(call.params, [
    'payment_method',
    'payment_method_data',
    'payment_method_options',
    'return_url',
    'use_stripe_sdk',
    'mandate_data',
  ])
  const kept = getObject(call, 'setup_intent', id)
  return confirmSetup(call, kept, readMethodFor(call, kept.body))
}

/** Tries to keep the card: it succeeds, asks for authentication, or throws the card's refusal. */
export function confirmSetup(call: Call, kept: Setup, given: Method | null): Body {
  const { body, hidden } = kept
  if (!CANCELABLE.includes(body.status)) {
    throw unexpectedState(`You cannot confirm this SetupIntent because it has a status of ${body.status}.`, body)
  }
  const current = idOf(body.payment_method)
  const method = given ?? (current ? namedObject(call, 'payment_method', current, 'payment_method') : null)
  if (!method) throw unexpectedState("You cannot confirm this SetupIntent because it's missing a payment method.", body)
  body.payment_method = method.body.id
  hidden.returnUrl = textOrNull(call.params, 'return_url') ?? undefined
  hidden.useSdk = flag(call.params, 'use_stripe_sdk') ?? false
  const card = keptCard(method.hidden.card)
  if (card.behaviour === 'declines') throw declineSetup(call, kept, method)
  if (!card.behaviour.startsWith('authenticates')) return keepCard(call, kept, method)
  body.status = 'requires_action'
  body.next_action = nextAction(call, body.id, body.client_secret ?? '', hidden.returnUrl, hidden.useSdk)
  saveObject(call.sandbox.store, 'setup_intent', kept)
  recordEvent(call, 'setup_intent.requires_action', body)
  return body
}

function keepCard(call: Call, kept: Setup, method: Method): Body {
  const { body } = kept
  Object.assign(body, { status: 'succeeded', last_setup_error: null, next_action: null } satisfies Partial<Body>)
  body.latest_attempt = newId('setatt')
  method.hidden.setUp = true
  const customer = idOf(body.customer)
  if (customer && !method.body.customer) attachTo(call, method, customer)
  else saveObject(call.sandbox.store, 'payment_method', method)
  saveObject(call.sandbox.store, 'setup_intent', kept)
  recordEvent(call, 'setup_intent.succeeded', body)
  return body
}

function declineSetup(call: Call, kept: Setup, method: Method): ApiError {
  const { code, declineCode, message } = keptCard(method.hidden.card).decline
  const error = {
    code,
    ...(declineCode ? { decline_code: declineCode } : {}),
    message,
    payment_method: method.body,
    type: 'card_error' as const,
  }
  failSetup(call, kept, error as Stripe.SetupIntent.LastSetupError)
  return new ApiError(402, { ...error, setup_intent: kept.body }, true)
}

function failSetup(call: Call, kept: Setup, error: Stripe.SetupIntent.LastSetupError): void {
  Object.assign(kept.body, {
    status: 'requires_payment_method',
    payment_method: null,
    next_action: null,
    last_setup_error: error,
  } satisfies Partial<Body>)
  saveObject(call.sandbox.store, 'setup_intent', kept)
  recordEvent(call, 'setup_intent.setup_failed', kept.body)
}

/** The person finished the authentication page: the card is kept, or the intent awaits another one. */
export function finishSetupAuthentication(call: Call, kept: Setup, passed: boolean): void {
  if (kept.body.status !== 'requires_action') return
  const method = namedObject(call, 'payment_method', idOf(kept.body.payment_method) ?? '', 'payment_method')
  if (passed) {
    keepCard(call, kept, method)
    return
  }
  failSetup(call, kept, {
    code: 'setup_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
    payment_method: method.body,
    type: 'invalid_request_error',
  } as Stripe.SetupIntent.LastSetupError)
}

export function retrieveSetup(call: Call, id: string): Body {
  const { body } = getObject(call, 'setup_intent', id)
  if (!call.publishable) return body
  if (text(call.params, 'client_secret') === body.client_secret) return { ...body, metadata: {}, customer: null }
  throw invalid('The client_secret provided does not match the client_secret associated with the SetupIntent.')
}

export function cancelSetup(call: Call, id: string): Body {
  allowOnly(call.params, ['cancellation_reason'])
  const kept = getObject(call, 'setup_intent', id)
  if (!CANCELABLE.includes(kept.body.status)) {
    throw unexpectedState(
      `You cannot cancel this SetupIntent because it has a status of ${kept.body.status}.`,
      kept.body,
    )
  }
  kept.body.status = 'canceled'
  kept.body.next_action = null
  kept.body.cancellation_reason =
    choice(call.params, 'cancellation_reason', ['abandoned', 'duplicate', 'requested_by_customer'] as const) ?? null
  saveObject(call.sandbox.store, 'setup_intent', kept)
  recordEvent(call, 'setup_intent.canceled', kept.body)
  return kept.body
}

function unexpectedState(message: string, setup: Body): ApiError {
  const code = 'setup_intent_unexpected_state'
  return new ApiError(400, { type: 'invalid_request_error', code, message, setup_intent: setup }, true)
}

export function listSetups(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'customer', 'payment_method'])
  const method = text(call.params, 'payment_method')
  const byMethod: Filter[] = method ? [[`json_extract(body, '$.payment_method') = ?`, method]] : []
  return listPage(call, 'setup_intent', '/v1/setup_intents', [...filterBy(call, 'customer'), ...byMethod])
}
