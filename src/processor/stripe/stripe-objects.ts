import Stripe from 'stripe'
import type { AttemptState, Card, DisputeState, ListedCharge, RefundState, SetupState } from '../processor.ts'

/** What we read of a payment intent; `payment_method` expanded where the card matters. */
export function attemptOfIntent(intent: Stripe.PaymentIntent): AttemptState {
  const failure = intent.last_payment_error
  return {
    attempt: intent.id,
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

/** The API may add others: what we do not know is ended as a decline is. */
function intentStatus(status: Stripe.PaymentIntent.Status): AttemptState['status'] {
  if (status === 'processing') return 'clearing'
  if (status === 'requires_action') return 'waiting'
  return known(status, ['succeeded', 'canceled'], 'declined')
}

/** What we read of a page for one payment: it waits while it is open, whatever was declined there; complete, it is what it made. */
export function attemptOfPage(page: Stripe.Checkout.Session): AttemptState {
  const { payment_intent: intent } = page
  const made = intent && typeof intent !== 'string' ? attemptOfIntent(intent) : null
  return {
    intent: idOf(intent),
    amount: BigInt(page.amount_total ?? 0),
    currency: page.currency ?? '',
    practice: page.metadata?.practice,
    payment: page.metadata?.payment_id,
    card: null,
    ...made,
    attempt: page.id,
    status: pageStatus(page, made),
    actionUrl: made?.actionUrl ?? page.url,
    // Another card may be tried there: a page that expires was left, not declined.
    declineCode: page.status === 'complete' ? (made?.declineCode ?? null) : null,
  }
}

function pageStatus({ status }: Stripe.Checkout.Session, made: AttemptState | null): AttemptState['status'] {
  if (made?.status === 'succeeded' || made?.status === 'clearing') return made.status
  if (status === 'complete') return made?.status ?? 'waiting'
  return status === 'expired' ? 'canceled' : 'waiting'
}

/** The bank's reason; that its holder was not confirmed is one reason, whatever was to be confirmed. */
function declineCodeOf(failure: Stripe.PaymentIntent.LastPaymentError | null): string | null {
  if (!failure) return null
  const code = failure.decline_code ?? failure.code ?? 'card_declined'
  return code.endsWith('_intent_authentication_failure') ? 'authentication_failed' : code
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

/** What we read of keeping a card. */
export function setupState(setup: Stripe.SetupIntent): SetupState {
  const failure = setup.last_setup_error
  return {
    status: known(setup.status, ['succeeded', 'requires_action', 'canceled'], 'failed'),
    account: setup.metadata?.account,
    card: cardOf(setup.payment_method, setup.customer),
    actionUrl: setup.next_action?.redirect_to_url?.url ?? null,
    keep: setup.metadata?.keep === 'default' ? 'default' : 'save',
    declineCode: declineCodeOf(failure),
  }
}

/** The same, of the page that asked for it; one that keeps no card is refused as an unknown name is. */
export function setupOfPage({ setup_intent: setup }: Stripe.Checkout.Session): SetupState {
  if (setup && typeof setup !== 'string') return setupState(setup)
  throw new Stripe.errors.StripeInvalidRequestError({ type: 'invalid_request_error', message: 'no card is kept there' })
}

export function refundState(refund: Stripe.Refund): RefundState {
  const status =
    refund.status === 'succeeded'
      ? 'succeeded'
      : refund.status === 'failed' || refund.status === 'canceled'
        ? 'failed'
        : 'pending'
  return {
    refund: refund.id,
    status,
    amount: BigInt(refund.amount),
    ours: refund.metadata?.refund_id,
    intent: idOf(refund.payment_intent) ?? '',
    madeAt: instantOf(refund.created),
  }
}

export function disputeState(dispute: Stripe.Dispute): DisputeState {
  return {
    dispute: dispute.id,
    intent: idOf(dispute.payment_intent) ?? '',
    amount: BigInt(dispute.amount),
    reason: dispute.reason,
    status: isInquiry(dispute) ? 'inquiry' : known(dispute.status, ['won', 'lost'], 'open'),
    openedAt: instantOf(dispute.created),
    tookAt: movedAt(dispute, amount => amount < 0),
    gaveBackAt: movedAt(dispute, amount => amount > 0),
  }
}

/** When a dispute last moved money this way. */
function movedAt({ balance_transactions: moves }: Stripe.Dispute, isThisWay: (amount: number) => boolean) {
  const move = moves.findLast(each => isThisWay(each.amount))
  return move ? instantOf(move.created) : null
}

const instantOf = (seconds: number) => Temporal.Instant.fromEpochMilliseconds(seconds * 1000)

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
