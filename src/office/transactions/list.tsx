import { didJustNow } from '../../audit/events.ts'
import { type Overdue, selectOverdue } from '../../billing/overdue.ts'
import { ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Empty } from '../../design/empty.tsx'
import { Notice } from '../../design/notice.tsx'
import { OfficePage } from '../../design/office-page.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Pager } from '../../design/pager.tsx'
import { isId } from '../../kernel/ids.ts'
import { paths } from '../../kernel/paths.ts'
import { selectUnsentCount } from '../../notifications/messages.ts'
import { type Collected, selectCollected } from '../../payments/collected.ts'
import {
  type BillOfPayment,
  type PaymentSum,
  selectBillsOf,
  selectDeclined,
  selectToPost,
  selectTransactions,
  type TransactionRow,
} from '../../payments/transactions.ts'
import { batch, rows } from '../../platform/database.ts'
import { type ClockTrouble, selectClockTrouble } from '../../processor/clocks.ts'
import { page } from '../../web/answers.ts'
import { type StaffGet, staffGet } from '../../web/route.ts'
import { type Filter, listPath, readFilter, startOf, startOfDay } from './filter.ts'
import { Filters } from './filters.tsx'
import { Numbers } from './numbers.tsx'
import { TransactionTable } from './table.tsx'

const PAGE = 50

export type Found = {
  readonly filter: Filter
  readonly transactions: readonly TransactionRow[]
  readonly more: boolean
  readonly bills: readonly BillOfPayment[]
  readonly collected: Collected | undefined
  readonly toPost: PaymentSum | undefined
  readonly declined: PaymentSum | undefined
  readonly overdue: Overdue | undefined
  readonly clock: ClockTrouble | undefined
  /** Letters that never reached anybody, which nobody has seen. */
  readonly unsent: number
}

/** Transactions: the practice's numbers, then its payments, searched and filtered, newest first. */
export const listRoute = staffGet(
  { path: '/:practice/office/transactions', room: 'payments', audit: 'transactions.see' },
  async context => {
    const { words, frame, practice } = context
    const found = await read(context)
    const saysPosted = await wasJustPosted(context)
    return page(
      <OfficePage frame={frame} title={words.t('office.transactions.title')} place="transactions">
        <PageHead
          title={words.t('office.transactions.title')}
          actions={
            <ButtonLink href={paths.office.patients(practice.slug, { pay: '1' })} icon="plus">
              {words.t('office.transactions.record')}
            </ButtonLink>
          }
        />
        {saysPosted && (
          <Notice tone="good" status>
            {words.t('office.posting.done')}
          </Notice>
        )}
        {found.clock && <ClockNotice context={context} clock={found.clock} />}
        {found.unsent > 0 && (
          <Notice
            tone="warn"
            icon="mail"
            action={<a href={paths.office.letters(practice.slug)}>{words.t('office.letters.unseen.see')}</a>}
          >
            {words.t('office.letters.unseen', { count: found.unsent })}
          </Notice>
        )}
        <Numbers context={context} found={found} />
        <Listed context={context} found={found} />
      </OfficePage>,
    )
  },
)

function ClockNotice({ context: { words, practice }, clock }: { context: StaffGet; clock: ClockTrouble }) {
  return (
    <Notice tone="warn">
      {clock.since
        ? words.t('office.clock.moved', { time: words.dateTime(clock.since, practice.timeZone) })
        : words.t('office.clock.unknown')}
    </Notice>
  )
}

async function wasJustPosted({ tx, actor, query }: StaffGet): Promise<boolean> {
  const payment = query.get('posted') ?? ''
  return isId('pay', payment) && didJustNow(tx, actor, { type: 'payment.posted', subjects: [payment] })
}

async function read({ tx, practice: { id: practice, timeZone }, today, query }: StaffGet): Promise<Found> {
  const filter = readFilter(name => query.get(name))
  const [found, collected, toPost, declined, overdue, clock, unsent] = await batch(tx, [
    selectTransactions(practice, { ...filter, since: startOf(filter.days, today, timeZone), limit: PAGE + 1 }),
    selectCollected(practice, today, timeZone),
    selectToPost(practice),
    selectDeclined(practice, startOfDay(today.subtract({ days: 6 }), timeZone)),
    selectOverdue(practice, today),
    selectClockTrouble(practice),
    selectUnsentCount(practice),
  ])
  const transactions = found.slice(0, PAGE)
  const ids = transactions.map(row => row.id)
  return {
    filter,
    transactions,
    more: found.length > PAGE,
    bills: ids.length > 0 ? await rows(tx, selectBillsOf(practice, ids)) : [],
    collected: collected[0],
    toPost: toPost[0],
    declined: declined[0],
    overdue: overdue[0],
    clock: clock[0],
    unsent: Number(unsent[0]?.count ?? 0n),
  }
}

function Listed({ context, found }: { context: StaffGet; found: Found }) {
  const { words, practice } = context
  const { filter, transactions, more } = found
  return (
    <Card>
      <header>
        <Filters context={context} found={found} />
      </header>
      {transactions.length > 0 ? (
        <TransactionTable context={context} found={found} />
      ) : (
        <Empty icon="search" title={words.t('office.transactions.none')}>
          {words.t('office.transactions.none.lead')}
        </Empty>
      )}
      <Pager
        label={words.t('office.transactions.pages')}
        newest={
          filter.after && {
            href: listPath(practice.slug, { ...filter, after: undefined }),
            label: words.t('office.transactions.newest'),
          }
        }
        older={older(context, found, more)}
      />
    </Card>
  )
}

function older({ words, practice }: StaffGet, { filter, transactions }: Found, more: boolean) {
  const last = transactions.at(-1)
  if (!more || !last) return undefined
  return {
    href: listPath(practice.slug, { ...filter, after: last.id }),
    label: words.t('office.transactions.older'),
  }
}
