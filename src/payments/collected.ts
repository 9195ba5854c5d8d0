import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import type { App } from '../platform/app.ts'
import { rows, transact } from '../platform/database.ts'
import { getAbout, todayAt } from '../practice/about.ts'

/** What cards were charged and the desk received, today and since the first of the month. */
export type Collected = {
  readonly day: Cents
  readonly dayPayments: bigint
  readonly month: Cents
  readonly monthPayments: bigint
}

/** What went back in the same spans: refunds that were done and disputes, less what came back of them. */
export type ReturnedSums = { readonly day: Cents; readonly month: Cents }

/**
 * By the days on which the money moved, as the entries carry them: clearing and cash, where a refund, a dispute or the end of one moved
 * them. The query for batches.
 */
export function selectReturned(practice: PracticeId, today: Temporal.PlainDate) {
  return sql<ReturnedSums>`select coalesce(-sum(l.cents) filter (where e.occurred_on = ${today}::date), 0)::bigint as day, coalesce(-sum(l.cents), 0)::bigint as month
    from ledger.entry e join ledger.line l on l.practice_id = e.practice_id and l.entry_id = e.id
    where e.practice_id = ${practice} and e.occurred_on between ${today.with({ day: 1 })}::date and ${today}::date
      and e.kind in ('refund-done', 'refund-failed', 'refund-outside', 'dispute-opened', 'dispute-won')
      and l.ledger_account in ('processor-clearing', 'cash-and-cheque')`
}

/** An index has just these, by the instant at which they were received. */
const collected = (practice: PracticeId) =>
  sql`p.practice_id = ${practice} and p.status = 'succeeded' and p.amount_cents > p.credit_cents`

/** Days that are over are counted already, each once; only the days since are summed from their payments. The query for batches. */
export function selectCollected(practice: PracticeId, today: Temporal.PlainDate, timeZone: string) {
  const starts = (day: Temporal.PlainDate) => sql`(${day}::date::timestamp at time zone ${timeZone})`
  const first = today.with({ day: 1 })
  const cents = sql`p.amount_cents - p.credit_cents`
  const ofToday = sql`filter (where p.received_at >= ${starts(today)})`
  return sql<Collected>`with closed as (
      select max(day) as until, coalesce(sum(cents) filter (where day >= ${first}::date), 0) as cents, coalesce(sum(payments) filter (where day >= ${first}::date), 0) as payments
      from payments.collected_day where practice_id = ${practice} and time_zone = ${timeZone} and day >= ${first}::date - 1)
    select coalesce(sum(${cents}) ${ofToday}, 0)::bigint as day, count(*) ${ofToday} as "dayPayments",
      (coalesce(sum(${cents}), 0) + (select cents from closed))::bigint as month, (count(*) + (select payments from closed))::bigint as "monthPayments"
    from payments.payment p where ${collected(practice)}
      and p.received_at >= greatest(${starts(first)}, ((select until from closed) + 1)::timestamp at time zone ${timeZone})`
}

/**
 * Counts what was collected on each day that is over and was not counted yet. Such a day never changes: what is received is received now.
 * A practice that moves to another zone has other days, which are counted anew.
 */
export async function closeDays(app: App, practice: PracticeId): Promise<void> {
  await transact(app.db, wholePractice(practice), async tx => {
    const about = await getAbout(tx, practice)
    const { timeZone } = about.practice
    const yesterday = todayAt(app, about).subtract({ days: 1 })
    await rows(
      tx,
      sql`with span as (select ${yesterday}::date as until, coalesce(
            (select max(day) + 1 from payments.collected_day where practice_id = ${practice} and time_zone = ${timeZone}),
            (select (min(p.received_at) at time zone ${timeZone})::date from payments.payment p where ${collected(practice)})) as first),
          sums as (select (p.received_at at time zone ${timeZone})::date as day, sum(p.amount_cents - p.credit_cents) as cents, count(*) as payments
            from payments.payment p where ${collected(practice)}
              and p.received_at >= (select first::timestamp at time zone ${timeZone} from span)
              and p.received_at < (select (until + 1)::timestamp at time zone ${timeZone} from span) group by 1)
        insert into payments.collected_day (practice_id, time_zone, day, cents, payments)
        select ${practice}, ${timeZone}, first + n, coalesce(cents, 0), coalesce(payments, 0)
        from span, generate_series(0, until - first) n left join sums on sums.day = (select first from span) + n
        on conflict do nothing`,
    )
  })
}
