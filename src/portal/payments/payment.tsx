import type { ComponentChildren } from 'preact'
import { Button, ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { type Fact, Facts } from '../../design/facts.tsx'
import { PostForm } from '../../design/form.tsx'
import type { PersonFrame } from '../../design/frame.ts'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { Notice } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import { Table } from '../../design/table.tsx'
import { Tag } from '../../design/tag.tsx'
import type { Words } from '../../design/words.ts'
import type { PatientActor } from '../../kernel/actor.ts'
import { dayIn } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import { tendered } from '../../payments/payments.ts'
import type { Practice } from '../../practice/practices.ts'
import type { People } from '../people.ts'
import { type Part, paidWith, type Receipt, receiptNumber } from './receipt.ts'
import { declineWord, isWaiting, tagOf } from './state.ts'

export type PaymentPageProps = {
  frame: PersonFrame
  practice: Practice
  actor: PatientActor
  now: Temporal.Instant
  people: People
  receipt: Receipt
}

/** What became of a payment: true and clear for each state, with what to do about it. */
export function PaymentPage(props: PaymentPageProps) {
  const { frame, practice, receipt } = props
  const { words } = frame
  const { state } = receipt
  const title = titleOf(words, receipt)
  const lead = leadOf(props)
  const open = state === 'action' || state === 'hosted'
  return (
    <PortalPage frame={frame} title={title} place="payments" task={open || state === 'failed'}>
      <PageHead
        back={{ href: paths.payments(practice.slug), label: words.t('payment.back') }}
        title={title}
        under={lead && !isWaiting(state) && !open && state !== 'failed' ? lead : undefined}
      />
      <Told {...props} />
      {isWaiting(state) && <Waiting words={words} practice={practice} receipt={receipt} lead={lead} />}
      {open && <ForThePayer frame={frame} practice={practice} receipt={receipt} lead={lead} />}
      {state === 'failed' && <Declined words={words} practice={practice} receipt={receipt} lead={lead} />}
      <div class="columns">
        <Where {...props} />
        <aside class="stack first">
          <FactsCard {...props} />
        </aside>
      </div>
    </PortalPage>
  )
}

function titleOf({ t }: Words, { payment: { amount }, state }: Receipt): string {
  return t(`payment.title.${state}`, { amount })
}

/** The sentence below the title; a payment just made thanks, a past one says when. */
function leadOf({ frame: { words }, practice, actor, now, receipt }: PaymentPageProps): string | undefined {
  const { payment, state } = receipt
  const { amount } = payment
  if (state === 'refunded') return undefined
  if (state !== 'succeeded') return words.t(`payment.lead.${state}`, { amount, practice: practice.name })
  const at = payment.receivedAt ?? payment.createdAt
  const justMade = payment.login === actor.login && now.since(at).total('minutes') < 10
  if (justMade) return words.t('payment.lead.succeeded', { email: actor.email })
  const when = words.relativePast(dayIn(practice.timeZone, at), dayIn(practice.timeZone, now))
  return words.t('payment.lead.past', { when })
}

/** Money that went back, sentences apart. */
function Told({ frame: { words }, practice, now, receipt: { refunds, disputes } }: PaymentPageProps) {
  const today = dayIn(practice.timeZone, now)
  return (
    <>
      {refunds
        .filter(refund => refund.status !== 'failed')
        .map(({ id, amount, status, finishedAt }) => (
          <Notice key={id} icon="rotate-ccw">
            {status === 'succeeded' && finishedAt
              ? words.t('payment.refunded', {
                  amount,
                  when: words.relativePast(dayIn(practice.timeZone, finishedAt), today),
                })
              : words.t('payment.refunding', { amount })}
          </Notice>
        ))}
      {disputes
        .filter(dispute => dispute.status !== 'open')
        .map(({ id, amount, status }) => (
          <Notice key={id} icon="landmark">
            {words.t(status === 'won' ? 'story.dispute.won' : 'story.dispute.lost', { amount })}
          </Notice>
        ))}
    </>
  )
}

type StateProps = { words: Words; practice: Practice; receipt: Receipt; lead: string | undefined }

function Waiting({ words, practice, receipt: { payment }, lead }: StateProps) {
  return (
    <Card pad>
      <p class="checking" role="status">
        {lead}
      </p>
      <div>
        <ButtonLink href={paths.payment(practice.slug, payment.id)} size="small" icon="rotate-ccw">
          {words.t('payment.refresh')}
        </ButtonLink>
      </div>
    </Card>
  )
}

/** The bank asks who pays, or the processor's page asks for the card: go on, or leave it. */
function ForThePayer({ frame, practice, receipt, lead }: Omit<StateProps, 'words'> & { frame: PersonFrame }) {
  const { words, csrf } = frame
  const { payment, state } = receipt
  return (
    <Card pad>
      <p role="status">{lead}</p>
      {payment.actionUrl && (
        <div class="act">
          <ButtonLink href={payment.actionUrl} kind="primary" block>
            {words.t(state === 'hosted' ? 'payment.hosted.continue' : 'payment.action.continue')}
          </ButtonLink>
        </div>
      )}
      <PostForm action={paths.paymentCancellation(practice.slug, payment.id)} csrf={csrf}>
        <Button kind="quiet">{words.t('payment.action.cancel')}</Button>
      </PostForm>
    </Card>
  )
}

function Declined({ words, practice, receipt: { payment }, lead }: StateProps) {
  const bill = payment.bills.length === 1 ? payment.bills[0] : undefined
  return (
    <Card pad>
      <div class="stack-s" role="status">
        <p>
          <strong>{words.t(declineWord(words.has, payment.failureCode))}</strong>
        </p>
        <p class="muted">{lead}</p>
      </div>
      <div class="act">
        <ButtonLink href={paths.newPayment(practice.slug, bill)} kind="primary" block>
          {words.t('payment.again')}
        </ButtonLink>
      </div>
    </Card>
  )
}

/** Where the money went, or will go; nothing for a payment that ended without money. */
function Where({ frame: { words }, practice, people, receipt }: PaymentPageProps) {
  const { parts, keptAsCredit, planned, payment } = receipt
  if (payment.status === 'failed' || payment.status === 'canceled') return <Back words={words} practice={practice} />
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
      head: words.t('payment.where.part'),
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
  return (
    <Card title={words.t(planned ? 'payment.where.will' : 'payment.where')} id="where">
      <Table cards caption={words.t('payment.where')} columns={columns} rows={parts} keyOf={part => part.bill} />
      <div class="sums">
        <Facts facts={sumsOf(words, receipt, keptAsCredit)} />
      </div>
      {payment.status === 'succeeded' && <Left words={words} practice={practice} receipt={receipt} />}
    </Card>
  )
}

function sumsOf(words: Words, { payment }: Receipt, keptAsCredit: bigint): Fact[] {
  const row = (name: string, cents: bigint): Fact => ({ name, value: <Money words={words} cents={cents} /> })
  return [
    ...(keptAsCredit > 0n ? [row(words.t('payment.where.credit'), keptAsCredit)] : []),
    { ...row(words.t('payment.amount'), payment.amount), total: true },
  ]
}

/** What is owed after it, and where to go on. */
function Left({ words, practice, receipt: { owed } }: Omit<StateProps, 'lead'>) {
  return (
    <footer class="row spread">
      <span>
        {owed.total > 0n ? words.t('payment.leftToPay', { amount: owed.total }) : words.t('payment.allPaid')}
      </span>
      <ButtonLink href={paths.bills(practice.slug)} size="small">
        {words.t('payment.backToBills')}
      </ButtonLink>
    </footer>
  )
}

function Back({ words, practice }: { words: Words; practice: Practice }): ComponentChildren {
  return (
    <div>
      <ButtonLink href={paths.bills(practice.slug)}>{words.t('payment.backToBills')}</ButtonLink>
    </div>
  )
}

/** The facts of a payment, and its receipt to keep. */
function FactsCard({ frame: { words }, practice, receipt }: PaymentPageProps) {
  const { payment, returned, paidBy } = receipt
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
      : [{ name: words.t('payment.with'), value: paidWith(words, payment) }]),
    ...(paidBy ? [{ name: words.t('payment.by'), value: <Name>{paidBy}</Name> }] : []),
    { name: words.t('payment.to'), value: practice.name },
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
