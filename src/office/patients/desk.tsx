import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Check, Choice, Choices } from '../../design/choice.tsx'
import { Field } from '../../design/field.tsx'
import { PostForm } from '../../design/form.tsx'
import type { OfficeWords } from '../../design/words.ts'
import { type InvoiceId, isId, type PaymentId } from '../../kernel/ids.ts'
import { decimalText, parseDollars } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { type DeskOrder, recordDeskPayment } from '../../payments/desk.ts'
import { owedByBill } from '../../payments/owed.ts'
import { page, seeOther } from '../../web/answers.ts'
import type { Form } from '../../web/forms.ts'
import { staffPost } from '../../web/route.ts'
import { officeSentence, refusalForForm } from '../sentence.ts'
import { type Household, readHouseholdAgain } from './household.ts'
import { type PatientContext, PatientPage } from './page.tsx'

const MOST_REFERENCE = 80

/** What the form said, kept when it comes back. */
type DeskTyped = {
  readonly amount: string
  readonly kind: string
  readonly bills: readonly string[]
  readonly reference: string
}
export type DeskReturned = { readonly error?: string; readonly field?: string | undefined; readonly typed?: DeskTyped }

/** Records cash or a check handed over at the desk; leads to the payment, which shows where it went. */
export const deskRoute = staffPost(
  {
    path: '/:practice/office/patients/:patient/payments',
    room: 'payments',
    audit: 'payment.record',
    limit: 'pay',
    names: { bill: 'bill' },
    mints: { payment: 'payment' },
    form: { payment: ':payment', amount: '10.00', kind: 'cash', bill: ':bill', reference: '' },
  },
  async context => {
    const { app, actor, practice, records, form, words } = context
    const typed = typedIn(form)
    try {
      const order = readOrder(form.text('payment'), typed)
      const payment = await recordDeskPayment(app, actor, { ...order, account: records.patient.account })
      return seeOther(paths.office.transaction(practice.slug, payment.id, 'recorded'))
    } catch (error) {
      const refusal = refusalForForm(error)
      const returned = { error: officeSentence(words, refusal), field: refusal.field, typed }
      const household = await readHouseholdAgain(context)
      return page(<PatientPage context={context} household={household} returned={returned} />, 422)
    }
  },
)

function typedIn(form: Form): DeskTyped {
  return {
    amount: form.text('amount'),
    kind: form.text('kind'),
    bills: form.all('bill'),
    reference: form.text('reference'),
  }
}

function readOrder(payment: string, typed: DeskTyped): Omit<DeskOrder, 'account'> {
  if (!isId('pay', payment)) throw new Refusal('absent', 'absent')
  const amount = parseDollars(typed.amount)
  if (amount === undefined) throw new Refusal('invalid', 'amount.invalid', {}, 'amount')
  if (typed.kind !== 'cash' && typed.kind !== 'cheque') throw new Refusal('invalid', 'choice.invalid', {}, 'kind')
  if (typed.reference.length > MOST_REFERENCE)
    throw new Refusal('invalid', 'text.tooLong', { most: MOST_REFERENCE }, 'reference')
  const bills = typed.bills.filter((id): id is InvoiceId => isId('inv', id))
  return { payment, amount, kind: typed.kind, reference: typed.reference, bills: [...new Set(bills)] }
}

type FormProps = { context: PatientContext; household: Household; payment: PaymentId; returned: DeskReturned }

export function DeskForm({ context, household, payment, returned }: FormProps) {
  const { words, practice, frame, records, settings } = context
  const { owed } = household
  if (owed.total === 0n && !settings.overpaying) return null
  const all = owed.total > 0n ? decimalText(owed.total) : ''
  const typed: DeskTyped = returned.typed ?? { amount: all, kind: 'cash', bills: [], reference: '' }
  const errorOf = (field: string) => (returned.field === field ? returned.error : undefined)
  return (
    <Card title={words.t('office.desk.title')} id="desk" pad>
      <p class="muted small">{words.t('office.desk.lead')}</p>
      <PostForm
        action={paths.office.deskPayment(practice.slug, records.patient.id)}
        csrf={frame.csrf}
        hidden={{ payment }}
        class="stack"
      >
        <Field
          label={words.t('office.desk.amount')}
          name="amount"
          value={typed.amount}
          hint={words.t('office.desk.hint', { amount: owed.total })}
          error={errorOf('amount')}
          inputmode="decimal"
          autocomplete="off"
          maxlength={12}
          short
          required
        />
        <Kind words={words} kind={typed.kind} error={errorOf('kind')} />
        <Field
          label={words.t('office.desk.number')}
          name="reference"
          value={typed.reference}
          hint={words.t('office.desk.number.hint')}
          error={errorOf('reference')}
          autocomplete="off"
          maxlength={MOST_REFERENCE}
        />
        <BillsFirst words={words} household={household} ticked={typed.bills} />
        <Button kind="primary" block>
          {words.t('office.desk.button')}
        </Button>
      </PostForm>
    </Card>
  )
}

function Kind({ words, kind, error }: { words: OfficeWords; kind: string; error: string | undefined }) {
  return (
    <Choices legend={words.t('office.desk.kind')} errorId="kind-error" {...(error ? { error } : {})}>
      <Choice id="kind-cash" name="kind" value="cash" checked={kind === 'cash'} title={words.t('office.desk.cash')} />
      <Choice
        id="kind-cheque"
        name="kind"
        value="cheque"
        checked={kind === 'cheque'}
        title={words.t('office.desk.cheque')}
      />
    </Choices>
  )
}

/** Where there is a choice: which bills are paid before the others. */
function BillsFirst({
  words,
  household,
  ticked,
}: {
  words: OfficeWords
  household: Household
  ticked: readonly string[]
}) {
  const byBill = owedByBill(household.owed)
  const open = household.bills.map(bill => ({ bill, left: byBill.get(bill.id) ?? 0n })).filter(each => each.left > 0n)
  if (open.length < 2) return null
  return (
    <details class="disclosure" open={ticked.length > 0}>
      <summary>{words.t('office.desk.bills')}</summary>
      <p class="muted small">{words.t('office.desk.bills.lead')}</p>
      {open.map(({ bill, left }) => (
        <Check key={bill.id} id={`bill-${bill.id}`} name="bill" value={bill.id} checked={ticked.includes(bill.id)}>
          {bill.title}{' '}
          <span class="muted small">
            {bill.number}, {words.money(left)}
          </span>
        </Check>
      ))}
    </details>
  )
}
