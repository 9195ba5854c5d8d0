import type Stripe from 'stripe'
import type { Call } from './call.ts'
import { recordEvent } from './events.ts'
import { newId, randomText } from './ids.ts'
import { filterBy, LIST_PARAMS, listPage } from './lists.ts'
import { getObject, saveObject } from './objects.ts'
import { allowOnly, has, mergedMetadata, textOrNull } from './params.ts'

/** A captured charge of the intent's whole amount with this method. */
export function chargeBody(
  call: Call,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  authenticated: boolean,
): Stripe.Charge {
  const id = newId('ch')
  return {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: intent.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details as Stripe.Charge.BillingDetails,
    calculated_statement_descriptor: intent.statement_descriptor_suffix,
    captured: true,
    created: call.now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: paidOutcome(),
    paid: true,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: { card: cardDetails(intent.amount, method, authenticated), type: 'card' },
    radar_options: {},
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: `${call.sandbox.origin}/receipts/${id}`,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: intent.transfer_group,
  }
}

function paidOutcome(): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: 'approved_by_network',
    reason: null,
    risk_level: 'normal',
    risk_score: 10,
    seller_message: 'Payment complete.',
    type: 'authorized',
  }
}

type CardDetails = Stripe.Charge.PaymentMethodDetails.Card

function cardDetails(amount: number, { card }: Stripe.PaymentMethod, authenticated: boolean): CardDetails {
  return {
    amount_authorized: amount,
    authorization_code: randomText(6).toUpperCase(),
    brand: card?.brand ?? null,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: card?.checks ? 'pass' : null },
    country: card?.country ?? null,
    electronic_commerce_indicator: authenticated ? '05' : null,
    exp_month: card?.exp_month ?? 1,
    exp_year: card?.exp_year ?? 2000,
    extended_authorization: { status: 'disabled' },
    fingerprint: card?.fingerprint,
    funding: card?.funding ?? null,
    incremental_authorization: { status: 'unavailable' },
    installments: null,
    last4: card?.last4 ?? null,
    mandate: null,
    multicapture: { status: 'unavailable' },
    network: card?.brand ?? null,
    network_token: { used: false },
    network_transaction_id: randomText(15),
    overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
    regulated_status: 'unregulated',
    three_d_secure: authenticated ? threeDSecure() : null,
    transaction_link_id: null,
    wallet: null,
  }
}

function threeDSecure(): Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure {
  return {
    authentication_flow: 'challenge',
    electronic_commerce_indicator: '05',
    exemption_indicator: null,
    result: 'authenticated',
    result_reason: null,
    transaction_id: randomText(20),
    version: '2.2.0',
  }
}

export function retrieveCharge(call: Call, id: string): Stripe.Charge {
  return getObject(call, 'charge', id).body
}

export function updateCharge(call: Call, id: string): Stripe.Charge {
  allowOnly(call.params, ['description', 'metadata', 'receipt_email'])
  const kept = getObject(call, 'charge', id)
  if (has(call.params, 'description')) kept.body.description = textOrNull(call.params, 'description')
  kept.body.metadata = mergedMetadata(call.params, kept.body.metadata)
  saveObject(call.sandbox.store, 'charge', kept)
  recordEvent(call, 'charge.updated', kept.body)
  return kept.body
}

export function listCharges(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'customer', 'payment_intent', 'transfer_group'])
  const filters = [...filterBy(call, 'customer'), ...filterBy(call, 'payment_intent')]
  return listPage(call, 'charge', '/v1/charges', filters)
}
