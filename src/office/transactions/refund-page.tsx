import type { ComponentChildren } from 'preact'
import { Button, ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { PostForm } from '../../design/form.tsx'
import { Money } from '../../design/money.tsx'
import { OfficePage } from '../../design/office-page.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Table } from '../../design/table.tsx'
import type { OfficeWords } from '../../design/words.ts'
import { decimalText } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { mintId } from '../../payments/mint.ts'
import type { Payment } from '../../payments/payments.ts'
import { previewRefund, type RefundPreview } from '../../returns/preview-refund.ts'
import { page } from '../../web/answers.ts'
import { readFields } from '../../web/fields.ts'
import { parseForm } from '../../web/forms.ts'
import { type StaffGet, staffGet } from '../../web/route.ts'
import { officeSentence } from '../sentence.ts'
import { PAYMENT_PATH, type Returned } from './context.ts'
import { askedFields, destination, RefundForm } from './refunds.tsx'
import { readTransaction } from './transaction.ts'

type Context = StaffGet<typeof PAYMENT_PATH>

/** What a refund would do, before it is sent: without an amount its form, with one what happens to which bills. Changes nothing. */
export const refundPageRoute = staffGet(
  { path: `${PAYMENT_PATH}/refund`, room: 'payments', audit: 'transaction.see' },
  async context => {
    const { tx, practice, records, query, words } = context
    if (!query.has('amount')) return page(await askAgain(context))
    const form = parseForm(Buffer.from(query.toString()))
    try {
      const { reopens, ...asked } = readFields(askedFields, form)
      const order = { ...asked, reopens: reopens === 'yes' }
      const preview = await previewRefund(tx, practice.id, records.payment, order)
      return page(<Confirmation context={context} order={order} preview={preview} />)
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.kind !== 'invalid') throw refusal
      const returned = { error: officeSentence(words, refusal), field: refusal.field, form }
      return page(await askAgain(context, returned), 422)
    }
  },
)

/** The form by itself, with what was typed and why it was refused. */
async function askAgain(context: Context, returned?: Returned) {
  const { tx, practice, records } = context
  const transaction = await readTransaction(tx, practice.id, records.payment)
  return (
    <RefundPage context={context} title={context.words.t('office.refund.title')}>
      <RefundForm context={context} transaction={transaction} returned={returned} />
    </RefundPage>
  )
}

type PageProps = { context: Context; title: string; children: ComponentChildren }

function RefundPage({ context: { words, frame, practice, records }, title, children }: PageProps) {
  const back = {
    href: paths.office.transaction(practice.slug, records.payment.id),
    label: words.t('office.refund.back'),
  }
  return (
    <OfficePage frame={frame} title={title} place="transactions">
      <PageHead title={title} back={back} />
      {children}
    </OfficePage>
  )
}

type Order = { readonly amount: bigint; readonly reopens: boolean; readonly reason: string }

/** The one question before money is sent back. It has no field, so that nothing but its button sends. */
function Confirmation({ context, order, preview }: { context: Context; order: Order; preview: RefundPreview }) {
  const { app, actor, words, practice, frame, records } = context
  const { id: payment, account } = records.payment
  const { amount, reopens, reason } = order
  const refund = mintId(app, 'rfd', { session: actor.session, account })
  const hidden = { refund, amount: decimalText(amount), reopens: reopens ? 'yes' : 'no', reason }
  return (
    <RefundPage context={context} title={words.t('office.refund.confirm', { amount })}>
      <Card title={words.t('office.refund.effect')} id="effect" pad>
        <p>{destination(words, records.payment)}</p>
        <Effect words={words} payment={records.payment} reopens={reopens} preview={preview} />
        {reason && <p class="muted">{words.t('office.refund.because', { reason })}</p>}
        <PostForm action={paths.office.refunds(practice.slug, payment)} csrf={frame.csrf} hidden={hidden} class="stack">
          <Button kind="primary" block>
            {words.t('office.refund.button', { amount })}
          </Button>
        </PostForm>
        <ButtonLink href={paths.office.transaction(practice.slug, payment)} kind="quiet">
          {words.t('office.refund.not')}
        </ButtonLink>
      </Card>
    </RefundPage>
  )
}

type EffectProps = { words: OfficeWords; payment: Payment; reopens: boolean; preview: RefundPreview }

/** What happens to which bills. */
function Effect({ words, payment, reopens, preview: { bills, credit } }: EffectProps) {
  const becomes = !payment.postedAt ? 'stay' : reopens ? 'reopen' : 'close'
  const title = words.t('office.refund.bills', { becomes })
  return (
    <>
      {bills.length > 0 ? (
        <Table
          caption={title}
          columns={[
            {
              head: title,
              rowHead: true,
              cell: bill => (
                <>
                  {bill.title}
                  <span class="sub">{bill.number}</span>
                </>
              ),
            },
            {
              head: words.t('office.column.amount'),
              num: true,
              strong: true,
              cell: bill => <Money words={words} cents={bill.cents} />,
            },
          ]}
          rows={bills}
          keyOf={bill => bill.number}
          cards
        />
      ) : (
        <p>{words.t('office.refund.bills.none')}</p>
      )}
      {credit > 0n && <p>{words.t('office.refund.credit', { amount: credit })}</p>}
    </>
  )
}
