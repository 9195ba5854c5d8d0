import { z } from 'zod'
import type { DisputeId, RefundId } from '../../kernel/ids.ts'
import { paths } from '../../kernel/paths.ts'
import { postPayment } from '../../payments/desk.ts'
import { bookReturn } from '../../returns/book-return.ts'
import { refundPayment } from '../../returns/refund.ts'
import type { Returned } from '../../web/act.ts'
import { seeOther } from '../../web/answers.ts'
import { text, tick } from '../../web/fields.ts'
import { type StaffPost, staffPost } from '../../web/route.ts'
import { officeSentence } from '../sentence.ts'
import type { PAYMENT_PATH } from './context.ts'
import { listPath, readFilter } from './filter.ts'
import { outcomeFields } from './outcome.tsx'
import { TransactionPage } from './page.tsx'
import { refundFields } from './refunds.tsx'
import { readTransactionAgain } from './transaction.ts'

/** Gives a received payment to its bills; leads back to where the button stood. */
const postingRoute = staffPost(
  {
    path: '/:practice/office/transactions/:payment/posting',
    room: 'payments',
    audit: 'payment.post',
    limit: 'form',
    fields: z.object({ list: tick(), q: text(), days: text(), status: text(), after: text() }),
    form: {},
  },
  async ({ app, actor, practice, records, fields: { list, ...filter } }) => {
    const { id } = records.payment
    await postPayment(app, actor, id)
    return seeOther(
      list ? listPath(practice.slug, readFilter(filter), id) : paths.office.transaction(practice.slug, id, 'posted'),
    )
  },
  pageAgain,
)

/** Sends back part or all of a payment; the page it leads to says how that went. */
const refundRoute = staffPost(
  {
    path: '/:practice/office/transactions/:payment/refunds',
    room: 'payments',
    audit: 'refund.ask',
    limit: 'pay',
    mints: { refund: 'refund' },
    fields: refundFields,
    form: { refund: ':refund', amount: '5.00', reopens: 'yes', reason: 'Paid twice' },
  },
  async ({ app, actor, practice, records, fields }) => {
    const payment = records.payment.id
    await refundPayment(app, actor, { ...fields, payment, reopens: fields.reopens === 'yes' })
    return seeOther(paths.office.transaction(practice.slug, payment, 'refund'))
  },
  pageAgain,
)

/** Books a lost dispute: what it had paid is owed again, or the practice bears it. */
const disputeRoute = staffPost(
  {
    path: '/:practice/office/transactions/:payment/disputes/:dispute',
    room: 'payments',
    audit: 'dispute.book',
    limit: 'pay',
    fields: outcomeFields,
    form: { outcome: 'reopen' },
  },
  async context => {
    await book(context, context.records.dispute, context.fields)
    return seeOther(paths.office.transaction(context.practice.slug, context.records.payment.id, 'dispute'))
  },
  (context, returned) => pageAgain(context, returned, context.records.dispute.id),
)

/** The same of a refund that was made at the processor past Portico. */
const outsideRoute = staffPost(
  {
    path: '/:practice/office/transactions/:payment/refunds/:refund',
    room: 'payments',
    audit: 'refund.book',
    limit: 'pay',
    fields: outcomeFields,
    form: { outcome: 'reopen' },
  },
  async context => {
    await book(context, context.records.refund, context.fields)
    return seeOther(paths.office.transaction(context.practice.slug, context.records.payment.id, 'outside'))
  },
  (context, returned) => pageAgain(context, returned, context.records.refund.id),
)

export const transactionActs = [postingRoute, refundRoute, disputeRoute, outsideRoute]

async function book(
  { app, actor, records }: Pick<StaffPost<typeof PAYMENT_PATH>, 'app' | 'actor' | 'records'>,
  returned: { readonly id: DisputeId | RefundId },
  { outcome }: { outcome: 'reopen' | 'write-off' },
): Promise<void> {
  const payment = records.payment.id
  await bookReturn(app, actor, { payment, returned: returned.id, reopens: outcome === 'reopen' })
}

async function pageAgain(context: StaffPost<typeof PAYMENT_PATH>, { refusal, form }: Returned, of?: string) {
  const returned = { error: officeSentence(context.words, refusal), field: refusal.field, form, of }
  return <TransactionPage context={context} transaction={await readTransactionAgain(context)} returned={returned} />
}
