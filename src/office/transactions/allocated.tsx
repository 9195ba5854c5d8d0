import { Card } from '../../design/card.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { Table } from '../../design/table.tsx'
import type { OfficeWords } from '../../design/words.ts'
import type { Part } from '../../documents/payment-story.ts'
import type { Transaction } from './transaction.ts'

/** What a payment gave to which bill; while it waits, what it will give. */
export function Allocated({ words, transaction }: { words: OfficeWords; transaction: Transaction }) {
  const { payment, parts, planned, toCredit } = transaction
  if (payment.status === 'failed' || payment.status === 'canceled') return null
  const title = words.t(planned ? 'office.transaction.bills.planned' : 'office.transaction.bills')
  return (
    <Card title={title} id="bills">
      {parts.length > 0 ? (
        <Table
          caption={title}
          columns={[
            {
              head: words.t('office.column.bill'),
              rowHead: true,
              cell: part => (
                <>
                  {part.title}
                  <span class="sub">
                    {part.number} · <Name>{part.person}</Name>
                  </span>
                </>
              ),
            },
            {
              head: words.t('office.column.amount'),
              num: true,
              strong: true,
              cell: (part: Part) => (
                <>
                  <Money words={words} cents={part.cents} />
                  {part.takenBack > 0n && (
                    <span class="sub">{words.t('office.transaction.takenBack', { amount: part.takenBack })}</span>
                  )}
                </>
              ),
            },
          ]}
          rows={parts}
          keyOf={part => part.number}
          cards
        />
      ) : (
        <p class="pad muted">{words.t('office.transaction.bills.none')}</p>
      )}
      {toCredit > 0n && (
        <footer class="row spread">
          <span>{words.t(planned ? 'office.transaction.toCredit' : 'office.transaction.creditKept')}</span>
          <Money words={words} cents={toCredit} />
        </footer>
      )}
    </Card>
  )
}
