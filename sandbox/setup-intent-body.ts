import type Stripe from 'stripe'
import type { Call } from './call.ts'
import { newClientSecret, newId } from './ids.ts'
import { choice, has, mergedMetadata, textOrNull } from './params.ts'
import { readCustomer } from './payment-intent-body.ts'

/** An intent that awaits a card, from the request's parameters. */
export function setupBody(call: Call): Stripe.SetupIntent {
  const { params } = call
  const id = newId('seti')
  const listed = has(params, 'payment_method_types') || has(params, 'allowed_payment_method_types')
  return {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: listed ? null : { allow_redirects: 'always', enabled: true },
    cancellation_reason: null,
    client_secret: newClientSecret(id),
    created: call.now,
    customer: readCustomer(call),
    customer_account: null,
    description: textOrNull(params, 'description'),
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: mergedMetadata(params),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: choice(params, 'usage', ['off_session', 'on_session'] as const) ?? 'off_session',
  }
}
