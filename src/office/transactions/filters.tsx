import { Select } from '../../design/field.tsx'
import { Search } from '../../design/search.tsx'
import { sumCents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { tendered } from '../../payments/payments.ts'
import { TRANSACTION_STATUSES } from '../../payments/transactions.ts'
import type { StaffGet } from '../../web/route.ts'
import { isFiltered, SPANS } from './filter.ts'
import type { Found } from './found.ts'

/** What the list shows; where all of it is on this page, with its sum. */
export function Filters({ context, found }: { context: StaffGet; found: Found }) {
  const { words, practice } = context
  const { filter, transactions, more } = found
  const received = sumCents(transactions.filter(row => row.status === 'succeeded').map(tendered))
  return (
    <>
      <Search
        action={paths.office.transactions(practice.slug)}
        label={words.t('office.search')}
        hint={words.t('office.transactions.search')}
        button={words.t('office.filter')}
        value={filter.q}
        clear={
          isFiltered(filter)
            ? { href: paths.office.transactions(practice.slug), label: words.t('office.clear') }
            : undefined
        }
      >
        <Select
          bare
          label={words.t('office.transactions.days')}
          name="days"
          value={filter.days}
          options={SPANS.map(value => ({ value, label: words.t(`office.transactions.days.${value}`) }))}
        />
        <Select
          bare
          label={words.t('office.transactions.status')}
          name="status"
          value={filter.status ?? ''}
          options={[
            { value: '', label: words.t('office.transactions.status.any') },
            ...TRANSACTION_STATUSES.map(value => ({ value, label: words.t(`office.transactions.status.${value}`) })),
          ]}
        />
      </Search>
      {!more && !filter.after && transactions.length > 0 && (
        <span class="muted small">
          {words.t('office.transactions.found', { count: transactions.length, amount: received })}
        </span>
      )}
    </>
  )
}
