import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { PostForm } from '../../design/form.tsx'
import type { Cents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import type { Payment } from '../../payments/payments.ts'
import type { PaymentContext } from './context.ts'

type FormProps = { context: PaymentContext; payment: Payment; amount: Cents }

/** Gives a payment to its bills; one that has lost all that it brought is only closed. */
export function PostingForm({ context, payment, amount }: FormProps) {
  const { words, practice, frame } = context
  return (
    <Card title={words.t('office.posting.title')} id="posting" pad>
      <p>{words.t(amount > 0n ? 'office.posting.lead' : 'office.posting.nothing')}</p>
      <PostForm action={paths.office.posting(practice.slug, payment.id)} csrf={frame.csrf}>
        <Button kind="primary">
          {amount > 0n ? words.t('office.posting.button', { amount }) : words.t('office.posting.close')}
        </Button>
      </PostForm>
    </Card>
  )
}
