import { type Allocation, selectPaymentAllocations } from '../billing/allocations.ts'
import { selectRecipients } from '../identity/logins.ts'
import { fullName, type Patient, selectHousehold } from '../identity/patients.ts'
import type { InvoiceId, PatientId, PracticeId } from '../kernel/ids.ts'
import { type Cents, sumCents } from '../kernel/money.ts'
import { type PaymentBalances, selectKeptAsCredit, selectPaymentBalances } from '../ledger/balances.ts'
import type { Viewer } from '../payments/owed.ts'
import { type OwedSums, owedSumsFrom, selectOwedSums, selectToPayAfter } from '../payments/owed-sums.ts'
import type { Payment } from '../payments/payments.ts'
import { selectReservedShares } from '../payments/reservations.ts'
import { batch, type Tx } from '../platform/database.ts'
import { type Dispute, selectDisputes } from '../returns/disputes.ts'
import { type Refund, selectRefunds } from '../returns/refunds.ts'
import { type PaymentState, type Returned, returnedOf, stateOf } from './payment-state.ts'

/** What a payment gives, or will give, to one bill. */
export type Part = {
  readonly bill: InvoiceId
  readonly number: string
  readonly title: string
  readonly patient: PatientId
  readonly person: string
  readonly cents: Cents
  /** How much of it was taken back since: by refunds and disputes, or because the bill needs it no more. */
  readonly takenBack: Cents
  /** What is still owed of the bill now, what is under way taken off. */
  readonly left: Cents
}

/** A payment as everybody is told of it: its page, its receipt, its mail and the office say the same. */
export type PaymentStory = {
  readonly payment: Payment
  readonly state: PaymentState
  readonly returned: Returned
  readonly refunds: readonly Refund[]
  readonly disputes: readonly Dispute[]
  /** The household's people, its guarantor first. */
  readonly household: readonly Patient[]
  readonly parts: readonly Part[]
  /** True while the parts are planned: what is reserved is not given yet. */
  readonly planned: boolean
  /** What no bill gets of it: kept as credit, or to be kept. */
  readonly toCredit: Cents
  readonly paidBy: string | undefined
  readonly balances: PaymentBalances
  readonly owed: OwedSums
}

/** Reads a payment's story in one batch, as far as this transaction's scope may see it; for a reader of some patients alone, of theirs. */
export async function readPaymentStory(
  tx: Tx,
  practice: PracticeId,
  payment: Payment,
  { patients }: Pick<Viewer, 'patients'> = {},
): Promise<PaymentStory> {
  const { account } = payment
  const [given, reserved, refunds, disputes, household, people, [balances], [kept], left, ...owed] = await batch(tx, [
    selectPaymentAllocations(practice, payment.id),
    selectReservedShares(practice, payment.id),
    selectRefunds(practice, payment.id),
    selectDisputes(practice, payment.id),
    selectHousehold(practice, account),
    selectRecipients(practice, account),
    selectPaymentBalances(practice, payment.id),
    selectKeptAsCredit(practice, payment.id),
    selectToPayAfter(practice, payment.id),
    ...selectOwedSums(practice, account, patients ? { patients } : {}),
  ])
  const toPay = new Map(left.map(({ bill, cents }) => [bill, cents]))
  const returned = returnedOf(refunds, disputes)
  const planned = payment.postedAt === null
  const parts = planned
    ? partsOf(reserved, { household, toPay })
    : partsOf(given.filter(isPosting), { household, toPay, standing: given })
  const held = balances ?? NOTHING
  return {
    payment,
    state: stateOf(payment, returned),
    returned,
    refunds,
    disputes,
    household,
    parts: patients ? parts.filter(part => patients.includes(part.patient)) : parts,
    planned,
    toCredit: planned ? plannedCredit(payment, parts, held) : (kept?.cents ?? 0n),
    paidBy: people.find(person => person.login === payment.login)?.name,
    balances: held,
    owed: owedSumsFrom(owed),
  }
}

const NOTHING: PaymentBalances = { unposted: 0n, credit: 0n, held: 0n, refundsPayable: 0n, disputed: 0n }

const isPosting = (each: Allocation) => each.by === 'posting' && each.cents > 0n

/** What would be left of a payment that is not posted yet; nothing of one that ended without money. */
function plannedCredit({ status, amount }: Payment, parts: readonly Part[], { unposted }: PaymentBalances): Cents {
  if (status === 'failed' || status === 'canceled') return 0n
  return (status === 'succeeded' ? unposted : amount) - sumCents(parts.map(part => part.cents))
}

type Given = Pick<Allocation, 'invoice' | 'number' | 'title' | 'patient' | 'cents'>

/** Lines of bills as bills, in their order. `standing` is all that was given to bills and taken from them. */
function partsOf(
  lines: readonly Given[],
  {
    household,
    toPay,
    standing,
  }: { household: readonly Patient[]; toPay: ReadonlyMap<InvoiceId, Cents>; standing?: readonly Given[] },
): Part[] {
  const sumOf = (of: readonly Given[]) => sumCents(of.map(each => each.cents))
  return [...Map.groupBy(lines, line => line.invoice)].flatMap(([bill, shares]) => {
    const [first] = shares
    if (!first) return []
    const { number, title, patient } = first
    const cents = sumOf(shares)
    const person = household.find(each => each.id === patient)
    return [
      {
        bill,
        number,
        title,
        patient,
        person: person ? fullName(person) : '',
        cents,
        takenBack: standing ? cents - sumOf(standing.filter(each => each.invoice === bill)) : 0n,
        left: toPay.get(bill) ?? 0n,
      },
    ]
  })
}
