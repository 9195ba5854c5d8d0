import type Stripe from 'stripe'
import { insertBalanceTransaction } from './balance-transactions.ts'
import type { Call } from './call.ts'
import type { Method } from './card-entry.ts'
import { type Decline, keptCard } from './cards.ts'
import { chargeBody } from './charges.ts'
import { openDispute, openInquiry } from './disputes.ts'
import { ApiError } from './errors.ts'
import { recordEvent } from './events.ts'
import { idOf, insertObject, saveObject } from './objects.ts'
import type { Intent } from './payment-intent-body.ts'
import { attachTo } from './payment-methods.ts'
import { readSetting } from './store.ts'

/** Takes the money; where the control API says so it is accepted only, as a bank's debit is, and the bank decides later. */
export function chargeIntent(call: Call, kept: Intent, method: Method, authenticated: boolean): Stripe.PaymentIntent {
  if (readSetting(call.sandbox.store, 'clears_later') !== 'yes') return chargeNow(call, kept, method, authenticated)
  Object.assign(kept.body, { status: 'processing', next_action: null } satisfies Partial<Stripe.PaymentIntent>)
  saveObject(call.sandbox.store, 'payment_intent', kept)
  recordEvent(call, 'payment_intent.processing', kept.body)
  return kept.body
}

/** Takes the money: a charge, its balance transaction, the intent `succeeded`, and a dispute where the card says so. */
export function chargeNow(call: Call, kept: Intent, method: Method, authenticated: boolean): Stripe.PaymentIntent {
  const { body } = kept
  const charge = chargeBody(call, body, method.body, authenticated)
  const fee = Math.round(body.amount * 0.029) + 30
  charge.balance_transaction = insertBalanceTransaction(call, 'charge', body.amount, charge.id, fee).id
  insertObject(call, 'charge', charge)
  Object.assign(body, {
    status: 'succeeded',
    amount_received: body.amount,
    latest_charge: charge.id,
    last_payment_error: null,
    next_action: null,
  } satisfies Partial<Stripe.PaymentIntent>)
  saveObject(call.sandbox.store, 'payment_intent', kept)
  recordEvent(call, 'charge.succeeded', charge)
  keepMethod(call, body, method, authenticated)
  recordEvent(call, 'payment_intent.succeeded', body)
  const { behaviour } = keptCard(method.hidden.card)
  if (behaviour === 'is disputed') openDispute(call, charge)
  if (behaviour === 'is inquired about') openInquiry(call, charge)
  return body
}

/** Attaches a method that is to be used again; one that is not and has no customer is spent. */
function keepMethod(call: Call, intent: Stripe.PaymentIntent, method: Method, authenticated: boolean): void {
  const customer = idOf(intent.customer)
  const usage = intent.setup_future_usage
  if (usage === 'off_session' && authenticated) method.hidden.setUp = true
  if (!usage && !method.body.customer) method.hidden.spent = true
  if (usage && customer && !method.body.customer) attachTo(call, method, customer)
  else saveObject(call.sandbox.store, 'payment_method', method)
}

/** The card was refused: a failed charge is recorded, the intent awaits another method; returns Stripe's 402. */
export function declineIntent(call: Call, kept: Intent, method: Method, reason: Decline): ApiError {
  const { body } = kept
  const charge = failedCharge(call, kept, method, reason)
  const error = {
    charge: charge.id,
    code: reason.code,
    ...(reason.declineCode ? { decline_code: reason.declineCode } : {}),
    doc_url: `https://stripe.com/docs/error-codes/${reason.code.replaceAll('_', '-')}`,
    message: reason.message,
    payment_method: method.body,
    type: 'card_error' as const,
  }
  Object.assign(body, {
    status: 'requires_payment_method',
    payment_method: null,
    latest_charge: charge.id,
    last_payment_error: error as Stripe.PaymentIntent.LastPaymentError,
    next_action: null,
  } satisfies Partial<Stripe.PaymentIntent>)
  saveObject(call.sandbox.store, 'payment_intent', kept)
  recordEvent(call, 'charge.failed', charge)
  recordEvent(call, 'payment_intent.payment_failed', body)
  const { doc_url: _, ...shown } = error
  return new ApiError(402, { ...shown, payment_intent: body }, true)
}

function failedCharge(call: Call, kept: Intent, method: Method, reason: Decline): Stripe.Charge {
  const charge = chargeBody(call, kept.body, method.body, false)
  Object.assign(charge, {
    amount_captured: 0,
    captured: false,
    failure_code: reason.code,
    failure_message: reason.message,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'declined_by_network',
      reason: reason.declineCode ?? reason.code,
      risk_level: 'normal',
      risk_score: 20,
      seller_message: 'The bank did not return any further details with this decline.',
      type: 'issuer_declined',
    },
    paid: false,
    receipt_url: null,
    status: 'failed',
  } satisfies Partial<Stripe.Charge>)
  return insertObject(call, 'charge', charge).body
}
