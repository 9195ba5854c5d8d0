import { Card } from '../../design/card.tsx'
import { type Fact, Facts } from '../../design/facts.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { Time } from '../../design/time.tsx'
import { fullName } from '../../identity/patients.ts'
import { paths } from '../../kernel/paths.ts'
import { receiptNumber, tendered } from '../../payments/payments.ts'
import type { PaymentContext } from './context.ts'
import { meansOf } from './status.tsx'
import { actorOf } from './story.tsx'
import type { Transaction } from './transaction.ts'

/** Who paid what, with what, and when. */
export function PaymentFacts({ context, transaction }: { context: PaymentContext; transaction: Transaction }) {
  const { words } = context
  return (
    <Card title={words.t('office.transaction.facts')} id="facts" pad>
      <Facts
        plain
        facts={[
          ...whoFacts(context, transaction),
          ...moneyFacts(context, transaction),
          ...timeFacts(context, transaction),
        ]}
      />
    </Card>
  )
}

function whoFacts({ words, practice }: PaymentContext, transaction: Transaction): Fact[] {
  const { payment, guarantor } = transaction
  const started = transaction.events.find(event => event.type === 'payment.started')
  return [
    ...(guarantor
      ? [
          {
            name: words.t('office.transaction.guarantor'),
            value: (
              <a href={paths.office.patient(practice.slug, guarantor.id)}>
                <Name>{fullName(guarantor)}</Name>
              </a>
            ),
          },
        ]
      : []),
    ...(started
      ? [{ name: words.t('office.transaction.by'), value: <Name>{actorOf(words, transaction, started.actor)}</Name> }]
      : []),
    { name: words.t('office.column.through'), value: words.t(`office.through.${payment.origin}`) },
  ]
}

function moneyFacts({ words }: PaymentContext, { payment }: Transaction): Fact[] {
  const facts: Fact[] = [{ name: words.t('office.column.with'), value: meansOf(words, payment) }]
  const money = (cents: bigint) => <Money words={words} cents={cents} />
  if (payment.creditUsed > 0n && tendered(payment) > 0n)
    facts.push(
      { name: meansOf(words, payment), value: money(tendered(payment)) },
      { name: words.t('office.transaction.credit'), value: money(payment.creditUsed) },
    )
  if (payment.reference && payment.methodKind !== 'cheque')
    facts.push({ name: words.t('office.transaction.desk'), value: payment.reference })
  if (payment.receivedAt) facts.push({ name: words.t('office.transaction.receipt'), value: receiptNumber(payment.id) })
  if (payment.intent) facts.push({ name: words.t('office.transaction.reference'), value: payment.intent })
  return facts
}

function timeFacts({ words, practice }: PaymentContext, { payment }: Transaction): Fact[] {
  const times = [
    [words.t('office.transaction.started'), payment.createdAt],
    [words.t('office.transaction.received'), payment.receivedAt],
    [words.t('office.transaction.postedAt'), payment.postedAt],
  ] as const
  return times.flatMap(([name, at]) =>
    at ? [{ name, value: <Time at={at}>{words.dateTime(at, practice.timeZone)}</Time> }] : [],
  )
}
