import type { Overdue } from '../../billing/overdue.ts'
import { type Stat, Stats } from '../../design/stats.tsx'
import type { OfficeKey, OfficeWords } from '../../design/words.ts'
import { paths } from '../../kernel/paths.ts'
import type { PaymentSum, TransactionStatus } from '../../payments/transactions.ts'
import type { StaffGet } from '../../web/route.ts'
import type { Found } from './found.ts'

/** The strip of numbers: what came in, what waits for somebody, what is late. */
export function Numbers({ context, found }: { context: StaffGet; found: Found }) {
  const { words } = context
  const { collected, returned, toPost, declined, overdue } = found
  const money = (cents: bigint | undefined) => words.money(cents ?? 0n)
  const stats: Stat[] = [
    collectedStat(words, 'office.stat.today', {
      gross: collected?.day,
      returned: returned?.day,
      count: collected?.dayPayments,
    }),
    collectedStat(words, 'office.stat.month', {
      gross: collected?.month,
      returned: returned?.month,
      count: collected?.monthPayments,
    }),
    listedStat(context, 'office.stat.toPost', toPost, 'to-post', 'all'),
    listedStat(context, 'office.stat.declined', declined, 'declined', '7'),
    {
      label: words.t('office.stat.owed'),
      value: money(overdue?.cents),
      detail: overdueDetail(context, overdue),
    },
  ]
  return <Stats label={words.t('office.stats')} stats={stats} />
}

type Sums = Partial<Record<'gross' | 'returned' | 'count', bigint | undefined>>

/** What came in; where something went back, how much that was and what is left of it. */
function collectedStat(words: OfficeWords, label: OfficeKey, { gross = 0n, returned = 0n, count = 0n }: Sums): Stat {
  const said = words.t('office.stat.payments', { count: Number(count) })
  const net = words.t('office.stat.net', { returned, net: gross - returned })
  return { label: words.t(label), value: words.money(gross), detail: returned === 0n ? said : `${said}; ${net}` }
}

/** Of how many accounts, and when that was so. */
function overdueDetail({ words, practice }: StaffGet, overdue: Overdue | undefined): string {
  const count = Number(overdue?.accounts ?? 0n)
  return overdue?.countedAt
    ? words.t('office.stat.accounts.at', { count, time: words.time(overdue.countedAt, practice.timeZone) })
    : words.t('office.stat.accounts', { count })
}

/** A number whose payments are one press away. */
function listedStat(
  { words, practice }: StaffGet,
  label: OfficeKey,
  sum: PaymentSum | undefined,
  status: TransactionStatus,
  days: string,
): Stat {
  const count = Number(sum?.payments ?? 0n)
  const said = words.t('office.stat.payments', { count })
  return {
    label: words.t(label),
    value: words.money(sum?.cents ?? 0n),
    detail: count > 0 ? <a href={paths.office.transactions(practice.slug, { status, days })}>{said}</a> : said,
  }
}
