import type Stripe from 'stripe'
import type {
  Card,
  DisputeState,
  IntentState,
  ListedCharge,
  ProcessorEvent,
  RefundState,
  SessionState,
  SetupState,
} from '../processor.ts'

/** What we read of a payment intent; `payment_method` expanded where the card matters. */
export function intentState(intent: Stripe.PaymentIntent): IntentState {
  const failure = intent.last_payment_error
  return {
    intent: intent.id,
    status: intentStatus(intent.status),
    amount: BigInt(intent.amount),
    currency: intent.currency,
    practice: intent.metadata.practice,
    payment: intent.metadata.payment_id,
    card: cardOf(intent.payment_method, intent.customer) ?? cardOf(failure?.payment_method ?? null, intent.customer),
    actionUrl: intent.next_action?.redirect_to_url?.url ?? null,
    declineCode: declineCodeOf(failure),
  }
}

/** The bank's reason; that its holder was not confirmed is one reason, whatever was to be confirmed. */
function declineCodeOf(failure: Stripe.PaymentIntent.LastPaymentError | null): string | null {
  if (!failure) return null
  const code = failure.decline_code ?? failure.code ?? 'card_declined'
  return code.endsWith('_intent_authentication_failure') ? 'authentication_failed' : code
}

function intentStatus(status: Stripe.PaymentIntent.Status): IntentState['status'] {
  return known(status, ['succeeded', 'processing', 'requires_action', 'canceled'], 'requires_payment_method')
}

/** The status where it is one we act on; the API may add others, which count as the last resort. */
function known<const S extends string, const L extends string>(
  status: string | null,
  statuses: readonly S[],
  lastResort: L,
): S | L {
  return statuses.find(each => each === status) ?? lastResort
}

function cardOf(method: string | Stripe.PaymentMethod | null, customer: string | { id: string } | null): Card | null {
  if (!method || typeof method === 'string' || !method.card) return null
  const { brand, last4, exp_month, exp_year } = method.card
  return { method: method.id, brand, last4, expMonth: exp_month, expYear: exp_year, customer: idOf(customer) }
}

function idOf(object: string | { id: string } | null | undefined): string | null {
  return typeof object === 'string' ? object : (object?.id ?? null)
}

/** What we read of a hosted page. */
export function sessionState(session: Stripe.Checkout.Session): SessionState {
  const { payment_intent: intent, setup_intent: setup } = session
  return {
    session: session.id,
    status: known(session.status, ['complete', 'expired'], 'open'),
    url: session.url,
    intent: intent && typeof intent !== 'string' ? intentState(intent) : null,
    setup: setup && typeof setup !== 'string' ? setupState(setup) : null,
    payment: session.metadata?.payment_id,
  }
}

/** What we read of keeping a card. */
export function setupState(setup: Stripe.SetupIntent): SetupState {
  const failure = setup.last_setup_error
  return {
    setup: setup.id,
    status: known(setup.status, ['succeeded', 'requires_action', 'canceled'], 'failed'),
    account: setup.metadata?.account,
    card: cardOf(setup.payment_method, setup.customer),
    actionUrl: setup.next_action?.redirect_to_url?.url ?? null,
    keep: setup.metadata?.keep === 'default' ? 'default' : 'save',
    declineCode: declineCodeOf(failure),
  }
}

export function refundState(refund: Stripe.Refund): RefundState {
  const status =
    refund.status === 'succeeded'
      ? 'succeeded'
      : refund.status === 'failed' || refund.status === 'canceled'
        ? 'failed'
        : 'pending'
  return { refund: refund.id, status, amount: BigInt(refund.amount), ours: refund.metadata?.refund_id }
}

export function disputeState(dispute: Stripe.Dispute): DisputeState {
  return {
    dispute: dispute.id,
    intent: idOf(dispute.payment_intent) ?? '',
    amount: BigInt(dispute.amount),
    reason: dispute.reason,
    status: isInquiry(dispute) ? 'inquiry' : known(dispute.status, ['won', 'lost'], 'open'),
    openedAt: Temporal.Instant.fromEpochMilliseconds(dispute.created * 1000),
  }
}

/** A bank's question before any dispute: no money has moved. */
function isInquiry({ status }: Stripe.Dispute): boolean {
  return status.startsWith('warning_')
}

/** What is held of a charge: captured less refunded, less what disputes took away; a failed charge holds nothing. */
export function heldOf(charge: Stripe.Charge, disputes: readonly Stripe.Dispute[]): ListedCharge {
  const taken = disputes
    .filter(each => each.status !== 'won' && !isInquiry(each))
    .reduce((sum, each) => sum + BigInt(each.amount), 0n)
  const isPaid = charge.status === 'succeeded' && charge.captured
  return {
    charge: charge.id,
    intent: idOf(charge.payment_intent) ?? '',
    payment: charge.metadata.payment_id,
    practice: charge.metadata.practice,
    captured: isPaid ? BigInt(charge.amount_captured) : 0n,
    net: isPaid ? BigInt(charge.amount_captured) - BigInt(charge.amount_refunded) - taken : 0n,
  }
}

export function eventOf(event: Stripe.Event): ProcessorEvent {
  const object = event.data.object as { id?: string }
  return {
    id: event.id,
    type: event.type,
    account: event.account ?? '',
    object: object.id ?? '',
  }
}
