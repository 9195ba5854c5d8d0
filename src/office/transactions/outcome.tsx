import { z } from 'zod'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Choice, Choices } from '../../design/choice.tsx'
import { PostForm } from '../../design/form.tsx'
import { dayIn } from '../../kernel/dates.ts'
import type { PaymentId } from '../../kernel/ids.ts'
import { paths } from '../../kernel/paths.ts'
import { type Dispute, isLostToDecide } from '../../returns/disputes.ts'
import { isToDecide, type Refund } from '../../returns/refunds.ts'
import { choice } from '../../web/fields.ts'
import type { PaymentContext, Returned } from './context.ts'
import type { Transaction } from './transaction.ts'

/** How the form is read. */
export const outcomeFields = z.object({ outcome: choice('reopen', 'write-off') })

type Props = { context: PaymentContext; returned: Returned | undefined }

/** What staff have yet to decide about a payment: money that went back without Portico, each a form of its own. */
export function Outcomes({ transaction, ...props }: Props & { transaction: Transaction }) {
  const { payment, disputes, refunds } = transaction
  return (
    <>
      {disputes.filter(isLostToDecide).map(dispute => (
        <DisputeOutcome {...props} payment={payment.id} dispute={dispute} />
      ))}
      {refunds.filter(isToDecide).map(refund => (
        <RefundOutcome {...props} payment={payment.id} refund={refund} />
      ))}
    </>
  )
}

function DisputeOutcome({ dispute, payment, ...props }: Props & { payment: PaymentId; dispute: Dispute }) {
  const { words, practice } = props.context
  return (
    <OutcomeForm
      {...props}
      id={dispute.id}
      title={words.t('office.dispute.title')}
      lead={words.t('office.dispute.lead', { amount: dispute.amount })}
      action={paths.office.disputeOutcome(practice.slug, payment, dispute.id)}
    />
  )
}

function RefundOutcome({ refund, payment, ...props }: Props & { payment: PaymentId; refund: Refund }) {
  const { words, practice, today } = props.context
  const made = dayIn(practice.timeZone, refund.finishedAt ?? refund.createdAt)
  return (
    <OutcomeForm
      {...props}
      id={refund.id}
      title={words.t('office.outside.title')}
      lead={words.t('office.outside.lead', { amount: refund.amount, day: words.dayOfMonth(made, today) })}
      action={paths.office.refundOutcome(practice.slug, payment, refund.id)}
    />
  )
}

type FormProps = Props & { id: string; title: string; lead: string; action: string }

/** What becomes of the bills that money was taken from; nothing is chosen beforehand. */
function OutcomeForm({ context: { words, frame }, returned, id, title, lead, action }: FormProps) {
  const error = isOf(returned, id) ? returned?.error : undefined
  return (
    <Card title={title} id={id} pad>
      <p>{lead}</p>
      <PostForm action={action} csrf={frame.csrf} class="stack">
        <Choices legend={words.t('office.dispute.outcome')} errorId={`${id}-error`} {...(error ? { error } : {})}>
          <Choice
            id={`${id}-reopen`}
            name="outcome"
            value="reopen"
            title={words.t('office.dispute.reopen')}
            detail={words.t('office.refund.reopen.detail')}
          />
          <Choice
            id={`${id}-write-off`}
            name="outcome"
            value="write-off"
            title={words.t('office.dispute.writeOff')}
            detail={words.t('office.refund.close.detail')}
          />
        </Choices>
        <Button kind="primary" block>
          {words.t('office.dispute.button')}
        </Button>
      </PostForm>
    </Card>
  )
}

/** Whether what came back is this form, and can be said beside its choice. */
export function isOf(returned: Returned | undefined, id: string): boolean {
  return returned?.field === 'outcome' && returned.of === id
}
