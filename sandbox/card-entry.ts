import { createHash } from 'node:crypto'
import type Stripe from 'stripe'
import { addressOf } from './addresses.ts'
import type { Call } from './call.ts'
import { brandOf, cardOfNumber, cardOfToken, hasRightCheckDigit, nameOf, type TestCard } from './cards.ts'
import { ApiError, invalid } from './errors.ts'
import { newId } from './ids.ts'
import { insertObject, type Kept } from './objects.ts'
import { choice, has, integer, mergedMetadata, required, text, textOrNull } from './params.ts'

export type Method = Kept<'payment_method'>

export const REDISPLAY = ['always', 'limited', 'unspecified'] as const

/** A payment method from the card fields of the request at `path`; refuses a wrong number, date or code, and every card but the listed ones. */
export function fromNumber(call: Call, path: string): Method {
  const { params } = call
  const number = required(params, `${path}.number`).replace(/[\s-]/g, '')
  const month = integer(params, `${path}.exp_month`) ?? 0
  const typedYear = integer(params, `${path}.exp_year`) ?? 0
  const year = typedYear < 100 ? 2000 + typedYear : typedYear
  const cvc = text(params, `${path}.cvc`)
  if (!hasRightCheckDigit(number)) throw cardError('incorrect_number', 'Your card number is incorrect.', 'number')
  if (month < 1 || month > 12) {
    throw cardError('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month')
  }
  if (isPast(call.now, month, year)) {
    throw cardError('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year')
  }
  const digits = brandOf(number) === 'amex' ? 4 : 3
  if (cvc !== undefined && !new RegExp(`^\\d{${digits}}$`).test(cvc)) {
    throw cardError('invalid_cvc', "Your card's security code is invalid.", 'cvc')
  }
  const card = cardOfNumber(number)
  if (!card) throw liveCard()
  return insertMethod(call, card, month, year, cvc !== undefined)
}

/** A new payment method from a `pm_card_…` token. */
export function fromToken(call: Call, token: string): Method {
  const card = cardOfToken(token)
  if (!card) throw invalid(`No such PaymentMethod: '${token}'`, 'payment_method', 'resource_missing')
  return insertMethod(call, card, 12, new Date(call.now * 1000).getUTCFullYear() + 2, true)
}

function isPast(now: number, month: number, year: number): boolean {
  const today = new Date(now * 1000)
  const months = year * 12 + month - (today.getUTCFullYear() * 12 + today.getUTCMonth() + 1)
  return months < 0 || months > 50 * 12
}

function cardError(code: string, message: string, param: string): ApiError {
  return new ApiError(402, { type: 'card_error', code, message, param })
}

/** What Stripe's test mode says to a card that is not one of its own; nothing of it is kept. */
function liveCard(): ApiError {
  return new ApiError(402, {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'test_mode_live_card',
    message:
      'Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
    param: 'number',
  })
}

function insertMethod(call: Call, card: TestCard, month: number, year: number, cvc: boolean): Method {
  const { params } = call
  const details = has(params, 'payment_method_data.billing_details')
    ? 'payment_method_data.billing_details'
    : 'billing_details'
  const body: Stripe.PaymentMethod = {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: choice(params, 'allow_redisplay', REDISPLAY) ?? 'unspecified',
    billing_details: {
      address: addressOf(params, `${details}.address`) ?? noAddress(),
      email: textOrNull(params, `${details}.email`),
      name: textOrNull(params, `${details}.name`),
      phone: textOrNull(params, `${details}.phone`),
      tax_id: null,
    },
    card: cardDetails(card, month, year, cvc),
    created: call.now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: call.params.type === undefined ? {} : mergedMetadata(params),
    type: 'card',
  }
  return insertObject(call, 'payment_method', body, { card: nameOf(card) })
}

function noAddress(): Stripe.Address {
  return { city: null, country: null, line1: null, line2: null, postal_code: null, state: null } as Stripe.Address
}

function cardDetails(card: TestCard, month: number, year: number, cvc: boolean): Stripe.PaymentMethod.Card {
  return {
    brand: card.brand,
    checks: {
      address_line1_check: null,
      address_postal_code_check: null,
      cvc_check: cvc ? 'unchecked' : null,
    },
    country: 'US',
    display_brand: card.brand,
    exp_month: month,
    exp_year: year,
    fingerprint: createHash('sha256').update(card.number).digest('base64url').replace(/[-_]/g, 'x').slice(0, 16),
    funding: card.funding,
    generated_from: null,
    last4: card.number.slice(-4),
    networks: { available: [card.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  }
}
