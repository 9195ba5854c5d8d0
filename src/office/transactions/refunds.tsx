import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Choice, Choices } from '../../design/choice.tsx'
import { Field } from '../../design/field.tsx'
import { PostForm } from '../../design/form.tsx'
import { List } from '../../design/list.tsx'
import { Money } from '../../design/money.tsx'
import type { OfficeWords } from '../../design/words.ts'
import { isId, type RefundId } from '../../kernel/ids.ts'
import { decimalText, parseDollars } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { type RefundOrder, refundPayment } from '../../returns/refund.ts'
import type { Refund } from '../../returns/refunds.ts'
import { page, seeOther } from '../../web/answers.ts'
import { staffPost } from '../../web/route.ts'
import { officeSentence, refusalForForm } from '../sentence.ts'
import { type PaymentContext, type Returned, TransactionPage } from './page.tsx'
import { meansOf } from './status.tsx'
import { readTransactionAgain, type Transaction } from './transaction.ts'

const MOST_REASON = 200

/** What the form said, kept when it comes back. */
export type RefundTyped = { readonly amount: string; readonly reopens: string; readonly reason: string }

/** Sends back part or all of a payment; the page it leads to says how that went. */
export const refundRoute = staffPost(
  {
    path: '/:practice/office/transactions/:payment/refunds',
    room: 'payments',
    audit: 'refund.ask',
    limit: 'pay',
    mints: { refund: 'refund' },
    form: { refund: ':refund', amount: '5.00', reopens: 'yes', reason: 'Paid twice' },
  },
  async context => {
    const { app, actor, practice, records, form, words } = context
    const typed = { amount: form.text('amount'), reopens: form.text('reopens'), reason: form.text('reason') }
    try {
      await refundPayment(app, actor, { ...readOrder(form.text('refund'), typed), payment: records.payment.id })
    } catch (error) {
      const refusal = refusalForForm(error)
      const returned = { error: officeSentence(words, refusal), field: refusal.field, refund: typed }
      return page(
        <TransactionPage context={context} transaction={await readTransactionAgain(context)} returned={returned} />,
        422,
      )
    }
    return seeOther(paths.office.transaction(practice.slug, records.payment.id, 'refund'))
  },
)

function readOrder(refund: string, typed: RefundTyped): Omit<RefundOrder, 'payment'> {
  if (!isId('rfd', refund)) throw new Refusal('absent', 'absent')
  const amount = parseDollars(typed.amount)
  if (amount === undefined) throw new Refusal('invalid', 'amount.invalid', {}, 'amount')
  if (typed.reopens !== 'yes' && typed.reopens !== 'no') throw new Refusal('invalid', 'choice.invalid', {}, 'reopens')
  if (typed.reason.length > MOST_REASON) throw new Refusal('invalid', 'text.tooLong', { most: MOST_REASON }, 'reason')
  return { refund, amount, reopens: typed.reopens === 'yes', reason: typed.reason }
}

type FormProps = { context: PaymentContext; transaction: Transaction; refund: RefundId; returned: Returned }

/** All that is left of it, to be owed again: the usual refund is of a payment that should not have been. */
export function RefundForm({ context, transaction, refund, returned }: FormProps) {
  const { words, practice, frame } = context
  const { payment, refundable: most } = transaction
  const typed = returned.refund ?? { amount: decimalText(most), reopens: 'yes', reason: '' }
  const errorOf = (field: string) => (returned.field === field ? returned.error : undefined)
  return (
    <Card title={words.t('office.refund.title')} id="refund" pad>
      <p class="muted small">
        {payment.methodKind === 'card'
          ? words.t('office.refund.to.card', { with: meansOf(words, payment) })
          : words.t('office.refund.to.desk', { method: payment.methodKind })}
      </p>
      <PostForm
        action={paths.office.refunds(practice.slug, payment.id)}
        csrf={frame.csrf}
        hidden={payment.postedAt ? { refund } : { refund, reopens: 'yes' }}
        class="stack"
      >
        <Field
          label={words.t('office.refund.amount')}
          name="amount"
          value={typed.amount}
          hint={words.t('office.refund.hint', { most })}
          error={errorOf('amount')}
          inputmode="decimal"
          autocomplete="off"
          maxlength={12}
          short
          required
        />
        {payment.postedAt ? (
          <After words={words} reopens={typed.reopens} error={errorOf('reopens')} />
        ) : (
          <p class={errorOf('reopens') ? 'error' : 'small'}>
            {errorOf('reopens') ?? words.t('office.refund.unposted')}
          </p>
        )}
        <Field
          label={words.t('office.refund.reason')}
          name="reason"
          value={typed.reason}
          hint={words.t('office.refund.reason.hint')}
          error={errorOf('reason')}
          autocomplete="off"
          maxlength={MOST_REASON}
        />
        <Button block>{words.t('office.refund.button')}</Button>
      </PostForm>
    </Card>
  )
}

/** What becomes of the bills that the money leaves. */
function After({ words, reopens, error }: { words: OfficeWords; reopens: string; error: string | undefined }) {
  return (
    <Choices legend={words.t('office.refund.after')} errorId="reopens-error" {...(error ? { error } : {})}>
      <Choice
        id="reopens-yes"
        name="reopens"
        value="yes"
        checked={reopens === 'yes'}
        title={words.t('office.refund.reopen')}
        detail={words.t('office.refund.reopen.detail')}
      />
      <Choice
        id="reopens-no"
        name="reopens"
        value="no"
        checked={reopens === 'no'}
        title={words.t('office.refund.close')}
        detail={words.t('office.refund.close.detail')}
      />
    </Choices>
  )
}

/** What was sent back already, or is on its way. */
export function Refunds({ words, refunds, zone }: { words: OfficeWords; refunds: readonly Refund[]; zone: string }) {
  return (
    <Card title={words.t('office.transaction.refunds')} id="refunds">
      <List
        items={refunds.map(refund => ({
          key: refund.id,
          title: words.t('office.refund.status', { status: refund.status }),
          detail: [words.dateTime(refund.createdAt, zone), refund.reason].filter(Boolean).join(' · '),
          end: <Money words={words} cents={refund.amount} />,
        }))}
      />
    </Card>
  )
}
