import { ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { type Fact, Facts } from '../../design/facts.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { paidWith } from '../../design/paid-with.ts'
import { Table } from '../../design/table.tsx'
import { Tag } from '../../design/tag.tsx'
import type { WordKey, Words } from '../../design/words.ts'
import type { Part, PaymentStory } from '../../documents/payment-story.ts'
import { paths } from '../../kernel/paths.ts'
import { receiptNumber, tendered } from '../../payments/payments.ts'
import { Canceled, type PaymentPageProps, type StateProps } from './payment-ends.tsx'
import { tagOf } from './state.ts'
/** Where the money went, or will go; nothing for a payment that ended without money. */
export function Where({ frame: { words }, practice, people, story }: PaymentPageProps) {
  const { parts, toCredit, planned, payment } = story
  if (payment.status === 'failed') return null
  if (payment.status === 'canceled') return <Canceled words={words} practice={practice} story={story} />
  const columns = [
    {
      head: words.t('payment.where.bill'),
      rowHead: true,
      cell: (part: Part) => (
        <>
          <a href={paths.bill(practice.slug, part.bill)}>{part.title}</a>
          <span class="sub">
            {part.number} · <Name>{people.of(part.patient)}</Name>
          </span>
        </>
      ),
    },
    {
      head: words.t(planned ? 'pay.where.part' : 'payment.where.part'),
      num: true,
      strong: true,
      cell: (part: Part) => <Money words={words} cents={part.cents} />,
    },
    {
      head: words.t('payment.where.left'),
      num: true,
      muted: true,
      wide: true,
      cell: (part: Part) => <Money words={words} cents={part.left} />,
    },
  ]
  const title = words.t(planned ? 'payment.where.will' : 'payment.where')
  return (
    <Card title={title} id="where">
      <Table cards caption={title} columns={columns} rows={parts} keyOf={part => part.bill} />
      {(parts.length > 1 || toCredit > 0n) && (
        <div class="sums">
          <Facts facts={sumsOf(words, story)} />
        </div>
      )}
      {payment.status === 'succeeded' && <Left words={words} practice={practice} story={story} />}
    </Card>
  )
}

function sumsOf(words: Words, { payment, planned, toCredit }: PaymentStory): Fact[] {
  const row = (name: string, cents: bigint): Fact => ({ name, value: <Money words={words} cents={cents} /> })
  return [
    ...(toCredit > 0n ? [row(words.t(planned ? 'payment.where.credit.will' : 'payment.where.credit'), toCredit)] : []),
    { ...row(words.t('payment.amount'), payment.amount), total: true },
  ]
}

/** What is owed after it, and where to go on. */
function Left({ words, practice, story: { owed } }: Omit<StateProps, 'lead'>) {
  return (
    <footer class="row spread">
      <span>{owed.total > 0n ? words.t('payment.leftToPay', { amount: owed.total }) : words.t('payment.allPaid')}</span>
      <ButtonLink href={paths.bills(practice.slug)} size="small">
        {words.t('payment.backToBills')}
      </ButtonLink>
    </footer>
  )
}

/** What paid it; of a payment that has not been received, the card it was to be. */
function withOf({ status, methodKind }: PaymentStory['payment']): WordKey {
  return status !== 'succeeded' && methodKind === 'card' ? 'payment.onCard' : 'payment.with'
}

/** The facts of a payment, and its receipt to keep. */
export function FactsCard({ frame: { words }, practice, story }: PaymentPageProps) {
  const { payment, returned, paidBy } = story
  const tag = tagOf(payment, returned)
  const at = payment.receivedAt ?? payment.submittedAt ?? payment.createdAt
  const received = payment.status === 'succeeded'
  const facts: Fact[] = [
    { name: words.t('payment.status'), value: <Tag tone={tag.tone}>{words.t(tag.word)}</Tag> },
    { name: words.t('payment.amount'), value: <Money words={words} cents={payment.amount} /> },
    ...(payment.creditUsed > 0n && payment.creditUsed < payment.amount
      ? [
          { name: words.t('payment.credit'), value: <Money words={words} cents={payment.creditUsed} /> },
          { name: words.t('payment.card'), value: <Money words={words} cents={tendered(payment)} /> },
        ]
      : []),
    { name: words.t('payment.when'), value: words.dateTime(at, practice.timeZone) },
    ...(payment.methodKind === 'card' && !payment.cardLast4
      ? []
      : [{ name: words.t(withOf(payment)), value: paidWith(words, payment) }]),
    ...(paidBy ? [{ name: words.t(received ? 'payment.by' : 'payment.from'), value: <Name>{paidBy}</Name> }] : []),
    { name: words.t(received ? 'payment.to' : 'payment.payee'), value: practice.name },
    ...(received ? [{ name: words.t('payment.number'), value: receiptNumber(payment.id) }] : []),
  ]
  return (
    <Card title={words.t(received ? 'payment.receipt' : 'payment.details')} id="facts" pad>
      <Facts facts={facts} />
      {received && (
        <ButtonLink href={paths.receiptPdf(practice.slug, payment.id)} icon="download" block>
          {words.t('payment.receipt.pdf')}
        </ButtonLink>
      )}
    </Card>
  )
}
