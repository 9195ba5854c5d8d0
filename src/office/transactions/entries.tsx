import { Card } from '../../design/card.tsx'
import { Money } from '../../design/money.tsx'
import { type Column, Table } from '../../design/table.tsx'
import type { OfficeWords } from '../../design/words.ts'
import type { Cents } from '../../kernel/money.ts'
import type { StoryLine } from '../../ledger/balances.ts'
import type { Transaction } from './transaction.ts'

/** A ledger line with its place in its entry: the first names the entry. */
type Row = StoryLine & { readonly key: string; readonly first: boolean }

/** Every ledger entry of a payment with its lines, as the books have them. */
export function Entries({
  words,
  transaction,
  today,
}: {
  words: OfficeWords
  transaction: Transaction
  today: Temporal.PlainDate
}) {
  if (transaction.lines.length === 0) return null
  const rows = transaction.lines.map((line, i): Row => {
    return { ...line, key: `${line.entry} ${i}`, first: transaction.lines[i - 1]?.entry !== line.entry }
  })
  return (
    <Card title={words.t('office.transaction.entries')} id="entries">
      <p class="lead">{words.t('office.transaction.entries.lead')}</p>
      <Table
        caption={words.t('office.transaction.entries')}
        columns={columnsOf(words, today)}
        rows={rows}
        keyOf={row => row.key}
        cards
      />
    </Card>
  )
}

function columnsOf(words: OfficeWords, today: Temporal.PlainDate): Column<Row>[] {
  const debit = words.t('office.transaction.entry.debit')
  const credit = words.t('office.transaction.entry.credit')
  return [
    {
      head: words.t('office.column.when'),
      wide: true,
      muted: true,
      nowrap: true,
      cell: row => row.first && words.day(row.occurredOn, today),
    },
    {
      head: words.t('office.column.entry'),
      wide: true,
      nowrap: true,
      cell: row => row.first && words.t(`entry.${row.kind}`),
    },
    {
      head: words.t('office.column.account'),
      rowHead: true,
      cell: row => (
        <>
          {words.t(`ledger.${row.ledgerAccount}`)}
          <span class="sub only-narrow">
            {words.t(`entry.${row.kind}`)}, {words.day(row.occurredOn, today)}
          </span>
        </>
      ),
    },
    { head: debit, num: true, cell: row => row.cents > 0n && <Side words={words} side={debit} cents={row.cents} /> },
    { head: credit, num: true, cell: row => row.cents < 0n && <Side words={words} side={credit} cents={-row.cents} /> },
  ]
}

/** An amount; on a phone, where the columns have no heads, with its side. */
function Side({ words, side, cents }: { words: OfficeWords; side: string; cents: Cents }) {
  return (
    <>
      <span class="small muted only-narrow">{side} </span>
      <Money words={words} cents={cents} />
    </>
  )
}
