import { didJustNow } from '../../audit/events.ts'
import { ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Empty } from '../../design/empty.tsx'
import { Notice } from '../../design/notice.tsx'
import { OfficePage } from '../../design/office-page.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Pager } from '../../design/pager.tsx'
import { isId } from '../../kernel/ids.ts'
import { paths } from '../../kernel/paths.ts'
import type { PaymentSum } from '../../payments/transactions.ts'
import type { ClockTrouble } from '../../processor/clocks.ts'
import { page } from '../../web/answers.ts'
import { type StaffGet, staffGet } from '../../web/route.ts'
import { listPath } from './filter.ts'
import { Filters } from './filters.tsx'
import { type Found, readFound } from './found.ts'
import { Numbers } from './numbers.tsx'
import { TransactionTable } from './table.tsx'

/** Transactions: the practice's numbers, then its payments, searched and filtered, newest first. */
export const listRoute = staffGet(
  { path: '/:practice/office/transactions', room: 'payments', audit: 'transactions.see' },
  async context => {
    const { words, frame, practice } = context
    const found = await readFound(context)
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
        {found.toDecide && found.toDecide.payments > 0n && <ToDecide context={context} sum={found.toDecide} />}
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

/** Money that went back without Portico waits for somebody to say what that means. */
function ToDecide({ context: { words, practice }, sum }: { context: StaffGet; sum: PaymentSum }) {
  return (
    <Notice tone="warn">
      {words.t('office.toDecide', { count: Number(sum.payments), amount: sum.cents })}{' '}
      <a href={paths.office.transactions(practice.slug, { status: 'to-decide', days: 'all' })}>
        {words.t('office.toDecide.show')}
      </a>
    </Notice>
  )
}

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
