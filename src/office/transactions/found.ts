import { type Overdue, selectOverdue } from '../../billing/overdue.ts'
import { selectUnsentCount } from '../../notifications/messages.ts'
import { type Collected, type ReturnedSums, selectCollected, selectReturned } from '../../payments/collected.ts'
import {
  type BillOfPayment,
  type PaymentSum,
  selectBillsOf,
  selectDeclined,
  selectToDecide,
  selectToPost,
  selectTransactions,
  type TransactionRow,
} from '../../payments/transactions.ts'
import { batch, rows } from '../../platform/database.ts'
import { type ClockTrouble, selectClockTrouble } from '../../processor/clocks.ts'
import type { StaffGet } from '../../web/route.ts'
import { type Filter, readFilter, startOf, startOfDay } from './filter.ts'

const PAGE = 50

/** What the list shows. */
export type Found = {
  readonly filter: Filter
  readonly transactions: readonly TransactionRow[]
  readonly more: boolean
  readonly bills: readonly BillOfPayment[]
  readonly collected: Collected | undefined
  readonly returned: ReturnedSums | undefined
  readonly toPost: PaymentSum | undefined
  readonly declined: PaymentSum | undefined
  readonly overdue: Overdue | undefined
  readonly clock: ClockTrouble | undefined
  /** Letters that never reached anybody, which nobody has seen. */
  readonly unsent: number
  /** What went back without Portico, and nobody has said what becomes of the bills. */
  readonly toDecide: PaymentSum | undefined
}

/** Reads the practice's numbers and its payments, a page of them. */
export async function readFound({ tx, practice: { id: practice, timeZone }, today, query }: StaffGet): Promise<Found> {
  const filter = readFilter(Object.fromEntries(query))
  const [found, collected, toPost, declined, overdue, clock, unsent, toDecide, returned] = await batch(tx, [
    selectTransactions(practice, { ...filter, since: startOf(filter.days, today, timeZone), limit: PAGE + 1 }),
    selectCollected(practice, today, timeZone),
    selectToPost(practice),
    selectDeclined(practice, startOfDay(today.subtract({ days: 6 }), timeZone)),
    selectOverdue(practice, today),
    selectClockTrouble(practice),
    selectUnsentCount(practice),
    selectToDecide(practice),
    selectReturned(practice, today),
  ])
  const transactions = found.slice(0, PAGE)
  const ids = transactions.map(row => row.id)
  return {
    filter,
    transactions,
    more: found.length > PAGE,
    bills: ids.length > 0 ? await rows(tx, selectBillsOf(practice, ids)) : [],
    collected: collected[0],
    returned: returned[0],
    toPost: toPost[0],
    declined: declined[0],
    overdue: overdue[0],
    clock: clock[0],
    toDecide: toDecide[0],
    unsent: Number(unsent[0]?.count ?? 0n),
  }
}
