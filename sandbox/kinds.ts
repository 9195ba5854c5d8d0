import type Stripe from 'stripe'

/** Every kind of object that the sandbox keeps, in the shape of Stripe's own SDK. */
export interface Kinds {
  account: Stripe.Account
  balance_transaction: Stripe.BalanceTransaction
  charge: Stripe.Charge
  'checkout.session': Stripe.Checkout.Session
  customer: Stripe.Customer
  deleted_customer: Stripe.DeletedCustomer
  dispute: Stripe.Dispute
  event: Stripe.Event
  payment_intent: Stripe.PaymentIntent
  payment_method: Stripe.PaymentMethod
  refund: Stripe.Refund
  setup_intent: Stripe.SetupIntent
  webhook_endpoint: Stripe.WebhookEndpoint
}

export type Kind = keyof Kinds

/** What the sandbox remembers about an object and never shows. */
export interface Hidden {
  /** Payment method: the test card's first token, which decides how it behaves. */
  card?: string
  /** Payment method: it paid once without a customer, or was detached, and may not be used again. */
  spent?: boolean
  /** Payment method: it was authenticated for later use. */
  setUp?: boolean
  /** Intent: where the person goes after authentication. */
  returnUrl?: string
  /** Intent: the browser script handles its next action. */
  useSdk?: boolean
  /** Intent: the Checkout Session it belongs to. */
  session?: string
  /** Checkout Session: what its intent will be made of. */
  intentData?: string
  /** Checkout Session: its lines, as shown on the hosted page. */
  lines?: Line[]
  /** Checkout Session: what the last attempt was refused for. */
  refused?: string
  /** Webhook endpoint. */
  secret?: string
  connect?: boolean
}

export interface Line {
  name: string
  quantity: number
  unitAmount: number
}

/** What stands after "No such" in Stripe's message, and the parameter it names for an id in the path. */
export const NOUNS: Record<Kind, { noun: string; param: string }> = {
  account: { noun: 'account', param: 'account' },
  balance_transaction: { noun: 'balance transaction', param: 'id' },
  charge: { noun: 'charge', param: 'charge' },
  'checkout.session': { noun: 'checkout.session', param: 'session' },
  customer: { noun: 'customer', param: 'id' },
  deleted_customer: { noun: 'customer', param: 'id' },
  dispute: { noun: 'dispute', param: 'dispute' },
  event: { noun: 'event', param: 'id' },
  payment_intent: { noun: 'payment_intent', param: 'intent' },
  payment_method: { noun: 'PaymentMethod', param: 'payment_method' },
  refund: { noun: 'refund', param: 'refund' },
  setup_intent: { noun: 'setupintent', param: 'intent' },
  webhook_endpoint: { noun: 'webhook endpoint', param: 'webhook_endpoint' },
}

/** The API version that the SDK in package.json pins. */
export const API_VERSION = '2026-10-28.endive'
