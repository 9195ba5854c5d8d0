import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { PostForm } from '../../design/form.tsx'
import type { Cents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { postPayment } from '../../payments/desk.ts'
import type { Payment } from '../../payments/payments.ts'
import { page, seeOther } from '../../web/answers.ts'
import { staffPost } from '../../web/route.ts'
import { officeSentence, refusalForForm } from '../sentence.ts'
import { listPath, readFilter } from './filter.ts'
import { type PaymentContext, TransactionPage } from './page.tsx'
import { readTransactionAgain } from './transaction.ts'

/** Gives a received payment to its bills; leads back to where the button stood. */
export const postingRoute = staffPost(
  {
    path: '/:practice/office/transactions/:payment/posting',
    room: 'payments',
    audit: 'payment.post',
    limit: 'form',
    form: {},
  },
  async context => {
    const { app, actor, practice, records, form, words } = context
    try {
      await postPayment(app, actor, records.payment.id)
    } catch (error) {
      const returned = { error: officeSentence(words, refusalForForm(error)) }
      return page(
        <TransactionPage context={context} transaction={await readTransactionAgain(context)} returned={returned} />,
        422,
      )
    }
    if (form.on('list'))
      return seeOther(
        listPath(
          practice.slug,
          readFilter(name => form.text(name)),
          records.payment.id,
        ),
      )
    return seeOther(paths.office.transaction(practice.slug, records.payment.id, 'posted'))
  },
)

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
