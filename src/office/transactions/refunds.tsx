import { z } from 'zod'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Choice, Choices } from '../../design/choice.tsx'
import { Field } from '../../design/field.tsx'
import { List } from '../../design/list.tsx'
import { Money } from '../../design/money.tsx'
import type { OfficeWords } from '../../design/words.ts'
import { paths } from '../../kernel/paths.ts'
import type { Payment } from '../../payments/payments.ts'
import type { Refund } from '../../returns/refunds.ts'
import { choice, dollars, id, text } from '../../web/fields.ts'
import type { PaymentContext, Returned } from './context.ts'
import { meansOf } from './status.tsx'
import type { Transaction } from './transaction.ts'

const MOST_REASON = 200

/** How what is typed is read. */
export const askedFields = z.object({ amount: dollars(), reopens: choice('yes', 'no'), reason: text(MOST_REASON) })

/** How the form that sends it is read. */
export const refundFields = askedFields.extend({ refund: id('rfd') })

/** Where the money goes. */
export function destination(words: OfficeWords, payment: Payment): string {
  return payment.methodKind === 'card'
    ? words.t('office.refund.to.card', { with: meansOf(words, payment) })
    : words.t('office.refund.to.desk', { method: payment.methodKind })
}

type FormProps = { context: PaymentContext; transaction: Transaction; returned: Returned | undefined }

/** Asks what is to be sent back, with nothing chosen beforehand; it leads to the page that says what happens then, and sends nothing. */
export function RefundForm({ context, transaction, returned }: FormProps) {
  const { words, practice } = context
  const { payment, refundable: most } = transaction
  const typed = (name: string) => returned?.form.text(name) ?? ''
  const errorOf = (field: string) => (returned?.field === field ? returned.error : undefined)
  return (
    <Card title={words.t('office.refund.title')} id="refund" pad>
      <p class="muted small">{destination(words, payment)}</p>
      <form method="get" action={paths.office.refund(practice.slug, payment.id)} class="stack" novalidate>
        {!payment.postedAt && <input type="hidden" name="reopens" value="yes" />}
        <Field
          label={words.t('office.refund.amount')}
          name="amount"
          value={typed('amount')}
          hint={words.t('office.refund.hint', { most })}
          error={errorOf('amount')}
          inputmode="decimal"
          autocomplete="off"
          maxlength={12}
          short
          required
        />
        {payment.postedAt ? (
          <After words={words} reopens={typed('reopens')} error={errorOf('reopens')} />
        ) : (
          <p class={errorOf('reopens') ? 'error' : 'small'}>
            {errorOf('reopens') ?? words.t('office.refund.unposted')}
          </p>
        )}
        <Field
          label={words.t('office.refund.reason')}
          name="reason"
          value={typed('reason')}
          hint={words.t('office.refund.reason.hint')}
          error={errorOf('reason')}
          autocomplete="off"
          maxlength={MOST_REASON}
        />
        <Button block>{words.t('office.refund.next')}</Button>
      </form>
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
          detail: [
            words.dateTime(refund.outside ? (refund.finishedAt ?? refund.createdAt) : refund.createdAt, zone),
            refund.outside ? words.t('office.outside.made') : refund.reason,
          ]
            .filter(Boolean)
            .join(' · '),
          end: <Money words={words} cents={refund.amount} />,
        }))}
      />
    </Card>
  )
}
