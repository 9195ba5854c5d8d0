import { readRow } from '../../audit/reads.ts'
import { readPaymentStory } from '../../documents/payment-story.ts'
import { selectHousehold } from '../../identity/patients.ts'
import { scopeOf } from '../../kernel/actor.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { cancelAtProcessor } from '../../payments/cancel.ts'
import { mintId } from '../../payments/mint.ts'
import { payBills } from '../../payments/pay.ts'
import { rows, type Tx, transact } from '../../platform/database.ts'
import { lookAgain } from '../../recovery/recover.ts'
import { page, seeOther } from '../../web/answers.ts'
import { sayRefusal } from '../../web/errors.tsx'
import { readFields } from '../../web/fields.ts'
import { isWithin } from '../../web/limits.ts'
import { lookUp } from '../../web/records.ts'
import { type PatientGet, type PatientPost, patientGet, patientPost, type Route } from '../../web/route.ts'
import { namePeople } from '../people.ts'
import { paymentListRoute } from './list.tsx'
import { PayPage } from './new.tsx'
import { orderOf, type PayFields, payFields } from './order.ts'
import { type PayErrors, type PayStart, readPayForm } from './pay-form.ts'
import { PaymentPage } from './payment.tsx'
import { isWaiting, refreshSeconds } from './state.ts'

const newPaymentRoute = patientGet(
  { path: '/:practice/payments/new', room: 'payments', audit: 'payment.new', card: true },
  async context => {
    const { app, practice, actor, tx, query } = context
    const named = query.get('bill')
    const bill = named ? [(await lookUp(tx, practice.id, 'bill', named)).id] : []
    return page(await formPage(tx, context, { payment: mintId(app, 'pay', actor), bill }))
  },
)

const payRoute = patientPost(
  {
    path: '/:practice/payments',
    room: 'payments',
    audit: 'payment.start',
    limit: 'pay',
    stepUp: 'methods',
    names: { bill: 'bill', method: 'method' },
    mints: { payment: 'payment' },
    fields: payFields,
    form: { payment: ':payment', bill: ':bill', amount: '12.00', method: 'new', payment_method: 'pm_card_visa' },
    card: true,
  },
  async ({ app, practice, actor, fields }) => {
    const payment = await payBills(app, actor, orderOf(fields, actor.account))
    return seeOther(paths.payment(practice.slug, payment.id))
  },
  // With everything typed and the sentence beside its field; an order sent before in another shape starts anew.
  async (context, { refusal, form }) => {
    const { app, actor, request } = context
    const fields = readFields(payFields, form)
    const start = refusal.kind === 'conflict' ? { ...fields, payment: mintId(app, 'pay', actor) } : fields
    return transact(app.db, scopeOf(actor), async tx => {
      await rows(tx, readRow(actor, { what: 'payment.new', account: actor.account, request }))
      return formPage(tx, context, start, errorsOf(context, fields, refusal))
    })
  },
)

function errorsOf({ words }: PatientPost, { pick }: PayFields, refusal: Refusal): PayErrors {
  const wasWhole = pick !== '' && pick !== 'other'
  // The form had named an amount that is owed no more: it says what is owed now.
  const shown =
    refusal.code === 'amount.tooMuch' && wasWhole && refusal.values.most !== undefined
      ? new Refusal('invalid', 'amount.changed', { amount: refusal.values.most }, 'amount')
      : refusal
  const sentence = sayRefusal(words, shown)
  return shown.field === 'amount' || shown.field === 'method' ? { [shown.field]: sentence } : { form: sentence }
}

async function formPage(tx: Tx, context: PatientGet | PatientPost, start: PayStart, errors: PayErrors = {}) {
  const { practice, settings, actor, words, today, frame } = context
  const form = await readPayForm(tx, context, start)
  const household = await rows(tx, selectHousehold(practice.id, actor.account))
  return (
    <PayPage
      frame={frame}
      practice={practice}
      settings={settings}
      today={today}
      people={namePeople(words, actor, household)}
      form={form}
      errors={errors}
    />
  )
}

const paymentRoute = patientGet(
  {
    path: '/:practice/payments/:payment',
    room: 'payments',
    audit: 'payment.see',
    // A payer who comes back from the bank reads what the bank decided; its address loses what the processor put there.
    before: async ({ app, practice, actor, records, query }) => {
      if (await isWithin(app, 'look', actor.session)) await lookAgain(app, practice.id, records.payment.id)
      return query.size > 0 ? seeOther(paths.payment(practice.slug, records.payment.id)) : undefined
    },
  },
  async ({ app, practice, actor, words, tx, frame, records }) => {
    const story = await readPaymentStory(tx, practice.id, records.payment)
    const people = namePeople(words, actor, story.household)
    const now = app.now()
    const answer = page(
      <PaymentPage frame={frame} practice={practice} actor={actor} now={now} people={people} story={story} />,
    )
    // Asks again by itself, without script too.
    if (isWaiting(story.state)) answer.headers.set('Refresh', String(refreshSeconds(records.payment.createdAt, now)))
    return answer
  },
)

const cancellationRoute = patientPost(
  {
    path: '/:practice/payments/:payment/cancellation',
    room: 'payments',
    audit: 'payment.cancel',
    limit: 'pay',
    form: {},
  },
  async ({ app, practice, records }) => {
    await cancelAtProcessor(app, practice.id, records.payment.id, 'payer')
    return seeOther(paths.payment(practice.slug, records.payment.id))
  },
)

/** Paying, and what became of it. */
export const paymentRoutes: Route[] = [paymentListRoute, newPaymentRoute, payRoute, paymentRoute, cancellationRoute]
