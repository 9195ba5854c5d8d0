import { type Allocation, selectPaymentAllocations } from '../../billing/allocations.ts'
import { selectRecipients } from '../../identity/logins.ts'
import { type Patient, selectHousehold } from '../../identity/patients.ts'
import type { InvoiceId, PatientId, PracticeId } from '../../kernel/ids.ts'
import { type Cents, sumCents } from '../../kernel/money.ts'
import { type Owed, owedFrom, owedOf, selectOwed } from '../../payments/owed.ts'
import type { Payment } from '../../payments/payments.ts'
import { selectReservedShares } from '../../payments/reservations.ts'
import { batch, type Tx } from '../../platform/database.ts'
import { type Dispute, selectDisputes } from '../../returns/disputes.ts'
import { type Refund, selectRefunds } from '../../returns/refunds.ts'
import { type PaymentState, type Returned, returnedOf, stateOf } from './state.ts'

/** What a payment gives, or will give, to one bill, and what is then still owed of it. */
export type Part = {
  readonly bill: InvoiceId
  readonly number: string
  readonly title: string
  readonly patient: PatientId
  readonly cents: Cents
  readonly left: Cents
}

/** A payment with everything that its page and its receipt show. */
export type Receipt = {
  readonly payment: Payment
  readonly state: PaymentState
  readonly returned: Returned
  readonly refunds: readonly Refund[]
  readonly disputes: readonly Dispute[]
  readonly household: readonly Patient[]
  readonly parts: readonly Part[]
  /** True while the parts are planned: what is reserved is not given yet. */
  readonly planned: boolean
  readonly keptAsCredit: Cents
  readonly paidBy: string | undefined
  readonly owed: Owed
}

/** Reads a payment's allocations, refunds, disputes and what is owed now, in one batch. */
export async function readReceipt(tx: Tx, payment: Payment, practice: PracticeId): Promise<Receipt> {
  const { account } = payment
  const [given, reserved, refunds, disputes, household, people, ...owedRows] = await batch(tx, [
    selectPaymentAllocations(practice, payment.id),
    selectReservedShares(practice, payment.id),
    selectRefunds(practice, payment.id),
    selectDisputes(practice, payment.id),
    selectHousehold(practice, account),
    selectRecipients(practice, account),
    ...selectOwed(practice, account),
  ])
  const owed = owedFrom(owedRows)
  const returned = returnedOf(refunds, disputes)
  const posted = payment.postedAt !== null
  const parts = partsOf(posted ? firstGiven(given) : reserved, owed)
  return {
    payment,
    state: stateOf(payment, returned),
    returned,
    refunds,
    disputes,
    household,
    parts,
    planned: !posted,
    keptAsCredit: posted ? payment.amount - sumCents(parts.map(part => part.cents)) : 0n,
    paidBy: people.find(person => person.login === payment.login)?.name,
    owed,
  }
}

type Given = Pick<Allocation, 'invoice' | 'number' | 'title' | 'patient' | 'cents'>

/** What the posting gave; refunds and disputes that took some of it back are told apart. */
function firstGiven<A extends Given & Pick<Allocation, 'entry'>>(allocations: readonly A[]): A[] {
  return allocations.filter(each => each.entry === allocations[0]?.entry && each.cents > 0n)
}

/** Lines of bills as bills, in their order. */
export function partsOf(lines: readonly Given[], owed: Owed): Part[] {
  const byBill = Map.groupBy(lines, line => line.invoice)
  return [...byBill].flatMap(([bill, shares]) => {
    const [first] = shares
    if (!first) return []
    const { number, title, patient } = first
    const cents = sumCents(shares.map(share => share.cents))
    return [{ bill, number, title, patient, cents, left: owedOf(owed, [bill]) }]
  })
}
