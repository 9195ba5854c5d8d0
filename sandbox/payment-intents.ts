import type Stripe from 'stripe'
import type { Call } from './call.ts'
import { confirmIntent, readMethod, requireReturnUrl } from './confirm.ts'
import { invalid } from './errors.ts'
import { recordEvent } from './events.ts'
import { filterBy, LIST_PARAMS, listPage } from './lists.ts'
import { getObject, insertObject, saveObject } from './objects.ts'
import { allowOnly, choice, flag, has, mergedMetadata, required, text, textOrNull } from './params.ts'
import { type Intent, intentBody, readAmount, readCustomer, USAGES, unexpectedState } from './payment-intent-body.ts'

const CREATE = [
  'amount',
  'currency',
  'allowed_payment_method_types',
  'automatic_payment_methods',
  'capture_method',
  'confirm',
  'confirmation_method',
  'customer',
  'description',
  'error_on_requires_action',
  'excluded_payment_method_types',
  'mandate_data',
  'metadata',
  'off_session',
  'payment_method',
  'payment_method_data',
  'payment_method_options',
  'payment_method_types',
  'receipt_email',
  'return_url',
  'setup_future_usage',
  'shipping',
  'statement_descriptor',
  'statement_descriptor_suffix',
  'transfer_group',
  'use_stripe_sdk',
]
const UPDATE = [
  'amount',
  'customer',
  'description',
  'metadata',
  'payment_method',
  'receipt_email',
  'setup_future_usage',
]
const CANCELABLE = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
  'processing',
]
const REASONS = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] as const

/** Makes an intent and, with `confirm`, charges it at once. */
export function createIntent(call: Call): Stripe.PaymentIntent {
  const { params } = call
  allowOnly(params, CREATE)
  const intent = intentBody(call, readAmount(params), required(params, 'currency').toLowerCase())
  const confirm = flag(params, 'confirm') ?? false
  if (!confirm) {
    for (const name of ['off_session', 'return_url', 'error_on_requires_action', 'mandate_data']) {
      if (has(params, name)) throw invalid(`You cannot set \`${name}\` when \`confirm\` is not \`true\`.`, name)
    }
  } else requireReturnUrl(call, intent)
  const method = readMethod(call, intent)
  intent.payment_method = method?.body.id ?? null
  if (method) intent.status = 'requires_confirmation'
  const kept = insertObject(call, 'payment_intent', intent)
  recordEvent(call, 'payment_intent.created', intent)
  return confirm ? confirmIntent(call, kept, method) : intent
}

/** The intent; with a publishable key only for who knows its client secret, and without what is the practice's own. */
export function retrieveIntent(call: Call, id: string): Stripe.PaymentIntent {
  const { body } = getObject(call, 'payment_intent', id)
  if (!call.publishable) return body
  if (text(call.params, 'client_secret') !== body.client_secret) {
    throw invalid('The client_secret provided does not match the client_secret associated with the PaymentIntent.')
  }
  return { ...body, metadata: {}, customer: null }
}

export function updateIntent(call: Call, id: string): Stripe.PaymentIntent {
  const { params } = call
  allowOnly(params, UPDATE)
  const kept = getObject(call, 'payment_intent', id)
  const { body } = kept
  const open = ['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(body.status)
  if (
    !open &&
    Object.keys(params).some(name => !['metadata', 'description', 'receipt_email', 'expand'].includes(name))
  ) {
    throw unexpectedState(
      `This PaymentIntent's parameters could not be updated because it has a status of ${body.status}.`,
      body,
    )
  }
  if (has(params, 'amount')) body.amount = readAmount(params)
  if (has(params, 'customer')) body.customer = readCustomer(call)
  if (has(params, 'description')) body.description = textOrNull(params, 'description')
  if (has(params, 'receipt_email')) body.receipt_email = textOrNull(params, 'receipt_email')
  body.setup_future_usage = choice(params, 'setup_future_usage', USAGES) ?? body.setup_future_usage
  body.metadata = mergedMetadata(params, body.metadata)
  const method = readMethod(call, body)
  if (method)
    Object.assign(body, { payment_method: method.body.id, status: 'requires_confirmation', next_action: null })
  saveObject(call.sandbox.store, 'payment_intent', kept)
  return body
}

export function listIntents(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'customer'])
  return listPage(call, 'payment_intent', '/v1/payment_intents', filterBy(call, 'customer'))
}

/** Cancels what is not yet paid; an intent of an open Checkout Session is canceled by expiring the session. */
export function cancelIntent(call: Call, id: string): Stripe.PaymentIntent {
  allowOnly(call.params, ['cancellation_reason'])
  const kept = getObject(call, 'payment_intent', id)
  const { body, hidden } = kept
  if (!CANCELABLE.includes(body.status)) {
    throw unexpectedState(
      `You cannot cancel this PaymentIntent because it has a status of ${body.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELABLE.join(', ')}.`,
      body,
    )
  }
  const session = hidden.session ? getObject(call, 'checkout.session', hidden.session).body : null
  if (session?.status === 'open') {
    throw unexpectedState(
      'You cannot cancel a PaymentIntent of an open Checkout Session. Expire the session instead.',
      body,
    )
  }
  return markCanceled(call, kept, choice(call.params, 'cancellation_reason', REASONS) ?? null)
}

export function markCanceled(
  call: Call,
  kept: Intent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  Object.assign(kept.body, {
    status: 'canceled',
    canceled_at: call.now,
    cancellation_reason: reason,
    next_action: null,
  } satisfies Partial<Stripe.PaymentIntent>)
  saveObject(call.sandbox.store, 'payment_intent', kept)
  recordEvent(call, 'payment_intent.canceled', kept.body)
  return kept.body
}

/** Confirms by the API: with a new method, a return URL, or as the intent stands. */
export function confirmByApi(call: Call, id: string): Stripe.PaymentIntent {
  allowOnly(call.params, [
    'payment_method',
    'payment_method_data',
    'payment_method_options',
    'return_url',
    'use_stripe_sdk',
    'off_session',
    'setup_future_usage',
    'receipt_email',
    'error_on_requires_action',
    'mandate_data',
    'shipping',
  ])
  const kept = getObject(call, 'payment_intent', id)
  requireReturnUrl(call, kept.body)
  kept.body.setup_future_usage = choice(call.params, 'setup_future_usage', USAGES) ?? kept.body.setup_future_usage
  return confirmIntent(call, kept, readMethod(call, kept.body))
}
