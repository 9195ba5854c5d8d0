import { Button } from '../../design/button.tsx'
import { PostForm } from '../../design/form.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { type Column, Table } from '../../design/table.tsx'
import { Time } from '../../design/time.tsx'
import { dayIn } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import type { TransactionRow } from '../../payments/transactions.ts'
import type { StaffGet } from '../../web/route.ts'
import { filterValues } from './filter.ts'
import type { Found } from './found.ts'
import { paidWith, StatusTag } from './status.tsx'

/** Payments, one line each; a button where somebody must post it. */
export function TransactionTable({ context, found }: { context: StaffGet; found: Found }) {
  const { words } = context
  const { transactions } = found
  const toDo = transactions.some(row => row.unposted > 0n)
  return (
    <Table
      caption={words.t('office.transactions.title')}
      columns={[...columnsOf(context, found), ...(toDo ? [postColumn(context, found)] : [])]}
      rows={transactions}
      keyOf={row => row.id}
      cards
    />
  )
}

function columnsOf(context: StaffGet, found: Found): Column<TransactionRow>[] {
  const { words } = context
  return [
    {
      head: words.t('office.column.when'),
      wide: true,
      muted: true,
      nowrap: true,
      cell: row => <When context={context} row={row} />,
    },
    { head: words.t('office.column.patient'), rowHead: true, cell: row => <Who context={context} row={row} /> },
    {
      head: words.t('office.column.through'),
      wide: true,
      muted: true,
      nowrap: true,
      cell: row => words.t(`office.through.${row.origin}`),
    },
    { head: words.t('office.column.with'), wide: true, nowrap: true, cell: row => paidWith(words, row) },
    {
      head: words.t('office.column.for'),
      wide: true,
      nowrap: true,
      cell: row => forBills(context, found, row),
    },
    { head: words.t('office.column.status'), cell: row => <StatusTag words={words} row={row} /> },
    {
      head: words.t('office.column.amount'),
      num: true,
      strong: true,
      cell: row => <Money words={words} cents={row.amount} />,
    },
  ]
}

/** The time of today's, the day of earlier ones. */
function When({ context: { words, practice, today }, row }: { context: StaffGet; row: TransactionRow }) {
  const day = dayIn(practice.timeZone, row.createdAt)
  const said = day.equals(today) ? words.time(row.createdAt, practice.timeZone) : words.day(day, today)
  return <Time at={row.createdAt}>{said}</Time>
}

function Who({ context, row }: { context: StaffGet; row: TransactionRow }) {
  const { words, practice } = context
  return (
    <>
      <a href={paths.office.transaction(practice.slug, row.id)}>
        <Name>{row.guarantor || words.t('office.noName')}</Name>
      </a>
      <span class="sub only-narrow">
        <When context={context} row={row} /> · {paidWith(words, row)}
      </span>
    </>
  )
}

function forBills({ words }: StaffGet, { bills }: Found, row: TransactionRow): string {
  const own = bills.filter(bill => bill.payment === row.id)
  if (own.length === 0) return '–'
  return own.length === 1 ? (own[0]?.number ?? '') : words.t('office.for.bills', { count: own.length })
}

function postColumn({ words, practice, frame }: StaffGet, { filter }: Found): Column<TransactionRow> {
  return {
    head: words.t('office.column.act'),
    cell: row =>
      row.unposted > 0n && (
        <PostForm
          action={paths.office.posting(practice.slug, row.id)}
          csrf={frame.csrf}
          hidden={{ ...filterValues(filter), list: 'yes' }}
        >
          <Button
            size="small"
            label={words.t('office.posting.row.label', {
              amount: row.unposted,
              name: row.guarantor || words.t('office.noName'),
            })}
          >
            {words.t('office.posting.row')}
          </Button>
        </PostForm>
      ),
  }
}
