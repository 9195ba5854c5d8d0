import { Select } from '../../design/field.tsx'
import { Search } from '../../design/search.tsx'
import { sumCents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { tendered } from '../../payments/payments.ts'
import { TRANSACTION_STATUSES } from '../../payments/transactions.ts'
import type { StaffGet } from '../../web/route.ts'
import { isFiltered, SPANS } from './asked.ts'
import type { Found } from './list.tsx'

/** What the list shows; where all of it is on this page, with its sum. */
export function Filters({ context, found }: { context: StaffGet; found: Found }) {
  const { words, practice } = context
  const { asked, transactions, more } = found
  const received = sumCents(transactions.filter(row => row.status === 'succeeded').map(tendered))
  return (
    <>
      <Search
        action={paths.office.transactions(practice.slug)}
        label={words.t('office.search')}
        hint={words.t('office.transactions.search')}
        button={words.t('office.filter')}
        value={asked.q}
        clear={
          isFiltered(asked)
            ? { href: paths.office.transactions(practice.slug), label: words.t('office.clear') }
            : undefined
        }
      >
        <Select
          bare
          label={words.t('office.transactions.days')}
          name="days"
          value={asked.days}
          options={SPANS.map(value => ({ value, label: words.t(`office.transactions.days.${value}`) }))}
        />
        <Select
          bare
          label={words.t('office.transactions.status')}
          name="status"
          value={asked.status ?? ''}
          options={[
            { value: '', label: words.t('office.transactions.status.any') },
            ...TRANSACTION_STATUSES.map(value => ({ value, label: words.t(`office.transactions.status.${value}`) })),
          ]}
        />
      </Search>
      {!more && !asked.after && transactions.length > 0 && (
        <span class="muted small">
          {words.t('office.transactions.found', { count: transactions.length, amount: received })}
        </span>
      )}
    </>
  )
}
