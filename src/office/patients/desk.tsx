import { z } from 'zod'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Check, Choice, Choices } from '../../design/choice.tsx'
import { Field } from '../../design/field.tsx'
import { PostForm } from '../../design/form.tsx'
import type { OfficeWords } from '../../design/words.ts'
import type { PaymentId } from '../../kernel/ids.ts'
import { decimalText } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { choice, dollars, id, ids, text } from '../../web/fields.ts'
import type { Form } from '../../web/forms.ts'
import type { PatientContext } from './context.ts'
import type { Household } from './household.ts'

const MOST_REFERENCE = 80

/** How the form is read. */
export const deskFields = z.object({
  payment: id('pay'),
  amount: dollars(),
  kind: choice('cash', 'cheque'),
  bill: ids('inv'),
  reference: text(MOST_REFERENCE),
})

/** A form that comes back: its sentence, and what was typed. */
export type DeskReturned = { readonly error: string; readonly field: string | undefined; readonly form: Form }

type FormProps = {
  context: PatientContext
  household: Household
  payment: PaymentId
  returned: DeskReturned | undefined
}

export function DeskForm({ context, household, payment, returned }: FormProps) {
  const { words, practice, frame, records, settings } = context
  const { owed } = household
  if (owed.total === 0n && !settings.overpaying) return null
  const all = owed.total > 0n ? decimalText(owed.total) : ''
  const typed = (name: string, fresh: string) => returned?.form.text(name) ?? fresh
  const errorOf = (field: string) => (returned?.field === field ? returned.error : undefined)
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
          value={typed('amount', all)}
          hint={words.t('office.desk.hint', { amount: owed.total })}
          error={errorOf('amount')}
          inputmode="decimal"
          autocomplete="off"
          maxlength={12}
          short
          required
        />
        <Kind words={words} kind={typed('kind', 'cash')} error={errorOf('kind')} />
        <Field
          label={words.t('office.desk.number')}
          name="reference"
          value={typed('reference', '')}
          hint={words.t('office.desk.number.hint')}
          error={errorOf('reference')}
          autocomplete="off"
          maxlength={MOST_REFERENCE}
        />
        <BillsFirst words={words} household={household} ticked={returned?.form.all('bill') ?? []} />
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
  const open = household.bills.filter(bill => bill.toPay > 0n)
  if (open.length < 2) return null
  return (
    <details class="disclosure" open={ticked.length > 0}>
      <summary>{words.t('office.desk.bills')}</summary>
      <p class="muted small">{words.t('office.desk.bills.lead')}</p>
      {open.map(bill => (
        <Check key={bill.id} id={`bill-${bill.id}`} name="bill" value={bill.id} checked={ticked.includes(bill.id)}>
          {bill.title}{' '}
          <span class="muted small">
            {bill.number}, {words.money(bill.toPay)}
          </span>
        </Check>
      ))}
    </details>
  )
}
