import type { AccountId, PaymentId, PracticeId, RefundId } from '../kernel/ids.ts'
import type { Cents, Currency } from '../kernel/money.ts'
import type { App } from '../platform/app.ts'

/** What payments' verbs are given: the outside world with the card processor. */
export type PaymentsApp = App & { readonly processor: Processor }

/** The account at the processor that a practice's money goes to. */
export type ProcessorAccount = string

/** What the calls of one request have together (reliability 2). */
const REQUEST_MS = 8_000

/** The same app, for one request's calls of the processor. */
export function withinRequest<A extends PaymentsApp>(app: A): A {
  return { ...app, processor: app.processor.within(REQUEST_MS) }
}

export type Card = {
  readonly method: string
  readonly brand: string
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  readonly customer: string | null
}

/** One payment intent as the processor shows it. */
export type IntentState = {
  readonly intent: string
  readonly status: 'succeeded' | 'processing' | 'requires_action' | 'requires_payment_method' | 'canceled'
  readonly amount: Cents
  readonly currency: string
  readonly practice: string | undefined
  readonly payment: string | undefined
  readonly card: Card | null
  /** Where the payer authenticates, while that is asked. */
  readonly actionUrl: string | null
  /** The last decline's code, where there was one. */
  readonly declineCode: string | null
}

/** The processor's hosted page for one payment or one card to keep. */
export type SessionState = {
  readonly session: string
  readonly status: 'open' | 'complete' | 'expired'
  readonly url: string | null
  readonly intent: IntentState | null
  readonly setup: SetupState | null
  readonly payment: string | undefined
}

export type SetupState = {
  readonly setup: string
  readonly status: 'succeeded' | 'requires_action' | 'failed' | 'canceled'
  readonly account: string | undefined
  readonly card: Card | null
  readonly actionUrl: string | null
  readonly keep: 'save' | 'default'
  readonly declineCode: string | null
}

export type RefundState = {
  readonly refund: string
  readonly status: 'succeeded' | 'pending' | 'failed'
  readonly amount: Cents
  readonly ours: string | undefined
}

export type DisputeState = {
  readonly dispute: string
  readonly intent: string
  readonly amount: Cents
  readonly reason: string
  readonly status: 'inquiry' | 'open' | 'won' | 'lost'
  readonly openedAt: Temporal.Instant
}

/**
 * An answer, or `unknown`: a timeout, a reset, 409, 429, 5xx or an unreadable answer says nothing about the money (reliability 1).
 * `replayed` when the processor repeats a stored 5xx for this key, so that the same key will never say more.
 * `refused` when the processor refused the request itself as malformed or impossible: nothing was made.
 */
export type Unknown = { readonly unknown: true; readonly replayed: boolean }
export type Refused = { readonly refused: true; readonly code: string }
export type Answer<T> = { readonly value: T } | Unknown | Refused
export const UNKNOWN: Unknown = { unknown: true, replayed: false }

export type ChargeOrder = {
  readonly key: string
  readonly practice: PracticeId
  readonly payment: PaymentId
  readonly amount: Cents
  readonly currency: Currency
  readonly method: string
  readonly customer: string | null
  readonly keep: boolean
  readonly returnUrl: string
}

export type SessionOrder = Omit<ChargeOrder, 'method'> & {
  readonly cancelUrl: string
  readonly description: string
  readonly locale: 'en' | 'es'
}

export type ListedCharge = {
  readonly charge: string
  readonly intent: string
  readonly payment: string | undefined
  readonly practice: string | undefined
  /** What came in; zero for a charge that failed. */
  readonly captured: Cents
  /** What is left of it: refunds and disputes that are not won deducted. */
  readonly net: Cents
}

