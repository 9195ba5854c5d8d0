import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Choice, Choices } from '../../design/choice.tsx'
import { PostForm } from '../../design/form.tsx'
import { sumCents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Payment } from '../../payments/payments.ts'
import { bookLostDispute } from '../../returns/dispute.ts'
import type { Dispute } from '../../returns/disputes.ts'
import { page, seeOther } from '../../web/answers.ts'
import { staffPost } from '../../web/route.ts'
import { officeSentence, refusalForForm } from '../sentence.ts'
import { type PaymentContext, TransactionPage } from './page.tsx'
import { readTransactionAgain } from './transaction.ts'

/** Books a lost dispute: what it had paid is owed again, or the practice bears it. */
export const disputeRoute = staffPost(
  {
    path: '/:practice/office/transactions/:payment/dispute',
    room: 'payments',
    audit: 'dispute.book',
    limit: 'pay',
    form: { outcome: 'reopen' },
  },
  async context => {
    const { app, actor, practice, records, form, words } = context
    const outcome = form.text('outcome')
    try {
      if (outcome !== 'reopen' && outcome !== 'write-off') throw new Refusal('invalid', 'choice.invalid')
      await bookLostDispute(app, actor, { payment: records.payment.id, reopens: outcome === 'reopen' })
    } catch (error) {
      const returned = { error: officeSentence(words, refusalForForm(error)) }
      return page(
        <TransactionPage context={context} transaction={await readTransactionAgain(context)} returned={returned} />,
        422,
      )
    }
    return seeOther(paths.office.transaction(practice.slug, records.payment.id, 'dispute'))
  },
)

type Props = { context: PaymentContext; payment: Payment; disputes: readonly Dispute[] }

/** What becomes of the bills that a lost dispute takes the money of; nothing is chosen beforehand. */
export function DisputeForm({ context: { words, practice, frame }, payment, disputes }: Props) {
  const amount = sumCents(disputes.map(dispute => dispute.amount))
  return (
    <Card title={words.t('office.dispute.title')} id="dispute" pad>
      <p>{words.t('office.dispute.lead', { amount })}</p>
      <PostForm action={paths.office.disputeOutcome(practice.slug, payment.id)} csrf={frame.csrf} class="stack">
        <Choices legend={words.t('office.dispute.outcome')}>
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
