import type Stripe from 'stripe'
import type { Call } from './call.ts'
import { newId } from './ids.ts'
import { LIST_PARAMS, listPage } from './lists.ts'
import { getObject, insertObject } from './objects.ts'
import { allowOnly, text } from './params.ts'

const CATEGORIES = {
  charge: 'charge',
  refund: 'refund',
  refund_failure: 'refund_failure',
  adjustment: 'dispute',
} as const

/** Records a movement of the account's balance: cents in (or, below zero, out) and the processor's fee. */
export function insertBalanceTransaction(
  call: Call,
  type: keyof typeof CATEGORIES,
  amount: number,
  source: string,
  fee: number,
  currency = 'usd',
): Stripe.BalanceTransaction {
  const body: Stripe.BalanceTransaction = {
    id: newId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: call.now + 2 * 86_400,
    balance_type: 'payments',
    created: call.now,
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details: fee === 0 ? [] : [feeDetail(fee, currency)],
    net: amount - fee,
    reporting_category: CATEGORIES[type],
    source,
    status: 'pending',
    type,
  }
  return insertObject(call, 'balance_transaction', body).body
}

function feeDetail(amount: number, currency: string): Stripe.BalanceTransaction.FeeDetail {
  return { amount, application: null, currency, description: 'Stripe processing fees', type: 'stripe_fee' }
}

export function retrieveBalanceTransaction(call: Call, id: string): Stripe.BalanceTransaction {
  return getObject(call, 'balance_transaction', id).body
}

export function listBalanceTransactions(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'type', 'source'])
  const type = text(call.params, 'type')
  return listPage(call, 'balance_transaction', '/v1/balance_transactions', type ? [['facet = ?', type]] : [])
}
