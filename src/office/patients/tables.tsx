import { Card } from '../../design/card.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { Table } from '../../design/table.tsx'
import { Tag } from '../../design/tag.tsx'
import { dayIn } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import type { TransactionRow } from '../../payments/transactions.ts'
import { paidWith, StatusTag } from '../transactions/status.tsx'
import { type Household, nameIn } from './household.ts'
import type { PatientContext } from './page.tsx'

/** The household's newest payments. */
export function HouseholdPayments({ context, household }: { context: PatientContext; household: Household }) {
  const { words, practice, today } = context
  const title = words.t('office.patient.payments')
  const when = (payment: TransactionRow) => words.day(dayIn(practice.timeZone, payment.createdAt), today)
  return (
    <Card title={title} id="payments">
      {household.payments.length > 0 ? (
        <Table
          caption={title}
          columns={[
            {
              head: words.t('office.column.when'),
              rowHead: true,
              cell: payment => (
                <>
                  <a href={paths.office.transaction(practice.slug, payment.id)}>{when(payment)}</a>
                  <span class="sub only-narrow">{paidWith(words, payment)}</span>
                </>
              ),
            },
            {
              head: words.t('office.column.with'),
              wide: true,
              cell: (payment: TransactionRow) => paidWith(words, payment),
            },
            {
              head: words.t('office.column.status'),
              cell: payment => <StatusTag words={words} row={payment} />,
            },
            {
              head: words.t('office.column.amount'),
              num: true,
              strong: true,
              cell: payment => <Money words={words} cents={payment.amount} />,
            },
          ]}
          rows={household.payments}
          keyOf={payment => payment.id}
          cards
        />
      ) : (
        <p class="pad muted">{words.t('office.patient.noPayments')}</p>
      )}
    </Card>
  )
}

/** What no insurer has answered yet: shown, in no sum. */
export function Waiting({ context: { words, today }, household }: { context: PatientContext; household: Household }) {
  if (household.waiting.length === 0) return null
  const title = words.t('office.patient.waiting')
  return (
    <Card title={title} id="waiting">
      <p class="lead">{words.t('office.patient.waiting.lead')}</p>
      <Table
        caption={title}
        columns={[
          {
            head: words.t('office.column.bill'),
            rowHead: true,
            cell: charge => (
              <>
                {charge.description}
                <span class="sub">
                  {words.day(charge.servicedOn, today)} · <Name>{nameIn(household, charge.patient)}</Name>
                </span>
              </>
            ),
          },
          {
            head: words.t('office.column.status'),
            wide: true,
            cell: charge => <Tag>{charge.payer ?? words.t('office.status.waiting')}</Tag>,
          },
          {
            head: words.t('office.column.total'),
            num: true,
            cell: charge => <Money words={words} cents={charge.charged} />,
          },
        ]}
        rows={household.waiting}
        keyOf={charge => charge.id}
        cards
      />
    </Card>
  )
}