/** One card processor. Every call takes the processor account and has eight seconds of its own; `within` bounds several together. */
export type Processor = {
  /** The same processor, whose calls together take no longer: what would come after is unknown. */
  within(ms: number): Processor
  readonly publishableKey: string
  readonly jsUrl: string
  /** Where its pages live: what the Content-Security-Policy of pages with card entry names. */
  readonly origins: {
    readonly script: readonly string[]
    readonly frame: readonly string[]
    readonly hosted: readonly string[]
  }
  /** Its clock, running, as the date of an answer of the last minute tells it; it is asked where there was none. Undefined while it does not answer. */
  clock(): Promise<(() => Temporal.Instant) | undefined>
  openAccount(order: { key: string; name: string }): Promise<Answer<ProcessorAccount>>
  /** Without a key: two at once both get one, and a customer that nobody uses costs nothing. */
  createCustomer(at: ProcessorAccount, order: { practice: PracticeId; account: AccountId }): Promise<Answer<string>>
  charge(at: ProcessorAccount, order: ChargeOrder): Promise<Answer<IntentState>>
  retrieveIntent(at: ProcessorAccount, intent: string): Promise<Answer<IntentState>>
  /** Without a key: cancelling twice is cancelling once, and a key would replay a stored 5xx for ever. */
  cancelIntent(at: ProcessorAccount, intent: string): Promise<Answer<IntentState>>
  /** Every intent that names this payment, by a complete listing since an instant (the processor's search lags). */
  findIntents(at: ProcessorAccount, payment: PaymentId, since: Temporal.Instant): Promise<Answer<IntentState[]>>
  openSession(at: ProcessorAccount, order: SessionOrder): Promise<Answer<SessionState>>
  retrieveSession(at: ProcessorAccount, session: string): Promise<Answer<SessionState>>
  findSessions(at: ProcessorAccount, payment: PaymentId, since: Temporal.Instant): Promise<Answer<SessionState[]>>
  expireSession(at: ProcessorAccount, session: string): Promise<Answer<SessionState>>
  setUp(
    at: ProcessorAccount,
    order: {
      key: string
      account: AccountId
      customer: string
      method: string
      keep: 'save' | 'default'
      returnUrl: string
    },
  ): Promise<Answer<SetupState>>
  openSetupSession(
    at: ProcessorAccount,
    order: {
      key: string
      account: AccountId
      customer: string
      keep: 'save' | 'default'
      returnUrl: string
      cancelUrl: string
      locale: 'en' | 'es'
      currency: Currency
    },
  ): Promise<Answer<SessionState>>
  retrieveSetup(at: ProcessorAccount, setup: string): Promise<Answer<SetupState>>
  detach(at: ProcessorAccount, method: string): Promise<Answer<true>>
  refund(
    at: ProcessorAccount,
    order: { key: string; practice: PracticeId; refund: RefundId; payment: PaymentId; intent: string; amount: Cents },
  ): Promise<Answer<RefundState>>
  retrieveRefund(at: ProcessorAccount, refund: string): Promise<Answer<RefundState>>
  findRefunds(at: ProcessorAccount, intent: string): Promise<Answer<RefundState[]>>
  retrieveDispute(at: ProcessorAccount, dispute: string): Promise<Answer<DisputeState>>
  listDisputes(at: ProcessorAccount, since: Temporal.Instant): Promise<Answer<DisputeState[]>>
  /** Every intent since an instant, for reconcile; newest first, page by page. */
  listIntents(at: ProcessorAccount, since: Temporal.Instant | null): AsyncIterable<Answer<IntentState[]>>
  /** What the processor holds of each payment that money came in for, refunds and disputes deducted, page by page: for `ledger check`. */
  listHeld(at: ProcessorAccount): AsyncIterable<Answer<ListedCharge[]>>
  /** The event in a webhook's raw bytes; undefined when the signature is not the processor's, or older than five minutes by its clock. */
  readEvent(raw: string, signature: string): ProcessorEvent | undefined
}

export type ProcessorEvent = {
  readonly id: string
  readonly type: string
  readonly account: ProcessorAccount
  readonly object: string
}
