import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { paying, type Running, refusal, removeData, startSandbox } from './running.ts'

let sandbox: Running
let stripe: Stripe

beforeAll(async () => {
  sandbox = await startSandbox()
  stripe = sandbox.sdk((await sandbox.sdk().accounts.create()).id)
})

afterAll(async () => {
  await sandbox.stop()
  removeData(sandbox)
})

test('a payment is refunded in parts, never above what is left', async () => {
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa'))
  const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 8500, metadata: { refund_id: 'r1' } })
  expect(part).toMatchObject({
    status: 'succeeded',
    amount: 8500,
    payment_intent: intent.id,
    metadata: { refund_id: 'r1' },
  })
  const tooMuch = await refusal(stripe.refunds.create({ payment_intent: intent.id, amount: 10001 }))
  expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' })
  expect(tooMuch.message).toBe('Refund amount ($100.01) is greater than unrefunded amount on charge ($100.00)')
  const rest = await stripe.refunds.create({ charge: String(intent.latest_charge) })
  expect(rest.amount).toBe(10000)
  expect(await stripe.charges.retrieve(String(intent.latest_charge))).toMatchObject({
    refunded: true,
    amount_refunded: 18500,
  })
  const again = await refusal(stripe.refunds.create({ payment_intent: intent.id }))
  expect(again.code).toBe('charge_already_refunded')
  const { data } = await stripe.refunds.list({ payment_intent: intent.id })
  expect(data.map(one => one.id)).toEqual([rest.id, part.id])
})

test('fifty refunds at once never give back more than was captured', async () => {
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa'))
  const tries = Array.from({ length: 50 }, () => stripe.refunds.create({ payment_intent: intent.id, amount: 1000 }))
  const done = (await Promise.allSettled(tries)).filter(one => one.status === 'fulfilled')
  expect(done).toHaveLength(18)
})

test('an intent that was not paid has nothing to refund', async () => {
  const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'usd' })
  expect((await refusal(stripe.refunds.create({ payment_intent: intent.id }))).message).toContain('successful charge')
})

async function disputed(card = 'pm_card_createDispute'): Promise<Stripe.Dispute> {
  const intent = await stripe.paymentIntents.create(paying(card))
  const { data } = await stripe.disputes.list({ payment_intent: intent.id })
  const [dispute] = data
  if (!dispute) throw new Error('No dispute was made.')
  return dispute
}

async function eventTypes(dispute: string): Promise<string[]> {
  const { data } = await stripe.events.list({ type: 'charge.dispute.*', limit: 100 })
  return data.filter(event => Reflect.get(event.data.object, 'id') === dispute).map(event => event.type)
}

test('the disputed card pays, and its money is withdrawn at once', async () => {
  const dispute = await disputed()
  expect(dispute).toMatchObject({ status: 'needs_response', amount: 18500, reason: 'fraudulent' })
  expect(dispute.balance_transactions).toMatchObject([{ amount: -18500, fee: 1500 }])
  expect((await stripe.charges.retrieve(String(dispute.charge))).disputed).toBe(true)
  expect((await refusal(stripe.refunds.create({ charge: String(dispute.charge) }))).code).toBe('charge_disputed')
  expect(await eventTypes(dispute.id)).toEqual(['charge.dispute.funds_withdrawn', 'charge.dispute.created'])
})

test('an inquiry moves no money until it becomes a dispute', async () => {
  const inquiry = await disputed('pm_card_createDisputeInquiry')
  expect(inquiry).toMatchObject({ status: 'warning_needs_response', balance_transactions: [] })
  const escalated = await stripe.disputes.update(inquiry.id, {
    evidence: { uncategorized_text: 'escalate_inquiry_evidence' },
  })
  expect(escalated).toMatchObject({ status: 'needs_response', balance_transactions: [{ amount: -18500, fee: 1500 }] })
  expect(escalated.created).toBe(inquiry.created)
})

test('winning evidence brings the money back', async () => {
  const dispute = await disputed()
  const won = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } })
  expect(won).toMatchObject({ status: 'won', evidence_details: { submission_count: 1, has_evidence: true } })
  expect((await eventTypes(dispute.id)).slice(0, 2)).toEqual([
    'charge.dispute.closed',
    'charge.dispute.funds_reinstated',
  ])
  expect((await refusal(stripe.disputes.close(dispute.id))).statusCode).toBe(400)
})

test('losing evidence, or closing, loses the dispute; a draft changes nothing', async () => {
  const draft = await disputed()
  const kept = await stripe.disputes.update(draft.id, { evidence: { customer_name: 'Maria' }, submit: false })
  expect(kept).toMatchObject({ status: 'needs_response', evidence: { customer_name: 'Maria' } })
  const lost = await stripe.disputes.update(draft.id, {
    evidence: { uncategorized_text: 'losing_evidence' },
    submit: true,
  })
  expect(lost.status).toBe('lost')
  expect((await stripe.disputes.close((await disputed()).id)).status).toBe('lost')
})

test('a refund made by hand looks like any other, without a word of those who charged', async () => {
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa'))
  const made = await sandbox.control('refunds', { payment_intent: intent.id, amount: 500, status: 'pending' })
  expect(await stripe.refunds.retrieve(String(made.id))).toMatchObject({ amount: 500, status: 'pending', metadata: {} })
  const charge = () => stripe.charges.retrieve(String(intent.latest_charge))
  expect((await charge()).amount_refunded).toBe(500)
  await sandbox.control('refunds/end', { refund: made.id, status: 'succeeded' })
  expect((await stripe.refunds.retrieve(String(made.id))).status).toBe('succeeded')
  const tooMuch = sandbox.control('refunds', { payment_intent: intent.id, amount: 18001 })
  await expect(tooMuch).rejects.toThrow('greater than unrefunded amount')
  const { data } = await stripe.events.list({ types: ['refund.created', 'refund.updated'], limit: 2 })
  expect(data.map(event => event.type)).toEqual(['refund.updated', 'refund.created'])
})

test('a refund that the bank sends back is failed, and its money is on the charge again', async () => {
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa'))
  const made = await stripe.refunds.create({ payment_intent: intent.id, amount: 700 })
  await sandbox.control('refunds/end', { refund: made.id, status: 'failed' })
  await sandbox.control('refunds/end', { refund: made.id, status: 'failed' })
  expect(await stripe.refunds.retrieve(made.id)).toMatchObject({ status: 'failed' })
  expect((await stripe.charges.retrieve(String(intent.latest_charge))).amount_refunded).toBe(0)
})

test('a bank may dispute a part of a charge, later, also of one that was refunded', async () => {
  const intent = await stripe.paymentIntents.create(paying('pm_card_visa'))
  await stripe.refunds.create({ payment_intent: intent.id, amount: 18000 })
  const dispute = await sandbox.control('disputes', { payment_intent: intent.id, amount: 1000 })
  expect(await stripe.disputes.retrieve(String(dispute.id))).toMatchObject({ amount: 1000, status: 'needs_response' })
  const refused = await refusal(stripe.refunds.create({ payment_intent: intent.id, amount: 100 }))
  expect(refused.code).toBe('charge_disputed')
  const tooMuch = sandbox.control('disputes', { charge: intent.latest_charge, amount: 18501 })
  await expect(tooMuch).rejects.toThrow('At most 18500')
})
