import { Card } from '../../design/card.tsx'
import { Fold } from '../../design/fold.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { Table } from '../../design/table.tsx'
import { Tag } from '../../design/tag.tsx'
import { dayIn } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import type { TransactionRow } from '../../payments/transactions.ts'
import { paidWith, StatusTag } from '../transactions/status.tsx'
import type { PatientContext } from './context.ts'
import { type Household, nameIn } from './household.ts'

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

const WAITING_SHOWN = 5

/** What no insurer has answered yet: shown, in no sum. The newest stand open; a long past folds. */
export function Waiting({ context, household }: { context: PatientContext; household: Household }) {
  const { words } = context
  const { waiting } = household
  if (waiting.length === 0) return null
  const older = waiting.slice(WAITING_SHOWN)
  return (
    <Card title={words.t('office.patient.waiting')} id="waiting">
      <p class="lead">{words.t('office.patient.waiting.lead')}</p>
      <WaitingTable context={context} household={household} rows={waiting.slice(0, WAITING_SHOWN)} />
      {older.length > 0 && (
        <Fold label={words.t('office.patient.waiting.more', { count: older.length })}>
          <WaitingTable context={context} household={household} rows={older} />
        </Fold>
      )}
    </Card>
  )
}

type WaitingProps = { context: PatientContext; household: Household; rows: Household['waiting'] }

function WaitingTable({ context: { words, today }, household, rows }: WaitingProps) {
  return (
    <Table
      caption={words.t('office.patient.waiting')}
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
      rows={rows}
      keyOf={charge => charge.id}
      cards
    />
  )
}
