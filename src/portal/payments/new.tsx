import { ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { CardEntry } from '../../design/card-entry.tsx'
import { cardName, lastMonth } from '../../design/card-name.ts'
import { Check, Choice, Choices } from '../../design/choice.tsx'
import { Empty } from '../../design/empty.tsx'
import { AmountInput } from '../../design/field.tsx'
import { FormErrors, PostForm } from '../../design/form.tsx'
import type { PersonFrame } from '../../design/frame.ts'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { AllocationPreview, CreditUse, PayButton, PaySecure } from '../../design/pay-parts.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import type { Words } from '../../design/words.ts'
import { type Cents, decimalText } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import type { Practice } from '../../practice/practices.ts'
import type { Settings } from '../../practice/settings.ts'
import type { People } from '../people.ts'
import { UnderWay } from '../under-way.tsx'
import type { OpenBill, PayForm } from './pay-form.ts'

/** What was wrong with a form that came back: beside its field, or above it. */
export type PayErrors = { readonly amount?: string; readonly method?: string; readonly form?: string }

export type PayPageProps = {
  frame: PersonFrame
  practice: Practice
  settings: Settings
  today: Temporal.PlainDate
  people: People
  form: PayForm
  errors?: PayErrors
}

/** What do I owe, and one thing to do about it: how much, with what, and where it goes. */
export function PayPage(props: PayPageProps) {
  const { frame, form, practice, today } = props
  const { words } = frame
  if (form.whole === 0n && !props.settings.overpaying) return <NothingToPay {...props} />
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
        hidden={{ payment: form.payment, ...(entersCard ? {} : { method: 'new' }) }}
        data={{ 'data-pay': '', 'data-credit': String(form.credit) }}
      >
        {form.bills.map(bill => (
          <input key={bill} type="hidden" name="bill" value={bill} />
        ))}
        <Preview words={words} form={form} people={props.people} today={today} />
        <section class="card pad stack first" aria-labelledby="pay">
          <h2 id="pay">{titleOf(words, form)}</h2>
          <Problems words={words} errors={props.errors ?? {}} />
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

function HowMuch({ frame: { words }, settings, form, errors = {} }: PayPageProps) {
  const pick = (cents: Cents) => decimalText(cents)
  const all = { value: pick(form.total), title: words.t('pay.all'), cents: form.total }
  const bill = { value: pick(form.whole), title: words.t('pay.all.bill'), cents: form.whole }
  const choices = form.bills.length === 0 ? [all] : form.whole === form.total ? [bill] : [bill, all]
  const offersOther = settings.partialPayments || settings.overpaying || form.pick === 'other'
  return (
    <Choices legend={words.t('pay.how')} {...(errors.amount ? { error: errors.amount, errorId: 'amount-error' } : {})}>
      {choices.map(({ value, title, cents }, i) => (
        <Choice
          key={value}
          id={`pick-${i}`}
          name="pick"
          value={value}
          checked={form.pick === value}
          title={title}
          end={
            <strong>
              <Money words={words} cents={cents} />
            </strong>
          }
        />
      ))}
      {offersOther && (
        <Choice
          id="pick-other"
          name="pick"
          value="other"
          checked={form.pick === 'other'}
          title={words.t('pay.other')}
          end={
            <AmountInput
              id="amount"
              name="amount"
              label={words.t('pay.amount')}
              value={form.typed}
              {...(errors.amount ? { invalid: true, error: 'amount-error' } : {})}
            />
          }
        />
      )}
    </Choices>
  )
}

function PayWith({ frame: { words }, form, errors = {} }: PayPageProps) {
  const { processor } = form
  return (
    <Choices legend={words.t('pay.with')} {...(errors.method ? { error: errors.method, errorId: 'method-error' } : {})}>
      {form.methods.map(method => (
        <Choice
          key={method.id}
          id={method.id}
          name="method"
          value={method.id}
          checked={form.method === method.id}
          disabled={method.expired}
          icon="credit-card"
          title={cardName(words, method)}
          detail={[
            words.t(method.expired ? 'method.expired' : 'method.expires', { month: lastMonth(words, method) }),
            ...(method.isDefault ? [words.t('method.default')] : []),
          ].join(' · ')}
        />
      ))}
      {processor && (
        <Choice
          id="method-new"
          name="method"
          value="new"
          checked={form.method === 'new'}
          icon="plus"
          title={words.t('pay.newCard')}
        >
          <div class="stack-s">
            <CardEntry words={words} processor={processor} amount={form.amount ?? form.whole} />
            <Check id="save" name="save" checked={form.save}>
              {words.t('pay.save')}
            </Check>
            <Check id="default" name="default" checked={form.asDefault}>
              {words.t('pay.default')}
            </Check>
          </div>
        </Choice>
      )}
    </Choices>
  )
}

type PreviewProps = { words: Words; form: PayForm; people: People; today: Temporal.PlainDate }

/** The same lines as on the receipt, before the payment. */
function Preview({ words, form, people, today }: PreviewProps) {
  const detail = (bill: OpenBill) => (
    <>
      {bill.number} · <Name>{people.of(bill.patient)}</Name> · {words.relativeDue(bill.dueOn, today)}
    </>
  )
  return (
    <Card title={words.t('pay.where')} id="where">
      <p class="lead">{words.t(form.bills.length === 0 ? 'pay.where.order' : 'pay.where.orderBill')}</p>
      <AllocationPreview
        words={words}
        rows={form.open.map(bill => ({ id: bill.id, title: bill.title, detail: detail(bill), open: bill.open }))}
        amount={form.amount ?? 0n}
      />
    </Card>
  )
}

/** Nothing is owed, or all of it is being paid; or only this bill is. */
function NothingToPay({ frame, practice, form, today, errors = {} }: PayPageProps) {
  const { words } = frame
  const because = form.underWay.length > 0 ? 'pay.nothing.underway' : 'pay.nothing.lead'
  return (
    <PortalPage frame={frame} title={words.t('pay.nothing')} place="bills">
      <PageHead
        back={{ href: paths.bills(practice.slug), label: words.t('pay.back') }}
        title={words.t('pay.nothing')}
      />
      <UnderWay words={words} practice={practice} payments={form.underWay} today={today} />
      <Card>
        <Empty
          title={words.t('pay.nothing')}
          action={
            <div class="row">
              {form.total > 0n && (
                <ButtonLink href={paths.newPayment(practice.slug)} kind="primary">
                  {words.t('bills.pay', { amount: form.total })}
                </ButtonLink>
              )}
              <ButtonLink href={paths.payments(practice.slug)}>{words.t('home.payments.all')}</ButtonLink>
            </div>
          }
        >
          {errors.form ?? (form.total > 0n ? words.t('refusal.bill.paid') : words.t(because))}
        </Empty>
      </Card>
    </PortalPage>
  )
}
