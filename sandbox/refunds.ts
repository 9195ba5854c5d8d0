import type Stripe from 'stripe'
import { insertBalanceTransaction } from './balance-transactions.ts'
import type { Call } from './call.ts'
import { forbiddenByState, invalid } from './errors.ts'
import { recordEvent } from './events.ts'
import { newId, randomText } from './ids.ts'
import { filterBy, LIST_PARAMS, listPage } from './lists.ts'
import { getObject, idOf, insertObject, type Kept, namedObject, saveObject } from './objects.ts'
import { allowOnly, choice, integer, mergedMetadata, text } from './params.ts'

const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'] as const

/** Gives money back, whole or in part, never more than what is left of the charge. */
export function createRefund(call: Call): Stripe.Refund {
  const { params } = call
  allowOnly(params, ['amount', 'charge', 'metadata', 'payment_intent', 'reason', 'currency', 'instructions_email'])
  const charge = readCharge(call)
  const left = charge.body.amount_captured - charge.body.amount_refunded
  const asked = integer(params, 'amount')
  if (asked !== undefined && asked < 1) {
    throw invalid('This value must be greater than or equal to 1.', 'amount', 'parameter_invalid_integer')
  }
  const reason = choice(params, 'reason', REASONS) ?? null
  const metadata = mergedMetadata(params)
  refuseUnrefundable(charge.body, left, asked ?? left)
  return giveBack(call, charge, { amount: asked ?? left, reason, metadata, status: 'succeeded' })
}

/** A refund made in the processor's own dashboard: the same, without a word from those who charged. A pending one took the money too. */
export function refundByHand(
  call: Call,
  id: string,
  { amount, status }: { amount: number; status: 'succeeded' | 'pending' },
): Stripe.Refund {
  const charge = getObject(call, 'charge', id)
  const left = charge.body.amount_captured - charge.body.amount_refunded
  refuseUnrefundable(charge.body, left, amount)
  return giveBack(call, charge, { amount, reason: null, metadata: {}, status })
}

/** What becomes of a refund later: a pending one is done, or the bank sends the money of any of them back. */
export function endRefund(call: Call, id: string, status: 'succeeded' | 'failed'): Stripe.Refund {
  const kept = getObject(call, 'refund', id)
  const refund = kept.body
  const before = { status: refund.status }
  if (status === 'failed' && refund.status !== 'failed') takeBack(call, refund)
  refund.status = status
  saveObject(call.sandbox.store, 'refund', kept)
  for (const type of ['refund.updated', 'charge.refund.updated']) recordEvent(call, type, refund, before)
  if (status === 'failed') recordEvent(call, 'refund.failed', refund, before)
  return refund
}

function takeBack(call: Call, refund: Stripe.Refund): void {
  const charge = getObject(call, 'charge', idOf(refund.charge) ?? '')
  charge.body.amount_refunded -= refund.amount
  charge.body.refunded = false
  saveObject(call.sandbox.store, 'charge', charge)
  refund.failure_reason = 'expired_or_canceled_card'
  refund.failure_balance_transaction = insertBalanceTransaction(
    call,
    'refund_failure',
    refund.amount,
    refund.id,
    0,
    refund.currency,
  ).id
}

function readCharge(call: Call): Kept<'charge'> {
  const id = text(call.params, 'charge')
  const intentId = text(call.params, 'payment_intent')
  if (id) return namedObject(call, 'charge', id, 'charge')
  if (!intentId) {
    throw invalid('One of the following params should be provided for this request: payment_intent or charge.')
  }
  const intent = namedObject(call, 'payment_intent', intentId, 'payment_intent').body
  const charge = intent.status === 'succeeded' ? idOf(intent.latest_charge) : null
  if (!charge) throw forbiddenByState(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`)
  return namedObject(call, 'charge', charge, 'charge')
}

function refuseUnrefundable(charge: Stripe.Charge, left: number, amount: number): void {
  if (charge.status !== 'succeeded')
    throw forbiddenByState(`Charge ${charge.id} is not successful, so it cannot be refunded.`)
  if (left === 0) {
    throw forbiddenByState(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  }
  if (charge.disputed) {
    const message = `Charge ${charge.id} has been charged back; cannot issue a refund.`
    throw forbiddenByState(message, { code: 'charge_disputed' })
  }
  if (amount > left) {
    const message = `Refund amount (${dollars(amount)}) is greater than unrefunded amount on charge (${dollars(left)})`
    throw forbiddenByState(message, { param: 'amount' })
  }
}

function dollars(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`
}

function giveBack(
  call: Call,
  charge: Kept<'charge'>,
  { amount, reason, metadata, status }: Pick<Stripe.Refund, 'amount' | 'reason' | 'metadata' | 'status'>,
): Stripe.Refund {
  const id = newId('re')
  const { body } = charge
  const refund: Stripe.Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: insertBalanceTransaction(call, 'refund', -amount, id, 0, body.currency).id,
    charge: body.id,
    created: call.now,
    currency: body.currency,
    customer: body.customer as string | null,
    customer_account: null,
    destination_details: {
      card: {
        reference: randomText(12),
        reference_status: 'available',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    },
    metadata,
    payment_intent: body.payment_intent,
    payment_method: body.payment_method,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  }
  insertObject(call, 'refund', refund)
  const before = { amount_refunded: body.amount_refunded, refunded: body.refunded }
  body.amount_refunded += amount
  body.refunded = body.amount_refunded === body.amount_captured
  saveObject(call.sandbox.store, 'charge', charge)
  recordEvent(call, 'refund.created', refund)
  recordEvent(call, 'charge.refunded', body, before)
  return refund
}

export function retrieveRefund(call: Call, id: string): Stripe.Refund {
  return getObject(call, 'refund', id).body
}

/** Changes a refund's metadata, and says so. */
export function updateRefund(call: Call, id: string): Stripe.Refund {
  allowOnly(call.params, ['metadata'])
  const kept = getObject(call, 'refund', id)
  const before = { metadata: kept.body.metadata }
  kept.body.metadata = mergedMetadata(call.params, kept.body.metadata ?? {})
  saveObject(call.sandbox.store, 'refund', kept)
  recordEvent(call, 'refund.updated', kept.body, before)
  recordEvent(call, 'charge.refund.updated', kept.body, before)
  return kept.body
}

export function listRefunds(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'charge', 'payment_intent'])
  return listPage(call, 'refund', '/v1/refunds', [...filterBy(call, 'charge'), ...filterBy(call, 'payment_intent')])
}
