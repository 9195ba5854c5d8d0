import type Stripe from 'stripe'
import type { Call } from './call.ts'
import { invalid, missingParam } from './errors.ts'
import { randomText } from './ids.ts'
import type { Line } from './kinds.ts'
import { choice, group, integer, mergedMetadata, type Params, required, textOrNull } from './params.ts'
import { readCustomer } from './payment-intent-body.ts'

const DAY = 86_400

/** The lines to pay for, each with its own price. */
export function readLines(params: Params): (Line & { currency: string })[] {
  const items = Object.keys(group(params, 'line_items') ?? {})
  if (items.length === 0) throw missingParam('line_items')
  return items.map(item => {
    const at = `line_items.${item}`
    const unitAmount = integer(params, `${at}.price_data.unit_amount`)
    if (unitAmount === undefined || unitAmount < 0) throw missingParam(`line_items[${item}][price_data][unit_amount]`)
    return {
      name: required(params, `${at}.price_data.product_data.name`),
      quantity: integer(params, `${at}.quantity`) ?? 1,
      unitAmount,
      currency: required(params, `${at}.price_data.currency`).toLowerCase(),
    }
  })
}

function readUrl(params: Params, name: string, isRequired: boolean): string | null {
  const url = isRequired ? required(params, name) : textOrNull(params, name)
  if (url && !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw invalid('Not a valid URL', name, 'url_invalid')
  return url
}

function readExpiry(call: Call): number {
  const expires = integer(call.params, 'expires_at') ?? call.now + DAY
  if (expires >= call.now + 1790 && expires <= call.now + DAY + 10) return expires
  throw invalid(
    'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
    'expires_at',
  )
}

/** An open session, from the request's parameters. */
export function sessionBody(
  call: Call,
  mode: 'payment' | 'setup',
  lines: (Line & { currency: string })[],
): Stripe.Checkout.Session {
  const { params } = call
  const id = `cs_test_a1${randomText(56)}`
  const total = lines.reduce((sum, line) => sum + line.unitAmount * line.quantity, 0)
  if (mode === 'payment' && total < 50) {
    throw invalid(
      "The Checkout Session's total amount due must add up to at least $0.50 usd",
      undefined,
      'amount_too_small',
    )
  }
  return {
    id,
    object: 'checkout.session',
    ...nothingElse(),
    amount_subtotal: mode === 'payment' ? total : null,
    amount_total: mode === 'payment' ? total : null,
    cancel_url: readUrl(params, 'cancel_url', false),
    client_reference_id: textOrNull(params, 'client_reference_id'),
    created: call.now,
    currency: lines[0]?.currency ?? textOrNull(params, 'currency'),
    customer: readCustomer(call),
    customer_creation:
      mode === 'payment'
        ? (choice(params, 'customer_creation', ['always', 'if_required'] as const) ?? 'if_required')
        : null,
    customer_email: textOrNull(params, 'customer_email'),
    expires_at: readExpiry(call),
    locale: textOrNull(params, 'locale') as Stripe.Checkout.Session.Locale | null,
    metadata: mergedMetadata(params),
    mode,
    payment_status: mode === 'payment' ? 'unpaid' : 'no_payment_required',
    status: 'open',
    submit_type: textOrNull(params, 'submit_type') as Stripe.Checkout.Session.SubmitType | null,
    success_url: readUrl(params, 'success_url', true),
    total_details: mode === 'payment' ? { amount_discount: 0, amount_shipping: 0, amount_tax: 0 } : null,
    url: `${call.sandbox.origin}/checkout/${id}`,
  }
}

/** What a session of this sandbox never has. */
function nothingElse() {
  return {
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer_account: null,
    customer_details: null,
    discounts: [],
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    managed_payments: { enabled: false },
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    subscription: null,
    ui_mode: 'hosted_page',
    wallet_options: null,
  }
}
