import type Stripe from 'stripe'
import { insertBalanceTransaction } from './balance-transactions.ts'
import type { Call } from './call.ts'
import { forbiddenByState, invalid } from './errors.ts'
import { recordEvent } from './events.ts'
import { newId } from './ids.ts'
import { filterBy, LIST_PARAMS, listPage } from './lists.ts'
import { getObject, insertObject, type Kept, saveObject } from './objects.ts'
import { allowOnly, flag, group, mergedMetadata } from './params.ts'

type Dispute = Stripe.Dispute

const FEE = 1500
const OPEN = ['needs_response', 'warning_needs_response']

const EVIDENCE = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
] as const

/** The cardholder's bank takes the charge back, or part of it, also where it was refunded: the amount and a fee leave the account at once. */
export function openDispute(
  call: Call,
  charge: Stripe.Charge,
  amount = charge.amount_captured - charge.amount_refunded,
): Stripe.Dispute {
  const kept = insertDispute(call, charge, 'needs_response', amount)
  withdraw(call, kept)
  recordEvent(call, 'charge.dispute.created', kept.body)
  recordEvent(call, 'charge.dispute.funds_withdrawn', kept.body)
  return kept.body
}

/** The bank only asks about the charge: no money moves, unless it becomes a dispute later. */
export function openInquiry(call: Call, charge: Stripe.Charge): void {
  const amount = charge.amount_captured - charge.amount_refunded
  recordEvent(call, 'charge.dispute.created', insertDispute(call, charge, 'warning_needs_response', amount).body)
}

function insertDispute(call: Call, charge: Stripe.Charge, status: Dispute['status'], amount: number): Kept<'dispute'> {
  charge.disputed = true
  saveObject(call.sandbox.store, 'charge', { body: charge, hidden: {} })
  return insertObject(call, 'dispute', disputeBody(call, charge, { id: newId('du'), status, amount }))
}

function withdraw(call: Call, kept: Kept<'dispute'>): void {
  const { id, amount, currency, balance_transactions } = kept.body
  balance_transactions.push(insertBalanceTransaction(call, 'adjustment', -amount, id, FEE, currency))
  saveObject(call.sandbox.store, 'dispute', kept)
}

function disputeBody(
  call: Call,
  charge: Stripe.Charge,
  { id, status, amount }: Pick<Dispute, 'id' | 'status' | 'amount'>,
): Dispute {
  return {
    id,
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: call.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence(),
    evidence_details: {
      due_by: call.now + 9 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: null as unknown as Stripe.Dispute.EvidenceDetails.SubmissionMethod,
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: { brand: 'visa', case_type: 'chargeback', network: 'visa', network_reason_code: '10.4' },
      type: 'card',
    } as Stripe.Dispute.PaymentMethodDetails,
    reason: 'fraudulent',
    status,
  }
}

function noEvidence(): Dispute['evidence'] {
  const empty = Object.fromEntries(EVIDENCE.map(name => [name, null]))
  return { ...empty, enhanced_evidence: {} } as unknown as Dispute['evidence']
}

export function retrieveDispute(call: Call, id: string): Dispute {
  return getObject(call, 'dispute', id).body
}

/** Adds evidence and submits it; the texts `winning_evidence` and `losing_evidence` decide the dispute at once, `escalate_inquiry_evidence` makes one of an inquiry. */
export function updateDispute(call: Call, id: string): Dispute {
  const { params } = call
  allowOnly(params, ['evidence', 'submit', 'metadata', 'intended_submission_method'])
  const kept = getObject(call, 'dispute', id)
  const { body } = kept
  const given = Object.entries(group(params, 'evidence') ?? {})
  for (const [name, value] of given) {
    if (!EVIDENCE.some(one => one === name)) {
      throw invalid(`Received unknown parameter: evidence[${name}]`, 'evidence', 'parameter_unknown')
    }
    Object.assign(body.evidence, { [name]: value || null })
  }
  if (given.length > 0 && !OPEN.includes(body.status)) throw alreadyClosed()
  body.metadata = mergedMetadata(params, body.metadata)
  if (given.length > 0) body.evidence_details.has_evidence = true
  if (given.length > 0 && flag(params, 'submit') !== false) submit(call, kept)
  else save(call, kept, 'charge.dispute.updated')
  return body
}

function alreadyClosed() {
  return forbiddenByState('This dispute is already closed')
}

function submit(call: Call, kept: Kept<'dispute'>): void {
  const { body } = kept
  body.evidence_details.submission_count += 1
  const isInquiry = body.status === 'warning_needs_response'
  body.status = isInquiry ? 'warning_under_review' : 'under_review'
  save(call, kept, 'charge.dispute.updated')
  const verdict = body.evidence.uncategorized_text
  if (verdict === 'escalate_inquiry_evidence' && isInquiry) escalate(call, kept)
  if (isInquiry) return
  if (verdict === 'winning_evidence') win(call, kept)
  if (verdict === 'losing_evidence') lose(call, kept)
}

function escalate(call: Call, kept: Kept<'dispute'>): void {
  kept.body.status = 'needs_response'
  withdraw(call, kept)
  recordEvent(call, 'charge.dispute.updated', kept.body)
  recordEvent(call, 'charge.dispute.funds_withdrawn', kept.body)
}

function win(call: Call, kept: Kept<'dispute'>): void {
  const { body } = kept
  const back = insertBalanceTransaction(call, 'adjustment', body.amount, body.id, -FEE, body.currency)
  body.balance_transactions.push(back)
  body.status = 'won'
  save(call, kept, 'charge.dispute.funds_reinstated')
  recordEvent(call, 'charge.dispute.closed', body)
}

function lose(call: Call, kept: Kept<'dispute'>): void {
  kept.body.status = 'lost'
  save(call, kept, 'charge.dispute.closed')
}

function save(call: Call, kept: Kept<'dispute'>, event: string): void {
  saveObject(call.sandbox.store, 'dispute', kept)
  recordEvent(call, event, kept.body)
}

/** Accepts the dispute: it is lost. */
export function closeDispute(call: Call, id: string): Dispute {
  allowOnly(call.params, [])
  const kept = getObject(call, 'dispute', id)
  if (!OPEN.includes(kept.body.status)) throw alreadyClosed()
  lose(call, kept)
  return kept.body
}

export function listDisputes(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'charge', 'payment_intent'])
  return listPage(call, 'dispute', '/v1/disputes', [...filterBy(call, 'charge'), ...filterBy(call, 'payment_intent')])
}
