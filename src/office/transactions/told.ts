import { type PastEvent, selectEventsOf } from '../../audit/events.ts'
import { selectPaymentAllocations } from '../../billing/allocations.ts'
import { selectLoginNames } from '../../identity/logins.ts'
import { fullName, type Patient, selectHousehold } from '../../identity/patients.ts'
import { selectStaffNames } from '../../identity/staff.ts'
import { scopeOf } from '../../kernel/actor.ts'
import type { PatientId, PracticeId } from '../../kernel/ids.ts'
import { type Cents, sumCents } from '../../kernel/money.ts'
import { assert } from '../../kernel/refusal.ts'
import { getPaymentBalances, listPaymentStory, type PaymentBalances, type StoryLine } from '../../ledger/balances.ts'
import { findPayment, type Payment } from '../../payments/payments.ts'
import { selectReservedShares } from '../../payments/reservations.ts'
import { batch, rows, type Tx, transact } from '../../platform/database.ts'
import { type Dispute, selectDisputes } from '../../returns/disputes.ts'
import { refundable } from '../../returns/refund.ts'
import { type Refund, selectRefunds } from '../../returns/refunds.ts'
import { recordLook } from '../../web/look.ts'
import type { StaffPost } from '../../web/route.ts'

/** What a payment gave, or will give, to one bill, and how much of it was taken back. */
export type Part = {
  readonly number: string
  readonly title: string
  readonly person: string
  readonly cents: Cents
  readonly takenBack: Cents
}

/** Everything that is known of one payment. */
export type Told = {
  readonly payment: Payment
  /** Who is responsible for the household, first of its people. */
  readonly guarantor: Patient | undefined
  /** What it went to; while it waits, what it will go to. */
  readonly parts: readonly Part[]
  readonly refunds: readonly Refund[]
  readonly disputes: readonly Dispute[]
  /** The most that can still be sent back. */
  readonly refundable: Cents
  readonly balances: PaymentBalances
  readonly lines: readonly StoryLine[]
  readonly events: readonly PastEvent[]
  /** What those who acted are called, by `staff stf_…` and `patient usr_…`. */
  readonly names: ReadonlyMap<string, string>
}

/** Reads a payment with its whole story. */
export async function readTold(tx: Tx, practice: PracticeId, payment: Payment): Promise<Told> {
  const [household, allocations, reserved, refunds, disputes] = await batch(tx, [
    selectHousehold(practice, payment.account),
    selectPaymentAllocations(practice, payment.id),
    selectReservedShares(practice, payment.id),
    selectRefunds(practice, payment.id),
    selectDisputes(practice, payment.id),
  ])
  const subjects = [payment.id, ...refunds.map(refund => refund.id), ...disputes.map(dispute => dispute.id)]
  const events = await rows(tx, selectEventsOf(practice, subjects))
  return {
    payment,
    guarantor: household[0],
    parts: partsOf(household, payment.postedAt ? allocations : reserved),
    refunds,
    disputes,
    refundable: await refundable(tx, practice, payment),
    balances: await getPaymentBalances(tx, practice, payment.id),
    lines: await listPaymentStory(tx, practice, payment.id),
    events,
    names: await readNames(tx, practice, events),
  }
}

/** Reads it again for a form that comes back, with its own row in the audit: the act's transaction is over. */
export async function readToldAgain({ app, practice, actor, records, request }: StaffPost<Path>): Promise<Told> {
  return transact(app.db, scopeOf(actor), async tx => {
    await recordLook(tx, actor, { what: 'transaction.see', request, records })
    const payment = await findPayment(tx, practice.id, records.payment.id)
    assert(payment, 'a payment stays')
    return readTold(tx, practice.id, payment)
  })
}

type Path = '/:practice/office/transactions/:payment'

type Given = { invoice: string; patient: PatientId; cents: Cents; number: string; title: string }

/** Lines of one bill as one part, in the order they were given. */
function partsOf(household: readonly Patient[], given: readonly Given[]): Part[] {
  return [...Map.groupBy(given, each => each.invoice).values()].flatMap(lines => {
    const [first] = lines
    if (!first) return []
    const cents = sumCents(lines.map(line => line.cents).filter(each => each > 0n))
    const takenBack = cents - sumCents(lines.map(line => line.cents))
    const person = household.find(patient => patient.id === first.patient)
    return [{ number: first.number, title: first.title, person: person ? fullName(person) : '', cents, takenBack }]
  })
}

async function readNames(
  tx: Tx,
  practice: PracticeId,
  events: readonly PastEvent[],
): Promise<ReadonlyMap<string, string>> {
  const idsOf = (kind: string) =>
    events.filter(event => event.actor.startsWith(`${kind} `)).map(event => event.actor.slice(kind.length + 1))
  const [staff, logins] = await batch(tx, [
    selectStaffNames(practice, idsOf('staff')),
    selectLoginNames(idsOf('patient')),
  ])
  return new Map([
    ...staff.map(({ id, name }): [string, string] => [`staff ${id}`, name]),
    ...logins.map(({ id, name }): [string, string] => [`patient ${id}`, name]),
  ])
}
