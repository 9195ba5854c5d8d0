import type Stripe from 'stripe'
import { innerCall, type Sandbox } from './call.ts'
import { chargeNow, declineIntent } from './charging.ts'
import { finishLater } from './checkout-payment.ts'
import { getObject, idOf, selectObjects } from './objects.ts'
import { emptyParams } from './params.ts'
import { inTransaction, now } from './store.ts'

/** What a bank says later to a debit that it could not make. */
const BOUNCED = {
  code: 'insufficient_funds',
  declineCode: null,
  message: "The customer's account has insufficient funds to cover this payment.",
}

/** The bank decides about a payment that was accepted: the money comes, or it does not. */
export function decideLater(sandbox: Sandbox, id: string, outcome: 'succeeded' | 'failed'): Stripe.PaymentIntent {
  const [kept] = selectObjects(sandbox.store, 'payment_intent', 'id = ?', [id])
  if (kept?.body.status !== 'processing') throw new Error(`Nothing is on its way to "${id}".`)
  const call = innerCall(sandbox, kept.account, now(sandbox.store), emptyParams())
  return inTransaction(sandbox.store, () => {
    const method = getObject(call, 'payment_method', idOf(kept.body.payment_method) ?? '')
    if (outcome === 'succeeded') chargeNow(call, kept, method, false)
    else declineIntent(call, kept, method, BOUNCED)
    if (kept.hidden.session) finishLater(call, getObject(call, 'checkout.session', kept.hidden.session), outcome)
    return kept.body
  })
}
