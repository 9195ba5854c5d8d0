import type { WaitingCharge } from '../../billing/charges.ts'
import { Card } from '../../design/card.tsx'
import { Fold } from '../../design/fold.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { Table } from '../../design/table.tsx'
import type { PatientGet } from '../../web/route.ts'
import type { People } from '../people.ts'

const WAITING_SHOWN = 3

type WaitingProps = { context: PatientGet; people: People; waiting: readonly WaitingCharge[] }

/** Shown, not billed: what no insurer has answered yet. The newest stand open; a long past folds. */
export function Waiting({ context, people, waiting }: WaitingProps) {
  const { words } = context
  if (waiting.length === 0) return null
  const [newest, older] = [waiting.slice(0, WAITING_SHOWN), waiting.slice(WAITING_SHOWN)]
  return (
    <Card title={words.t('bills.waiting')} id="waiting">
      <p class="pad small muted">{words.t('bills.waiting.lead')}</p>
      <WaitingTable context={context} people={people} waiting={newest} />
      {older.length > 0 && (
        <Fold label={words.t('bills.waiting.more', { count: older.length })}>
          <WaitingTable context={context} people={people} waiting={older} />
        </Fold>
      )}
    </Card>
  )
}

function WaitingTable({ context: { words, today }, people, waiting }: WaitingProps) {
  return (
    <Table
      cards
      caption={words.t('bills.waiting')}
      keyOf={charge => charge.id}
      rows={waiting}
      columns={[
        {
          head: words.t('bills.for'),
          rowHead: true,
          cell: charge => (
            <>
              {charge.description}
              <span class="muted small sub">
                <Name>{people.of(charge.patient)}</Name>
                {charge.payer && ` · ${charge.payer}`}
              </span>
            </>
          ),
        },
        { head: words.t('bills.date'), nowrap: true, muted: true, cell: charge => words.day(charge.servicedOn, today) },
        {
          head: words.t('bills.waiting.charged'),
          num: true,
          muted: true,
          cell: charge => <Money words={words} cents={charge.charged} />,
        },
      ]}
    />
  )
}
