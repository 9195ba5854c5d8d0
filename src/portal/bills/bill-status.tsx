import type { Invoice } from '../../billing/invoices.ts'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { type Column, Table } from '../../design/table.tsx'
import { Tag } from '../../design/tag.tsx'
import type { Words } from '../../design/words.ts'
import { daysBetween } from '../../kernel/dates.ts'
import type { Cents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { type Owed, owedByBill } from '../../payments/owed.ts'
import type { People } from '../people.ts'

/** A bill with what is left to pay of it once payments under way have arrived. */
export type BillRow = { readonly bill: Invoice; readonly toPay: Cents }

export function billRows(bills: readonly Invoice[], owed: Owed): BillRow[] {
  const byBill = owedByBill(owed)
  return bills.map(bill => ({ bill, toPay: byBill.get(bill.id) ?? 0n }))
}

/** Paid, being paid, or when it is due: warm within three days and after. */
export function BillTag({
  words,
  row: { bill, toPay },
  today,
}: {
  words: Words
  row: BillRow
  today: Temporal.PlainDate
}) {
  if (bill.withdrawnAt) return <Tag>{words.t('bill.status.withdrawn')}</Tag>
  if (bill.open === 0n) return <Tag tone="good">{words.t('bill.status.paid')}</Tag>
  if (toPay === 0n) return <Tag>{words.t('bill.status.underway')}</Tag>
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
  rows: readonly BillRow[]
  people: People
  today: Temporal.PlainDate
}

/** Bills one below the other; two lines each on a phone. */
export function BillTable({ words, practice, rows, people, today }: TableProps) {
  const columns: Column<BillRow>[] = [
    {
      head: words.t('bills.for'),
      rowHead: true,
      cell: ({ bill }) => (
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
      cell: ({ bill }) => words.day(bill.servicedOn, today),
    },
    { head: words.t('bills.status'), cell: row => <BillTag words={words} row={row} today={today} /> },
    {
      head: words.t('bills.total'),
      num: true,
      wide: true,
      muted: true,
      cell: ({ bill }) => <Money words={words} cents={bill.total} />,
    },
    {
      head: words.t('bills.toPay'),
      num: true,
      strong: true,
      cell: ({ bill, toPay }) =>
        toPay > 0n ? <Money words={words} cents={toPay} /> : <NoneToPay words={words} bill={bill} />,
    },
  ]
  return <Table caption={words.t('bills.title')} columns={columns} rows={rows} keyOf={row => row.bill.id} cards />
}
