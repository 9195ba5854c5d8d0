import type { DisputeId, InvoiceId, MessageId, MethodId, PatientId, PaymentId, RefundId } from './ids.ts'

/**
 * Every URL of Portico, for pages and mails alike: a path begins with `/`; mails put PORTICO_URL before it.
 * Values are encoded here, so nothing typed by a person can leave its segment.
 */
const seg = encodeURIComponent

function query(values: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(values).filter(
    (pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== '',
  )
  return pairs.length ? `?${new URLSearchParams(pairs.map(([k, v]) => [k, String(v)]))}` : ''
}

export type BillFilter = { show?: 'open' | 'all' | 'paid'; q?: string; patient?: string; after?: string }
/** Where a person goes on who has signed in, or that they have just signed out. */
export type DoorNotice = { next?: string | undefined; out?: '1' }
/** What was just done with which card. */
export type MethodNotice = { done?: 'saved' | 'removed' | 'default'; card?: MethodId }
/** `posted` names what was just posted from the list. */
export type TransactionFilter = { q?: string; days?: string; status?: string; after?: string; posted?: PaymentId }
/** What was just done to a payment. */
export type TransactionNotice = 'posted' | 'recorded' | 'refund' | 'dispute' | 'outside'

/** `pay` says that a payment is to be recorded: choose whose. */
export type PatientFilter = { q?: string; after?: string; pay?: string }

export const paths = {
  practices: () => '/',
  door: (practice: string, notice: DoorNotice = {}) => `/${seg(practice)}${query(notice)}`,
  link: (practice: string, token: string) => `/${seg(practice)}/link/${seg(token)}`,
  linkAgain: (practice: string, token: string) => `/${seg(practice)}/link/${seg(token)}/again`,
  signOut: (practice: string) => `/${seg(practice)}/sign-out`,
  language: (practice: string) => `/${seg(practice)}/language`,
  code: (practice: string, next?: string, sent?: 'yes' | 'again') => `/${seg(practice)}/code${query({ next, sent })}`,
  brandCss: (practice: string) => `/${seg(practice)}/brand.css`,
  home: (practice: string) => `/${seg(practice)}/home`,
  bills: (practice: string, filter: BillFilter = {}) => `/${seg(practice)}/bills${query(filter)}`,
  bill: (practice: string, bill: InvoiceId) => `/${seg(practice)}/bills/${seg(bill)}`,
  billPdf: (practice: string, bill: InvoiceId) => `/${seg(practice)}/bills/${seg(bill)}/bill.pdf`,
  payments: (practice: string, after?: string) => `/${seg(practice)}/payments${query({ after })}`,
  newPayment: (practice: string, bill?: InvoiceId) => `/${seg(practice)}/payments/new${query({ bill })}`,
  payment: (practice: string, payment: PaymentId) => `/${seg(practice)}/payments/${seg(payment)}`,
  receiptPdf: (practice: string, payment: PaymentId) => `/${seg(practice)}/payments/${seg(payment)}/receipt.pdf`,
  paymentCancellation: (practice: string, payment: PaymentId) =>
    `/${seg(practice)}/payments/${seg(payment)}/cancellation`,
  methods: (practice: string, notice: MethodNotice = {}) => `/${seg(practice)}/methods${query(notice)}`,
  newMethod: (practice: string, notice: { declined?: string } = {}) => `/${seg(practice)}/methods/new${query(notice)}`,
  methodDefault: (practice: string, method: MethodId) => `/${seg(practice)}/methods/${seg(method)}/default`,
  methodRemoval: (practice: string, method: MethodId) => `/${seg(practice)}/methods/${seg(method)}/removal`,
  office: {
    door: (practice: string, notice: Pick<DoorNotice, 'out'> = {}) => `/${seg(practice)}/office${query(notice)}`,
    invitation: (practice: string, token: string) => `/${seg(practice)}/office/invitation/${seg(token)}`,
    unlock: (practice: string, token: string) => `/${seg(practice)}/office/unlock/${seg(token)}`,
    signOut: (practice: string) => `/${seg(practice)}/office/sign-out`,
    transactions: (practice: string, filter: TransactionFilter = {}) =>
      `/${seg(practice)}/office/transactions${query(filter)}`,
    transaction: (practice: string, payment: PaymentId, done?: TransactionNotice) =>
      `/${seg(practice)}/office/transactions/${seg(payment)}${query({ done })}`,
    posting: (practice: string, payment: PaymentId) => `/${seg(practice)}/office/transactions/${seg(payment)}/posting`,
    refund: (practice: string, payment: PaymentId) => `/${seg(practice)}/office/transactions/${seg(payment)}/refund`,
    refunds: (practice: string, payment: PaymentId) => `/${seg(practice)}/office/transactions/${seg(payment)}/refunds`,
    disputeOutcome: (practice: string, payment: PaymentId, dispute: DisputeId) =>
      `/${seg(practice)}/office/transactions/${seg(payment)}/disputes/${seg(dispute)}`,
    refundOutcome: (practice: string, payment: PaymentId, refund: RefundId) =>
      `/${seg(practice)}/office/transactions/${seg(payment)}/refunds/${seg(refund)}`,
    patients: (practice: string, filter: PatientFilter = {}) => `/${seg(practice)}/office/patients${query(filter)}`,
    patient: (practice: string, patient: PatientId, mailed?: InvoiceId) =>
      `/${seg(practice)}/office/patients/${seg(patient)}${query({ mailed })}`,
    deskPayment: (practice: string, patient: PatientId) => `/${seg(practice)}/office/patients/${seg(patient)}/payments`,
    letters: (practice: string, seen?: MessageId) => `/${seg(practice)}/office/letters${query({ seen })}`,
    letterSeen: (practice: string, letter: MessageId) => `/${seg(practice)}/office/letters/${seg(letter)}/seen`,
    billMail: (practice: string, bill: InvoiceId) => `/${seg(practice)}/office/bills/${seg(bill)}/mail`,
  },
  mailbox: (to?: string) => `/dev/mailbox${query({ to })}`,
  healthz: () => '/healthz',
  readyz: () => '/readyz',
  metrics: () => '/metrics',
  stripeWebhook: () => '/webhooks/stripe',
} as const

/** Slugs a practice may not take, because the first segment of a URL means something else. */
export const RESERVED_SLUGS = ['api', 'fhir', 'webhooks', 'dev', 'healthz', 'readyz', 'metrics', 'assets'] as const

/** A destination inside this practice that a form or link may carry on; anything else is left out. */
export function safeNext(practice: string, next: string | undefined): string | undefined {
  if (!next?.startsWith(`/${seg(practice)}/`)) return undefined
  return /^[\w\-./?=&%~]+$/.test(next) && !next.includes('//') && !next.includes('..') ? next : undefined
}
