import { actorName, recordEvent } from '../audit/events.ts'
import { planAllocation } from '../billing/allocations.ts'
import { selectInvoicesById } from '../billing/invoices.ts'
import { checkLocked, selectAccountLock } from '../identity/accounts.ts'
import { type StaffActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import type { AccountId, InvoiceId, PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, MOST_CENTS } from '../kernel/money.ts'
import { Refusal } from '../kernel/refusal.ts'
import { batch, rows, type Tx, transact } from '../platform/database.ts'
import { type About, aboutFrom, selectAbout } from '../practice/about.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { type Owed, owedFrom, selectOwed } from './owed.ts'
import { findPayment, insertPayment, type Payment, selectPayment } from './payments.ts'
import { lockForMoney, recordPosting, recordReceipt } from './settle.ts'

export type DeskOrder = {
  readonly payment: PaymentId
  readonly account: AccountId
  readonly bills: readonly InvoiceId[]
  readonly amount: Cents
  readonly kind: 'cash' | 'cheque'
  /** A cheque's number, or what the receipt book says. */
  readonly reference: string
}

/**
 * Records cash or a cheque taken at the desk; staff may. Received at once, in one transaction; what payments under way will
 * pay counts as paid. Refuses `nothing.owed`, `amount.tooMuch` (with the most), `payment.differs`; another household's bill is absent. Records payment.started and payment.succeeded.
 */
export async function recordDeskPayment(
  app: PaymentsApp,
  actor: StaffActor | SystemActor,
  order: DeskOrder,
): Promise<Payment> {
  const { practice } = actor
  return transact(app.db, wholePractice(practice), async tx => {
    const [locked, [known], abouts, ...owed] = await batch(tx, [
      selectAccountLock(practice, order.account),
      selectPayment(practice, order.payment),
      selectAbout(practice),
      ...selectOwed(practice, order.account),
    ])
    checkLocked(locked)
    if (known) return sameOrder(known, order)
    await checkBills(tx, practice, order)
    const about = aboutFrom(abouts)
    const payment = await insertDesk(app, tx, actor, order, { about, owed: owedFrom(owed) })
    await recordEvent(app, tx, actor, { type: 'payment.started', subject: order.payment, account: order.account })
    return recordReceipt(app, tx, actor, payment, about)
  })
}

/** Posts a received payment by hand, where the practice does not post by itself; staff may. Posting twice changes nothing. Refuses `posting.notPaid`. */
export async function postPayment(app: PaymentsApp, actor: StaffActor | SystemActor, id: PaymentId): Promise<Payment> {
  return transact(app.db, wholePractice(actor.practice), async tx => {
    if (!(await findPayment(tx, actor.practice, id))) throw new Refusal('absent', 'payment.absent')
    const { payment, about } = await lockForMoney(tx, actor.practice, id)
    if (payment.postedAt) return payment
    if (payment.status !== 'succeeded') throw new Refusal('conflict', 'posting.notPaid')
    const posted = await recordPosting(app, tx, actor, payment, about)
    app.failpoint('post.before-commit')
    return posted
  })
}

/** Staff see the whole practice, so a form could name another household's bill. */
async function checkBills(tx: Tx, practice: PracticeId, order: DeskOrder): Promise<void> {
  if (order.bills.length === 0) return
  const own = (await rows(tx, selectInvoicesById(practice, order.bills))).filter(bill => bill.account === order.account)
  if (own.length < order.bills.length) throw new Refusal('absent', 'bill.absent')
}

async function insertDesk(
  app: PaymentsApp,
  tx: Tx,
  actor: StaffActor | SystemActor,
  order: DeskOrder,
  { about, owed }: { about: About; owed: Owed },
): Promise<Payment> {
  const { overpaying } = about.settings
  if (order.amount <= 0n || order.amount > MOST_CENTS) throw new Refusal('invalid', 'amount.invalid', {}, 'amount')
  if (owed.total === 0n && !overpaying) throw new Refusal('invalid', 'nothing.owed')
  if (order.amount > owed.total && !overpaying)
    throw new Refusal('invalid', 'amount.tooMuch', { most: owed.total }, 'amount')
  return insertPayment(tx, actor.practice, {
    id: order.payment,
    account: order.account,
    origin: 'desk',
    methodKind: order.kind,
    currency: about.practice.currency,
    amount: order.amount,
    creditUsed: 0n,
    bills: order.bills,
    connection: null,
    method: null,
    processorMethod: null,
    processorCustomer: null,
    keep: 'no',
    hosted: false,
    asked: null,
    reference: order.reference || null,
    login: null,
    cardBrand: null,
    cardLast4: null,
    actor: actorName(actor),
    createdAt: app.now(),
    shares: planAllocation(owed.lines, order.amount, order.bills).shares,
    credit: [],
  })
}

function sameOrder(known: Payment, order: DeskOrder): Payment {
  if (known.account !== order.account) throw new Refusal('absent', 'payment.absent')
  const sameBills = known.bills.length === order.bills.length && known.bills.every(bill => order.bills.includes(bill))
  if (!sameBills || known.ordered !== order.amount || known.methodKind !== order.kind)
    throw new Refusal('conflict', 'payment.differs')
  return known
}
