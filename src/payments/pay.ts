import { actorName, recordEvent } from '../audit/events.ts'
import { planAllocation } from '../billing/allocations.ts'
import { checkLocked, selectAccountLock } from '../identity/accounts.ts'
import { type PatientActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import type { AccountId, InvoiceId, MethodId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, LEAST_CARD_CENTS, leastCents, MOST_CENTS } from '../kernel/money.ts'
import { paths } from '../kernel/paths.ts'
import { Refusal } from '../kernel/refusal.ts'
import { batch, lastBatch, readOnce, type Tx, transact } from '../platform/database.ts'
import { aboutFrom, selectAbout, todayAt } from '../practice/about.ts'
import type { Practice } from '../practice/practices.ts'
import type { Settings } from '../practice/settings.ts'
import { type Connection, selectConnection } from '../processor/connections.ts'
import { startMinute } from '../processor/minute.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { askProcessor } from './ask.ts'
import { cancelAtProcessor, selectOpenAttempts } from './cancel.ts'
import { getCustomer } from './customers.ts'
import { findMethod, hasExpired, type Method } from './methods.ts'
import { canBePaid, type Owed, owedFrom, owedOf, selectOwed, takeCredit } from './owed.ts'
import { type Asked, insertPayment, type Keep, markSubmitted, type Payment, selectPayment } from './payments.ts'
import { recordReceipt } from './settle.ts'

export type PayOrder = {
  /** Minted with the form: the idempotency of the whole act. */
  readonly payment: PaymentId
  readonly account: AccountId
  /** Bills to pay first; empty for the whole balance. */
  readonly bills: readonly InvoiceId[]
  readonly amount: Cents
  /** What the form showed as owed, of its bills or in all: less than that now means that the payer saw another division. */
  readonly shown?: Cents
  readonly with:
    | { readonly saved: MethodId }
    /** A card just entered in the processor's frame: its id there. */
    | { readonly card: string; readonly keep: Keep }
    /** No script: the processor's hosted page takes the card. */
    | { readonly hosted: true; readonly keep: Keep }
}

/**
 * Pays bills of one household: its credit first, then the card. Patients whose grants hold the account, and Portico itself, may.
 * The same order twice is one payment (reliability 3); declines and open authentication are the payment's status, not errors.
 * Refuses `nothing.owed`, `amount.invalid`, `amount.changed`, `amount.tooMuch` (with the most), `amount.minimum`,
 * `amount.rest`, `amount.cardMinimum`, `partial.off`, `method.expired`, `payment.differs`, `payment.off`, `busy`; another
 * account's payment id is absent.
 * Records payment.started, then payment.succeeded, payment.failed or payment.canceled.
 */
export async function payBills(app: PaymentsApp, actor: PatientActor | SystemActor, order: PayOrder): Promise<Payment> {
  const customer = await prepareCustomer(app, actor, order)
  const { payment: started, connection } = await startAgain(app, actor, order, customer)
  app.failpoint('pay.created')
  if (started.status !== 'created' || !connection) return started
  const minute = startMinute()
  const { payment, isOurs } = await submitPayment(app, actor, started)
  app.failpoint('pay.submitted')
  return isOurs ? askProcessor(app, actor.practice, payment, 'request', { minute, connection }) : payment
}

/** A card that is kept belongs to the household's customer at the processor, which is made before anything is reserved. */
async function prepareCustomer(
  app: PaymentsApp,
  actor: PatientActor | SystemActor,
  order: PayOrder,
): Promise<string | null> {
  const keeps = 'keep' in order.with && order.with.keep !== 'no'
  if (!keeps && !('saved' in order.with)) return null
  const [[connection]] = await readOnce(app.db, wholePractice(actor.practice), [selectConnection(actor.practice)])
  if (!connection) throw new Refusal('invalid', 'payment.off')
  return getCustomer(app, actor.practice, order.account, connection)
}

type Started = {
  readonly payment: Payment
  /** Known where a card is asked. */
  readonly connection?: Connection | undefined
}

/**
 * Starts the payment. Attempts of the same payer that wait for the bank's authentication or on a hosted page are cancelled at
 * the processor first, outside any transaction, and freed (domain.md); one whose end is unknown keeps what it reserves.
 */
async function startAgain(
  app: PaymentsApp,
  actor: PatientActor | SystemActor,
  order: PayOrder,
  customer: string | null,
): Promise<Started> {
  const tried = new Set<PaymentId>()
  for (;;) {
    const started = await startPayment(app, actor, order, customer, tried)
    if ('payment' in started) return started
    for (const id of started.first) {
      tried.add(id)
      await cancelAtProcessor(app, actor.practice, id, 'started again')
    }
  }
}

/**
 * Inserts the payment as created with what it reserves, under the household's lock, from what is owed at that instant
 * (reliability 4); or answers which open attempts have to be cancelled first.
 */
async function startPayment(
  app: PaymentsApp,
  actor: PatientActor | SystemActor,
  order: PayOrder,
  customer: string | null,
  tried: ReadonlySet<PaymentId>,
): Promise<Started | { first: PaymentId[] }> {
  const { practice } = actor
  return transact(app.db, wholePractice(practice), async tx => {
    const { known, attempts, owed, about, today, connection } = await readLocked(app, tx, actor, order)
    if (known) return { payment: sameOrder(known, order) }
    const first = attempts.filter(id => !tried.has(id))
    if (first.length > 0) return { first }
    const { settings } = about
    checkAmount(owed, settings, order)
    const creditUsed = creditFor(owed, order.amount)
    const source = creditUsed === order.amount ? null : await cardFor(tx, practice, order, connection, today)
    const payment = await insertPayment(tx, practice, {
      id: order.payment,
      account: order.account,
      origin: 'portal',
      methodKind: source ? 'card' : 'credit',
      currency: about.practice.currency,
      amount: order.amount,
      creditUsed,
      bills: order.bills,
      connection: source?.connection.id ?? null,
      method: source?.saved?.id ?? null,
      processorMethod: source?.processorMethod ?? null,
      processorCustomer: source ? customer : null,
      keep: source && 'keep' in order.with ? order.with.keep : 'no',
      hosted: source !== null && 'hosted' in order.with,
      asked: source && askedOf(app, about.practice, order.payment),
      reference: null,
      login: actor.kind === 'patient' ? actor.login : null,
      cardBrand: source?.saved?.brand ?? null,
      cardLast4: source?.saved?.last4 ?? null,
      actor: actorName(actor),
      createdAt: app.now(),
      shares: planAllocation(owed.lines, order.amount, order.bills).shares,
      credit: takeCredit(owed.credit, creditUsed),
    })
    await recordEvent(app, tx, actor, { type: 'payment.started', subject: order.payment, account: order.account })
    // Credit alone asks no processor: it is received and posted in the transaction that starts it.
    if (!source) return { payment: await recordReceipt(app, tx, actor, payment, about) }
    return { payment, connection: source.connection }
  })
}

/** What the request will say besides amount and card: it must say the same when it is repeated, whatever the practice is called then. */
function askedOf(app: PaymentsApp, { slug, name, locale }: Practice, payment: PaymentId): Asked {
  return { returnUrl: `${app.config.url}${paths.payment(slug, payment)}`, payee: name, locale }
}

/** What an order is decided from, in one round trip that locks the household first. */
async function readLocked(app: PaymentsApp, tx: Tx, actor: PatientActor | SystemActor, order: PayOrder) {
  const { practice } = actor
  const [locked, [known], attempts, abouts, [connection], ...owed] = await batch(tx, [
    selectAccountLock(practice, order.account),
    selectPayment(practice, order.payment),
    selectOpenAttempts(actor, order.account),
    selectAbout(practice),
    selectConnection(practice),
    // The bills that the payer's preview showed, and no others.
    ...selectOwed(practice, order.account, actor.kind === 'patient' ? { patients: actor.patients } : {}),
  ])
  checkLocked(locked)
  const about = aboutFrom(abouts)
  const today = todayAt(app, about)
  return { known, attempts: attempts.map(row => row.id), about, connection, owed: owedFrom(owed), today }
}

/** Marks a created payment submitted, if it still is and a minute has not passed; otherwise nothing is sent (reliability 2). */
async function submitPayment(
  app: PaymentsApp,
  { practice }: PatientActor | SystemActor,
  started: Payment,
): Promise<{ payment: Payment; isOurs: boolean }> {
  const scope = wholePractice(practice)
  const submitted = await transact(app.db, scope, async tx => {
    const [locked, [payment]] = await lastBatch(tx, [
      selectAccountLock(practice, started.account),
      markSubmitted(practice, started.id),
    ])
    checkLocked(locked)
    return payment
  })
  if (submitted) return { payment: submitted, isOurs: true }
  const [[payment = started]] = await readOnce(app.db, scope, [selectPayment(practice, started.id)])
  return { payment, isOurs: false }
}

function sameOrder(known: Payment, order: PayOrder): Payment {
  if (known.account !== order.account) throw new Refusal('absent', 'payment.absent')
  const sameBills = known.bills.length === order.bills.length && known.bills.every(bill => order.bills.includes(bill))
  if (!sameBills || known.ordered !== order.amount) throw new Refusal('conflict', 'payment.differs')
  return known
}

function checkAmount(owed: Owed, settings: Settings, order: PayOrder): void {
  const { amount } = order
  if (amount <= 0n || amount > MOST_CENTS) throw new Refusal('invalid', 'amount.invalid', {}, 'amount')
  if (owed.total === 0n && !settings.overpaying) throw new Refusal('invalid', 'nothing.owed')
  if (amount > owed.total && !settings.overpaying)
    throw new Refusal('invalid', 'amount.tooMuch', { most: owed.total }, 'amount')
  const whole = order.bills.length > 0 ? owedOf(owed, order.bills) : owed.total
  // Paid in another tab or at the desk meanwhile: what was shown is not what would happen.
  if (order.shown !== undefined && whole < order.shown)
    throw new Refusal('invalid', 'amount.changed', { amount: whole }, 'amount')
  if (amount >= owed.total || amount === whole) return
  if (!settings.partialPayments) throw new Refusal('invalid', 'partial.off', { amount: whole }, 'amount')
  const least = leastCents(BigInt(settings.minimumPartCents), owed.total)
  if (amount < least) throw new Refusal('invalid', 'amount.minimum', { least }, 'amount')
  // What no card can be charged for must not be what is left.
  const rest = owed.total - amount
  if (rest < LEAST_CARD_CENTS) throw new Refusal('invalid', 'amount.rest', { least: LEAST_CARD_CENTS }, 'amount')
}

/** Credit first; but never so much that what is left is too little for a card. */
function creditFor(owed: Owed, amount: Cents): Cents {
  const used = leastCents(owed.creditTotal, amount)
  const rest = amount - used
  if (rest === 0n || rest >= LEAST_CARD_CENTS) return used
  if (!canBePaid(amount, used)) {
    const code = owed.total < LEAST_CARD_CENTS ? 'amount.cardMinimum' : 'amount.minimum'
    throw new Refusal('invalid', code, { least: LEAST_CARD_CENTS }, 'amount')
  }
  return amount - LEAST_CARD_CENTS
}

async function cardFor(
  tx: Tx,
  practice: PracticeId,
  order: PayOrder,
  connection: Connection | undefined,
  today: Temporal.PlainDate,
): Promise<{ connection: Connection; saved: Method | null; processorMethod: string | null }> {
  if (!connection) throw new Refusal('invalid', 'payment.off')
  if (!('saved' in order.with))
    return { connection, saved: null, processorMethod: 'card' in order.with ? order.with.card : null }
  const saved = await findMethod(tx, practice, order.with.saved)
  if (!saved || saved.account !== order.account) throw new Refusal('absent', 'method.absent')
  if (hasExpired(saved, today)) throw new Refusal('invalid', 'method.expired', { last4: saved.last4 }, 'method')
  return { connection, saved, processorMethod: saved.processorMethod }
}
