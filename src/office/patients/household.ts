import { selectWaiting, type WaitingCharge } from '../../billing/charges.ts'
import { selectRecipients } from '../../identity/logins.ts'
import { type Difference, selectDifferences } from '../../identity/patient-record.ts'
import { fullName, type Patient, selectHousehold } from '../../identity/patients.ts'
import { scopeOf } from '../../kernel/actor.ts'
import type { AccountId, PatientId, PracticeId } from '../../kernel/ids.ts'
import { type Bill, type OwedSums, owedSumsFrom, selectBills, selectOwedSums } from '../../payments/owed-sums.ts'
import { type Payment, selectUnderWay } from '../../payments/payments.ts'
import { selectTransactions, type TransactionRow } from '../../payments/transactions.ts'
import { batch, type Tx, transact } from '../../platform/database.ts'
import { recordLook } from '../../web/look.ts'
import type { StaffPost } from '../../web/route.ts'

/** What the office shows of a patient's household. */
export type Household = {
  /** Its people, the one who is responsible first. */
  readonly people: readonly Patient[]
  readonly owed: OwedSums
  readonly bills: readonly Bill[]
  readonly payments: readonly TransactionRow[]
  readonly underWay: readonly Payment[]
  readonly waiting: readonly WaitingCharge[]
  /** What files say of its people that stands otherwise in their records. */
  readonly differences: readonly (Difference & { readonly patient: PatientId })[]
  /** The addresses that its mails go to. */
  readonly addresses: readonly string[]
}

export async function readHousehold(tx: Tx, practice: PracticeId, account: AccountId): Promise<Household> {
  const [people, bills, payments, underWay, waiting, recipients, differences, ...owed] = await batch(tx, [
    selectHousehold(practice, account),
    selectBills(practice, account, { show: 'open', limit: 100 }),
    selectTransactions(practice, { account, limit: 20 }),
    selectUnderWay(practice, account),
    selectWaiting(practice, account),
    selectRecipients(practice, account),
    selectDifferences(practice, account),
    ...selectOwedSums(practice, account),
  ])
  const addresses = recipients.map(each => each.email)
  return { people, owed: owedSumsFrom(owed), bills, payments, underWay, waiting, addresses, differences }
}

/** Reads it again for a form that comes back, with its own row in the audit: the act's transaction is over. */
export async function readHouseholdAgain(
  context: StaffPost<'/:practice/office/patients/:patient'>,
): Promise<Household> {
  const { app, practice, actor, records, request } = context
  return transact(app.db, scopeOf(actor), async tx => {
    await recordLook(tx, actor, { what: 'patient.see', request, records })
    return readHousehold(tx, practice.id, records.patient.account)
  })
}

/** What one of them is called. */
export function nameIn({ people }: Household, patient: PatientId): string {
  const person = people.find(each => each.id === patient)
  return person ? fullName(person) : ''
}
