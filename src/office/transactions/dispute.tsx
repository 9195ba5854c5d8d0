import { z } from 'zod'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Choice, Choices } from '../../design/choice.tsx'
import { PostForm } from '../../design/form.tsx'
import { sumCents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import type { Payment } from '../../payments/payments.ts'
import type { Dispute } from '../../returns/disputes.ts'
import { choice } from '../../web/fields.ts'
import type { PaymentContext } from './context.ts'

/** How the form is read. */
export const disputeFields = z.object({ outcome: choice('reopen', 'write-off') })

type Props = {
  context: PaymentContext
  payment: Payment
  disputes: readonly Dispute[]
  error: string | undefined
}

/** What becomes of the bills that a lost dispute takes the money of; nothing is chosen beforehand. */
export function DisputeForm({ context: { words, practice, frame }, payment, disputes, error }: Props) {
  const amount = sumCents(disputes.map(dispute => dispute.amount))
  return (
    <Card title={words.t('office.dispute.title')} id="dispute" pad>
      <p>{words.t('office.dispute.lead', { amount })}</p>
      <PostForm action={paths.office.disputeOutcome(practice.slug, payment.id)} csrf={frame.csrf} class="stack">
        <Choices legend={words.t('office.dispute.outcome')} errorId="outcome-error" {...(error ? { error } : {})}>
          <Choice
            id="outcome-reopen"
            name="outcome"
            value="reopen"
            title={words.t('office.dispute.reopen')}
            detail={words.t('office.refund.reopen.detail')}
          />
          <Choice
            id="outcome-write-off"
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
