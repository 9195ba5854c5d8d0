import { sql } from 'kysely'
import type { PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'

export type Overdue = { readonly cents: Cents; readonly accounts: bigint }

/** What is open of bills that were due before a day, and of how many households: read from the partial index of open bills. */
export function selectOverdue(practice: PracticeId, before: Temporal.PlainDate) {
  return sql<Overdue>`select coalesce(sum(open_cents), 0)::bigint as cents, count(distinct account_id) as accounts
    from billing.invoice where practice_id = ${practice} and open_cents > 0 and due_on < ${before}::date`
}
