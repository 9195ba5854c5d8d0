import { ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Empty } from '../../design/empty.tsx'
import { FormErrors, PostForm } from '../../design/form.tsx'
import { Name } from '../../design/name.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { AllocationPreview, CreditUse, PayButton, PaySecure } from '../../design/pay-parts.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import type { Words } from '../../design/words.ts'
import { decimalText } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import type { OpenBill } from '../../payments/owed-sums.ts'
import type { People } from '../people.ts'
import { TooSmall } from '../too-small.tsx'
import { UnderWay } from '../under-way.tsx'
import { HowMuch, PayWith } from './pay-choices.tsx'
import type { PayErrors, PayForm, PayPageProps } from './pay-form.ts'

/** What do I owe, and one thing to do about it: how much, with what, and where it goes. */
export function PayPage(props: PayPageProps) {
  const { frame, form, practice, today } = props
  const { words } = frame
  if (form.whole === 0n && !props.settings.overpaying) return <NothingToPay {...props} />
  if (form.way === 'none') return <NothingForCard {...props} />
  const entersCard = form.credit < form.total && form.processor !== null
  return (
    <PortalPage
      frame={frame}
      title={titleOf(words, form)}
      place="bills"
      task
      islands={entersCard ? ['pay-amount', 'card-entry'] : ['pay-amount']}
    >
      <Head {...props} />
      <UnderWay words={words} practice={practice} payments={form.underWay} today={today} />
      <PostForm
        action={paths.payments(practice.slug)}
        csrf={frame.csrf}
        class="columns form-aside"
        hidden={{ payment: form.payment, shown: decimalText(form.whole), ...(entersCard ? {} : { method: 'new' }) }}
        data={{
          'data-pay': '',
          'data-credit': String(form.credit),
          ...(form.most === undefined ? {} : { 'data-most': String(form.most) }),
        }}
      >
        {form.bills.map(bill => (
          <input key={bill} type="hidden" name="bill" value={bill} />
        ))}
        <Preview words={words} form={form} people={props.people} />
        <section class="card pad stack first" aria-labelledby="pay">
          <h2 id="pay">{titleOf(words, form)}</h2>
          <Problems words={words} errors={props.errors ?? {}} />
          <TooSmall words={words} practice={practice} way={form.way} amount={form.whole} />
          <HowMuch {...props} />
          {entersCard && <PayWith {...props} />}
          <CreditUse words={words} amount={form.amount ?? 0n} credit={form.credit} />
          <PayButton words={words} credit={form.credit} amount={form.amount} />
          {entersCard && <PaySecure words={words} />}
        </section>
      </PostForm>
    </PortalPage>
  )
}

function titleOf(words: Words, form: PayForm): string {
  return words.t(form.bills.length === 1 ? 'pay.title.bill' : 'pay.title')
}

function Head({ frame, form, practice, people, today }: PayPageProps) {
  const { words } = frame
  const bill = form.bills.length === 1 ? form.open.find(each => each.id === form.bills[0]) : undefined
  if (!bill)
    return (
      <PageHead
        back={{ href: paths.bills(practice.slug), label: words.t('pay.back') }}
        title={words.t('pay.lead', { amount: form.total })}
      />
    )
  return (
    <PageHead
      back={{ href: paths.bill(practice.slug, bill.id), label: words.t('bill.number', { number: bill.number }) }}
      title={bill.title}
      under={
        <>
          <Name>{people.of(bill.patient)}</Name> · {words.relativeDue(bill.dueOn, today)}
        </>
      }
    />
  )
}

function Problems({ words, errors }: { words: Words; errors: PayErrors }) {
  const count = (errors.amount ? 1 : 0) + (errors.method ? 1 : 0)
  if (errors.form)
    return (
      <FormErrors words={words} count={1}>
        {errors.form}
      </FormErrors>
    )
  return <FormErrors words={words} count={count} />
}

type PreviewProps = { words: Words; form: PayForm; people: People }

/** The same lines as on the receipt, before the payment. */
function Preview({ words, form, people }: PreviewProps) {
  const detail = (bill: OpenBill) => (
    <>
      {bill.number} · <Name>{people.of(bill.patient)}</Name>
    </>
  )
  return (
    <Card title={words.t('pay.where')} id="where" pad>
      <p class="small muted">{words.t(form.bills.length === 0 ? 'pay.where.order' : 'pay.where.orderBill')}</p>
      <AllocationPreview
        words={words}
        rows={[
          ...form.open.map(bill => ({ id: bill.id, title: bill.title, detail: detail(bill), open: bill.open })),
          ...(form.others > 0n ? [{ id: 'others', title: words.t('pay.where.others'), open: form.others }] : []),
        ]}
        amount={form.amount ?? 0n}
      />
    </Card>
  )
}

/** So little is owed that no card takes it: no card is asked for, and what to do is said. */
function NothingForCard({ frame, practice, form, today }: PayPageProps) {
  const { words } = frame
  const title = words.t('small.title', { amount: form.total })
  return (
    <PortalPage frame={frame} title={title} place="bills">
      <PageHead back={{ href: paths.bills(practice.slug), label: words.t('pay.back') }} title={title} />
      <UnderWay words={words} practice={practice} payments={form.underWay} today={today} />
      <Card pad>
        <TooSmall words={words} practice={practice} way={form.way} amount={form.total} />
      </Card>
    </PortalPage>
  )
}

/** Nothing is owed, or all of it is being paid; or only this bill is. */
function NothingToPay({ frame, practice, form, today, errors = {} }: PayPageProps) {
  const { words } = frame
  const owesRest = form.total > 0n
  const isPaying = form.underWay.length > 0
  const title = words.t(!owesRest ? 'pay.nothing' : isPaying ? 'pay.nothing.billPaying' : 'pay.nothing.bill')
  const why = owesRest
    ? words.t('payment.leftToPay', { amount: form.total })
    : words.t(isPaying ? 'pay.nothing.underway' : 'pay.nothing.lead')
  return (
    <PortalPage frame={frame} title={title} place="bills">
      <PageHead back={{ href: paths.bills(practice.slug), label: words.t('pay.back') }} title={title} />
      <UnderWay words={words} practice={practice} payments={form.underWay} today={today} />
      <Card>
        <Empty
          icon={owesRest ? 'receipt-text' : 'circle-check'}
          title={errors.form ?? why}
          action={
            <div class="row">
              {owesRest && (
                <ButtonLink href={paths.newPayment(practice.slug)} kind="primary">
                  {words.t('pay.nothing.rest', { amount: form.total })}
                </ButtonLink>
              )}
              <ButtonLink href={paths.payments(practice.slug)}>{words.t('home.payments.all')}</ButtonLink>
            </div>
          }
        />
      </Card>
    </PortalPage>
  )
}
