import type Stripe from 'stripe'
import { addressOf } from './addresses.ts'
import type { Call } from './call.ts'
import { fromNumber, fromToken, type Method, REDISPLAY } from './card-entry.ts'
import { keptCard } from './cards.ts'
import { ApiError, forbiddenByState, invalid } from './errors.ts'
import { recordEvent } from './events.ts'
import { filterBy, LIST_PARAMS, listPage } from './lists.ts'
import { getObject, idOf, namedObject, saveObject } from './objects.ts'
import { allowOnly, choice, group, has, integer, mergedMetadata, required, text, textOrNull } from './params.ts'

/** Makes a card payment method from a test number (`card[number]`) or a token (`card[token]=tok_visa`). */
export function createMethod(call: Call): Stripe.PaymentMethod {
  const { params } = call
  allowOnly(params, ['type', 'card', 'billing_details', 'metadata', 'allow_redisplay', 'radar_options'])
  const type = required(params, 'type')
  if (type !== 'card') throw invalid(`Invalid type: must be card`, 'type')
  const token = text(params, 'card.token')
  return (token ? fromToken(call, token.replace(/^tok_/, 'pm_card_')) : fromNumber(call, 'card')).body
}

/** The method that a parameter names; a `pm_card_…` token becomes a new method, as at Stripe. */
export function resolveMethod(call: Call, id: string, param: string): Method {
  return id.startsWith('pm_card_') ? fromToken(call, id) : namedObject(call, 'payment_method', id, param)
}

export function retrieveMethod(call: Call, id: string): Stripe.PaymentMethod {
  return getObject(call, 'payment_method', id).body
}

export function updateMethod(call: Call, id: string): Stripe.PaymentMethod {
  const { params } = call
  allowOnly(params, ['allow_redisplay', 'billing_details', 'card', 'metadata'])
  const kept = getObject(call, 'payment_method', id)
  const { body } = kept
  body.allow_redisplay = choice(params, 'allow_redisplay', REDISPLAY) ?? body.allow_redisplay
  for (const name of ['email', 'name', 'phone'] as const) {
    if (has(params, `billing_details.${name}`))
      body.billing_details[name] = textOrNull(params, `billing_details.${name}`)
  }
  if (group(params, 'billing_details.address')) {
    body.billing_details.address = addressOf(params, 'billing_details.address')
  }
  if (body.card) {
    body.card.exp_month = integer(params, 'card.exp_month') ?? body.card.exp_month
    body.card.exp_year = integer(params, 'card.exp_year') ?? body.card.exp_year
  }
  body.metadata = mergedMetadata(params, body.metadata ?? {})
  saveObject(call.sandbox.store, 'payment_method', kept)
  recordEvent(call, 'payment_method.updated', body)
  return body
}

export function attachMethod(call: Call, id: string): Stripe.PaymentMethod {
  allowOnly(call.params, ['customer'])
  const customer = required(call.params, 'customer')
  namedObject(call, 'customer', customer, 'customer')
  const method = id.startsWith('pm_card_') ? fromToken(call, id) : getObject(call, 'payment_method', id)
  const owner = idOf(method.body.customer)
  if (owner && owner !== customer) {
    throw forbiddenByState('The payment method you provided has already been attached to a customer.')
  }
  const card = keptCard(method.hidden.card)
  if (card.behaviour === 'declines') {
    const { code, declineCode, message } = card.decline
    const decline = declineCode ? { decline_code: declineCode } : {}
    throw new ApiError(402, { type: 'card_error', code, message, ...decline }, true)
  }
  if (!owner) attachTo(call, method, customer)
  return method.body
}

/** Attaches a method that is not spent; a spent one is refused. */
export function attachTo(call: Call, method: Method, customer: string): void {
  refuseSpent(method)
  method.body.customer = customer
  if (method.body.card?.checks?.cvc_check === 'unchecked') method.body.card.checks.cvc_check = 'pass'
  saveObject(call.sandbox.store, 'payment_method', method)
  recordEvent(call, 'payment_method.attached', method.body)
}

/** A method that paid once without a customer, or was detached, may not be used again. */
export function refuseSpent(method: Method): void {
  if (!method.hidden.spent) return
  throw invalid(
    'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
    'payment_method',
  )
}

export function detachMethod(call: Call, id: string): Stripe.PaymentMethod {
  allowOnly(call.params, [])
  const method = getObject(call, 'payment_method', id)
  if (!method.body.customer) {
    throw invalid('The payment method you provided is not attached to a customer so detachment is impossible.')
  }
  detachFrom(call, method)
  return method.body
}

export function detachFrom(call: Call, method: Method): void {
  const customer = idOf(method.body.customer)
  method.body.customer = null
  method.hidden.spent = true
  saveObject(call.sandbox.store, 'payment_method', method)
  recordEvent(call, 'payment_method.detached', method.body, { customer })
}

/** Lists methods of a customer (`/v1/payment_methods?customer=` or `/v1/customers/:id/payment_methods`). */
export function listMethods(call: Call, customer?: string) {
  allowOnly(call.params, [...LIST_PARAMS, 'customer', 'type', 'allow_redisplay'])
  const { params } = call
  const type = text(params, 'type')
  const redisplay = choice(params, 'allow_redisplay', REDISPLAY)
  const owner = customer ?? text(params, 'customer')
  if (owner) customer ? getObject(call, 'customer', owner) : namedObject(call, 'customer', owner, 'customer')
  return listPage(
    call,
    'payment_method',
    customer ? `/v1/customers/${customer}/payment_methods` : '/v1/payment_methods',
    [
      ...(customer ? [['customer = ?', customer] as ['customer = ?', string]] : filterBy(call, 'customer')),
      ...(type ? [['facet = ?', type] as ['facet = ?', string]] : []),
      ...(redisplay ? [[`json_extract(body, '$.allow_redisplay') = ?`, redisplay] as [string, string]] : []),
    ],
  )
}
