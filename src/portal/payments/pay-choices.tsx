import { CardEntry } from '../../design/card-entry.tsx'
import { cardName, lastMonth } from '../../design/card-name.ts'
import { Check, Choice, Choices } from '../../design/choice.tsx'
import { AmountInput } from '../../design/field.tsx'
import { Money } from '../../design/money.tsx'
import { type Cents, decimalText } from '../../kernel/money.ts'
import { canBePaid } from '../../payments/owed.ts'
import type { PayPageProps } from './pay-form.ts'

/** All, this bill, or another amount; a practice that takes whole bills only offers no other. */
export function HowMuch({ frame: { words }, settings, form, errors = {} }: PayPageProps) {
  const pick = (cents: Cents) => decimalText(cents)
  const all = { value: pick(form.total), title: words.t('pay.all'), cents: form.total }
  const bill = { value: pick(form.whole), title: words.t('pay.all.bill'), cents: form.whole }
  const offered = form.bills.length === 0 ? [all] : form.whole === form.total ? [bill] : [bill, all]
  const choices = offered.filter(({ cents }) => canBePaid(cents, form.credit))
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

/** The saved cards, expired ones shown and not to be chosen, and a new one. */
export function PayWith({ frame: { words }, form, errors = {} }: PayPageProps) {
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
