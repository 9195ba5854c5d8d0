import type { Invoice } from '../../billing/invoices.ts'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { type Column, Table } from '../../design/table.tsx'
import { Tag } from '../../design/tag.tsx'
import type { Words } from '../../design/words.ts'
import { daysBetween } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import type { Bill } from '../../payments/owed-sums.ts'
import type { People } from '../people.ts'

/** Paid, being paid, or when it is due: warm within three days and after. */
export function BillTag({ words, bill, today }: { words: Words; bill: Bill; today: Temporal.PlainDate }) {
  if (bill.withdrawnAt) return <Tag>{words.t('bill.status.withdrawn')}</Tag>
  if (bill.open === 0n) return <Tag tone="good">{words.t('bill.status.paid')}</Tag>
  if (bill.toPay === 0n) return <Tag>{words.t('bill.status.underway')}</Tag>
  return <Tag tone={daysBetween(today, bill.dueOn) <= 3 ? 'warn' : 'plain'}>{words.relativeDue(bill.dueOn, today)}</Tag>
}

/** A dash, where the column beside it says what the patient's part was; on a phone, which leaves that out, the part itself. */
function NoneToPay({ words, bill }: { words: Words; bill: Invoice }) {
  return (
    <>
      <span class="wide">–</span>
      <span class="only-narrow muted">
        <Money words={words} cents={bill.total} />
      </span>
    </>
  )
}

type TableProps = {
  words: Words
  practice: string
  rows: readonly Bill[]
  people: People
  today: Temporal.PlainDate
}

/** Bills one below the other; two lines each on a phone. */
export function BillTable({ words, practice, rows, people, today }: TableProps) {
  const columns: Column<Bill>[] = [
    {
      head: words.t('bills.for'),
      rowHead: true,
      cell: bill => (
        <>
          <a href={paths.bill(practice, bill.id)}>{bill.title}</a>
          <span class="muted small sub">
            {bill.number} · <Name>{people.of(bill.patient)}</Name>
            <span class="only-narrow"> · {words.day(bill.servicedOn, today)}</span>
          </span>
        </>
      ),
    },
    {
      head: words.t('bills.date'),
      wide: true,
      muted: true,
      nowrap: true,
      cell: bill => words.day(bill.servicedOn, today),
    },
    { head: words.t('bills.status'), cell: bill => <BillTag words={words} bill={bill} today={today} /> },
    {
      head: words.t('bills.total'),
      num: true,
      wide: true,
      muted: true,
      cell: bill => <Money words={words} cents={bill.total} />,
    },
    {
      head: words.t('bills.toPay'),
      num: true,
      strong: true,
      cell: bill =>
        bill.toPay > 0n ? <Money words={words} cents={bill.toPay} /> : <NoneToPay words={words} bill={bill} />,
    },
  ]
  return <Table caption={words.t('bills.title')} columns={columns} rows={rows} keyOf={bill => bill.id} cards />
}
