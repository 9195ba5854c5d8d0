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

/**
 * What the processor made to take one payment's money, whichever way it was asked: a charge of a card, a page of its own, later a
 * bank debit. `clearing` was accepted and may still bounce; `waiting` waits for its payer; `declined` can be tried no more by us, and
 * reserves until it is cancelled.
 */
export type AttemptState = {
  /** Its name at the processor: what it is looked at and cancelled by. */
  readonly attempt: string
  readonly status: 'succeeded' | 'clearing' | 'waiting' | 'declined' | 'canceled'
  /** The charge itself, once there is one: what refunds and disputes name. */
  readonly intent: string | null
  readonly amount: Cents
  readonly currency: string
  readonly practice: string | undefined
  readonly payment: string | undefined
  readonly card: Card | null
  /** Where the payer goes on, while that is asked. */
  readonly actionUrl: string | null
  /** The last decline's code, where there was one. */
  readonly declineCode: string | null
}

/** One card being kept. */
export type SetupState = {
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
  readonly intent: string
  readonly madeAt: Temporal.Instant
}

export type DisputeState = {
  readonly dispute: string
  readonly intent: string
  readonly amount: Cents
  readonly reason: string
  readonly status: 'inquiry' | 'open' | 'won' | 'lost'
  readonly openedAt: Temporal.Instant
  /** When its money left, and when it came back; null where it has not. */
  readonly tookAt: Temporal.Instant | null
  readonly gaveBackAt: Temporal.Instant | null
}

/**
 * An answer, or `unknown`: a timeout, a reset, 409, 429, 5xx or an unreadable answer says nothing about the money (reliability 1). The
 * same key will never say more where the processor repeats a stored 5xx for it (`replayed`), or had another body with it (`differs`).
 * `refused` when the processor refused the request itself as malformed or impossible: nothing was made.
 */
export type Unknown = { readonly unknown: 'silent' | 'replayed' | 'differs' }
export type Refused = { readonly refused: true; readonly code: string }
export type Answer<T> = { readonly value: T } | Unknown | Refused
export const UNKNOWN: Unknown = { unknown: 'silent' }

export type AttemptOrder = {
  readonly key: string
  readonly practice: PracticeId
  readonly payment: PaymentId
  readonly amount: Cents
  readonly currency: Currency
  /** The card that is charged; without one the processor asks for it on a page of its own. */
  readonly method: string | null
  readonly customer: string | null
  readonly keep: boolean
  /** Where the payer is led back to; and for a page of the processor, whom it says is paid, and in which language. */
  readonly returnUrl: string
  readonly payee: string
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
  /** Asks for one payment's money. */
  start(at: ProcessorAccount, order: AttemptOrder): Promise<Answer<AttemptState>>
  look(at: ProcessorAccount, attempt: string): Promise<Answer<AttemptState>>
  /** Every attempt made since an instant, newest first of its kind, by a complete listing (the processor's search lags), page by page. */
  find(at: ProcessorAccount, since: Temporal.Instant): AsyncIterable<Answer<AttemptState[]>>
  /** Without a key: cancelling twice is cancelling once, and a key would replay a stored 5xx for ever. */
  cancel(at: ProcessorAccount, attempt: string): Promise<Answer<AttemptState>>
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
  /** Opens a page of the processor's own for one card to keep; answers its address. */
  openSetupPage(
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
  ): Promise<Answer<string>>
  /** What became of a card being kept, named by itself or by the page that asked for it. */
  retrieveSetup(at: ProcessorAccount, setup: string): Promise<Answer<SetupState>>
  detach(at: ProcessorAccount, method: string): Promise<Answer<true>>
  refund(
    at: ProcessorAccount,
    order: { key: string; practice: PracticeId; refund: RefundId; payment: PaymentId; intent: string; amount: Cents },
  ): Promise<Answer<RefundState>>
  retrieveRefund(at: ProcessorAccount, refund: string): Promise<Answer<RefundState>>
  findRefunds(at: ProcessorAccount, intent: string): Promise<Answer<RefundState[]>>
  /** Every refund made since an instant, whoever made it. */
  listRefunds(at: ProcessorAccount, since: Temporal.Instant): Promise<Answer<RefundState[]>>
  retrieveDispute(at: ProcessorAccount, dispute: string): Promise<Answer<DisputeState>>
  listDisputes(at: ProcessorAccount, since: Temporal.Instant): Promise<Answer<DisputeState[]>>
  /** What the processor holds of each payment that money came in for, refunds and disputes deducted, page by page: for `ledger check`. */
  listHeld(at: ProcessorAccount): AsyncIterable<Answer<ListedCharge[]>>
  /** The event in a webhook's raw bytes, whatever they hold; undefined when the signature is not the processor's, or older than five minutes by its clock. */
  readEvent(raw: Buffer, signature: string): ProcessorEvent | undefined
}

export type ProcessorEvent = {
  /** Its name there; where it has none, one made of its bytes. */
  readonly id: string
  readonly type: string
  readonly account: ProcessorAccount
  readonly about: 'attempt' | 'refund' | 'dispute' | 'nothing'
  /** The name of what it is about. */
  readonly object: string
}
