import type Stripe from 'stripe'
import type { Call } from './call.ts'
import { ApiError, invalid } from './errors.ts'
import { newClientSecret, newId } from './ids.ts'
import { type Kept, namedObject } from './objects.ts'
import { choice, flag, has, integer, mergedMetadata, type Params, required, textOrNull, texts } from './params.ts'

export type Intent = Kept<'payment_intent'>

export const USAGES = ['off_session', 'on_session'] as const

/** The amount in cents, within Stripe's limits for US dollars. */
export function readAmount(params: Params): number {
  required(params, 'amount')
  const amount = integer(params, 'amount') ?? 0
  if (amount < 1) {
    throw invalid('This value must be greater than or equal to 1.', 'amount', 'parameter_invalid_integer')
  }
  if (amount < 50) throw invalid('Amount must be at least $0.50 usd', 'amount', 'amount_too_small')
  if (amount > 99_999_999) throw invalid('Amount must be no more than $999,999.99', 'amount', 'amount_too_large')
  return amount
}

/** The customer that a parameter names, checked to exist. */
export function readCustomer(call: Call): string | null {
  const customer = textOrNull(call.params, 'customer')
  if (customer) namedObject(call, 'customer', customer, 'customer')
  return customer
}

function automaticMethods(params: Params): Stripe.PaymentIntent.AutomaticPaymentMethods | null {
  if (has(params, 'payment_method_types') || has(params, 'allowed_payment_method_types')) return null
  if (flag(params, 'automatic_payment_methods.enabled') === false) return null
  const redirects = choice(params, 'automatic_payment_methods.allow_redirects', ['always', 'never'] as const)
  return { allow_redirects: redirects ?? 'always', enabled: true }
}

function readSuffix(params: Params): string | null {
  const suffix = textOrNull(params, 'statement_descriptor_suffix')
  if (suffix && (suffix.length > 22 || /[<>\\'"*]/.test(suffix))) {
    throw invalid('The statement descriptor suffix is invalid.', 'statement_descriptor_suffix')
  }
  return suffix
}

/** An intent that awaits a payment method, from the request's parameters. */
export function intentBody(call: Call, amount: number, currency: string): Stripe.PaymentIntent {
  const { params } = call
  const id = newId('pi')
  const allowed = texts(params, 'allowed_payment_method_types')
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: allowed.length > 0 ? allowed : null,
    amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: automaticMethods(params),
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: newClientSecret(id),
    confirmation_method: choice(params, 'confirmation_method', ['automatic', 'manual'] as const) ?? 'automatic',
    created: call.now,
    currency,
    customer: readCustomer(call),
    customer_account: null,
    description: textOrNull(params, 'description'),
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergedMetadata(params),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: textOrNull(params, 'receipt_email'),
    review: null,
    setup_future_usage: choice(params, 'setup_future_usage', USAGES) ?? null,
    shipping: null,
    source: null,
    statement_descriptor: textOrNull(params, 'statement_descriptor'),
    statement_descriptor_suffix: readSuffix(params),
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: textOrNull(params, 'transfer_group'),
  }
}

export function unexpectedState(message: string, intent: Stripe.PaymentIntent): ApiError {
  const code = 'payment_intent_unexpected_state'
  return new ApiError(400, { type: 'invalid_request_error', code, message, payment_intent: intent }, true)
}
