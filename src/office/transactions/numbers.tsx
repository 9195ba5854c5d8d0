import type { Overdue } from '../../billing/overdue.ts'
import { type Stat, Stats } from '../../design/stats.tsx'
import type { OfficeKey } from '../../design/words.ts'
import { paths } from '../../kernel/paths.ts'
import type { PaymentSum, TransactionStatus } from '../../payments/transactions.ts'
import type { StaffGet } from '../../web/route.ts'
import type { Found } from './found.ts'

/** The strip of numbers: what came in, what waits for somebody, what is late. */
export function Numbers({ context, found }: { context: StaffGet; found: Found }) {
  const { words } = context
  const { collected, toPost, declined, overdue } = found
  const money = (cents: bigint | undefined) => words.money(cents ?? 0n)
  const payments = (count: bigint | undefined) => words.t('office.stat.payments', { count: Number(count ?? 0n) })
  const stats: Stat[] = [
    {
      label: words.t('office.stat.today'),
      value: money(collected?.day),
      detail: payments(collected?.dayPayments),
    },
    {
      label: words.t('office.stat.month'),
      value: money(collected?.month),
      detail: payments(collected?.monthPayments),
    },
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
