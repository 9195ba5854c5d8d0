import { didJustNow, type EventType } from '../../audit/events.ts'
import { Card } from '../../design/card.tsx'
import { Name } from '../../design/name.tsx'
import { Notice } from '../../design/notice.tsx'
import { OfficePage } from '../../design/office-page.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { fullName } from '../../identity/patients.ts'
import { dayIn } from '../../kernel/dates.ts'
import { sumCents } from '../../kernel/money.ts'
import { paths, type TransactionNotice } from '../../kernel/paths.ts'
import { isLostToDecide } from '../../returns/disputes.ts'
import { isToDecide } from '../../returns/refunds.ts'
import { page } from '../../web/answers.ts'
import { type StaffGet, staffGet } from '../../web/route.ts'
import { Allocated } from './allocated.tsx'
import { PAYMENT_PATH, type PaymentContext, type Returned } from './context.ts'
import { Entries } from './entries.tsx'
import { PaymentFacts } from './facts.tsx'
import { isOf, Outcomes } from './outcome.tsx'
import { PostingForm } from './posting.tsx'
import { RefundForm, Refunds } from './refunds.tsx'
import { StatusTag } from './status.tsx'
import { Story } from './story.tsx'
import { readTransaction, type Transaction } from './transaction.ts'

/** One payment with its whole story, and what can be done about it now. */
export const pageRoute = staffGet({ path: PAYMENT_PATH, room: 'payments', audit: 'transaction.see' }, async context => {
  const { tx, practice, records } = context
  const transaction = await readTransaction(tx, practice.id, records.payment)
  const done = await readDone(context, transaction)
  return page(<TransactionPage context={context} transaction={transaction} done={done} />)
})

/** What the address says was just done, and which event says so too. */
const DONE = {
  posted: 'payment.posted',
  recorded: 'payment.succeeded',
  refund: 'refund.asked',
  dispute: 'dispute.closed',
  outside: 'refund.booked',
} as const satisfies Record<TransactionNotice, EventType>

/** What its reader just did to the payment, where the address says so and it is in the audit. */
async function readDone(
  { tx, actor, query }: StaffGet,
  transaction: Transaction,
): Promise<TransactionNotice | undefined> {
  const done = (Object.keys(DONE) as TransactionNotice[]).find(each => each === query.get('done'))
  const subjects = [transaction.payment, ...transaction.refunds, ...transaction.disputes].map(each => each.id)
  return done && (await didJustNow(tx, actor, { type: DONE[done], subjects })) ? done : undefined
}

type Props = {
  context: PaymentContext
  transaction: Transaction
  done?: TransactionNotice | undefined
  returned?: Returned | undefined
}

export function TransactionPage({ context, transaction, done, returned }: Props) {
  const { words, frame, practice, today } = context
  const { payment, guarantor } = transaction
  const { unposted } = transaction.balances
  // Beside its field, where that is still there to be corrected.
  const isBeside = returned?.of
    ? isWaiting(transaction, returned.of) && isOf(returned, returned.of)
    : returned?.field && transaction.refundable > 0n
  const error = isBeside ? undefined : returned?.error
  const name = guarantor ? fullName(guarantor) : words.t('office.noName')
  const title = words.t('office.transaction.title', { amount: payment.amount, name })
  return (
    <OfficePage frame={frame} title={title} place="transactions">
      <PageHead
        title={words.rich('office.transaction.title', { amount: payment.amount, name: <Name>{name}</Name> })}
        back={{ href: paths.office.transactions(practice.slug), label: words.t('office.back') }}
        under={<StatusTag words={words} row={{ ...payment, ...sumsOf(transaction), unposted }} />}
      />
      <Result context={context} transaction={transaction} name={name} done={done} error={error} />
      <div class={hasVerbs(transaction) ? 'columns form-aside' : ''}>
        <div class="stack-l">
          <Outcomes context={context} transaction={transaction} returned={returned} />
          {payment.status === 'succeeded' && !payment.postedAt && (
            <PostingForm context={context} payment={payment} amount={unposted} />
          )}
          <PaymentFacts context={context} transaction={transaction} />
          <Allocated words={words} transaction={transaction} />
          <Card title={words.t('office.transaction.story')} id="story" pad>
            <Story words={words} practice={practice} transaction={transaction} />
          </Card>
        </div>
        {hasVerbs(transaction) && <Verbs context={context} transaction={transaction} returned={returned} />}
      </div>
      <Entries words={words} transaction={transaction} today={today} />
    </OfficePage>
  )
}

/** Whether a return still waits for staff to decide. */
function isWaiting({ disputes, refunds }: Transaction, id: string): boolean {
  return [...disputes.filter(isLostToDecide), ...refunds.filter(isToDecide)].some(each => each.id === id)
}

function sumsOf({ refunds, disputes }: Transaction) {
  return {
    refunded: sumCents(refunds.filter(refund => refund.status !== 'failed').map(refund => refund.amount)),
    disputed: disputes.some(each => each.status === 'open'),
    lost: disputes.some(each => each.status === 'lost'),
    toDecide: disputes.some(isLostToDecide) || refunds.some(isToDecide),
  }
}

function hasVerbs({ refundable, refunds }: Transaction): boolean {
  return refundable > 0n || refunds.length > 0
}

/** Beside the story: what can be done now. What cannot is not shown. */
function Verbs({
  context,
  transaction,
  returned,
}: {
  context: PaymentContext
  transaction: Transaction
  returned: Returned | undefined
}) {
  const { words } = context
  const { refunds } = transaction
  return (
    <aside class="stack-l">
      {transaction.refundable > 0n && <RefundForm context={context} transaction={transaction} returned={returned} />}
      {refunds.length > 0 && <Refunds words={words} refunds={refunds} zone={context.practice.timeZone} />}
    </aside>
  )
}

type ResultProps = {
  context: PaymentContext
  transaction: Transaction
  name: string
  done: TransactionNotice | undefined
  error: string | undefined
}

/** What was just done, and what is going on with the bank. */
function Result({ context: { words, practice, today }, transaction, name, done, error }: ResultProps) {
  const open = transaction.disputes.find(dispute => dispute.status === 'open')
  const refund = transaction.refunds.findLast(each => !each.outside)
  return (
    <>
      {error && (
        <Notice tone="bad" alert>
          {error}
        </Notice>
      )}
      {done === 'posted' && <Done>{words.t('office.posting.done')}</Done>}
      {done === 'dispute' && <Done>{words.t('office.dispute.done')}</Done>}
      {done === 'outside' && <Done>{words.t('office.outside.done')}</Done>}
      {done === 'recorded' && <Done>{words.t('office.desk.done', { amount: transaction.payment.amount, name })}</Done>}
      {done === 'refund' && refund?.status === 'succeeded' && (
        <Done>{words.t('office.refund.done', { amount: refund.amount })}</Done>
      )}
      {refund?.status === 'failed' && (
        <Notice tone="bad">{words.t('office.refund.failed', { amount: refund.amount })}</Notice>
      )}
      {(refund?.status === 'created' || refund?.status === 'submitted') && (
        <Notice icon="hourglass">{words.t('office.refund.sending', { amount: refund.amount })}</Notice>
      )}
      {open && (
        <Notice tone="warn">
          {words.t('office.dispute.open', {
            amount: open.amount,
            day: words.dayOfMonth(dayIn(practice.timeZone, open.openedAt), today),
          })}
        </Notice>
      )}
    </>
  )
}

function Done({ children }: { children: string }) {
  return (
    <Notice tone="good" status>
      {children}
    </Notice>
  )
}
