import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import type { App } from '../platform/app.ts'
import { rows, transact } from '../platform/database.ts'
import { getAbout, todayAt } from '../practice/about.ts'

/** What is open of bills that were due more than sixty days ago, and of how many households. */
export type Overdue = {
  readonly cents: Cents
  readonly accounts: bigint
  /** When that was so; null where it was counted just now. */
  readonly countedAt: Temporal.Instant | null
}

const DAYS = 60

const counted = (practice: PracticeId, before: Temporal.PlainDate) =>
  sql`select coalesce(sum(open_cents), 0)::bigint as cents, count(distinct account_id) as accounts
    from billing.invoice where practice_id = ${practice} and open_cents > 0 and due_on < ${before}::date`

/** As a worker counted it last, with the time; counted now where none has yet, as in a practice of today. The query for batches. */
export function selectOverdue(practice: PracticeId, today: Temporal.PlainDate) {
  return sql<Overdue>`with kept as (select cents, accounts, counted_at from billing.overdue where practice_id = ${practice})
    select cents, accounts, counted_at as "countedAt" from kept
    union all select now.* from (select where not exists (select from kept)) missing,
      lateral (select c.*, null::timestamptz from (${counted(practice, today.subtract({ days: DAYS }))}) c) now`
}

/** The practices whose number is older than ten minutes, or is missing. */
export async function listPracticesToCount(app: App): Promise<PracticeId[]> {
  const { rows } = await sql<{ practice: PracticeId }>`select billing.practices_to_count() as practice`.execute(
    app.db.kysely,
  )
  return rows.map(row => row.practice)
}

/** Counts what is overdue in a practice and keeps it for its pages: that reads every open bill, which a page may not. */
export async function countOverdue(app: App, practice: PracticeId): Promise<void> {
  await transact(app.db, wholePractice(practice), async tx => {
    const before = todayAt(app, await getAbout(tx, practice)).subtract({ days: DAYS })
    await rows(
      tx,
      sql`insert into billing.overdue (practice_id, cents, accounts, counted_at)
        select ${practice}, cents, accounts, clock_timestamp() from (${counted(practice, before)}) c
        on conflict (practice_id) do update set cents = excluded.cents, accounts = excluded.accounts, counted_at = excluded.counted_at`,
    )
  })
}
