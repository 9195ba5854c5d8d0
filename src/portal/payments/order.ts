import { z } from 'zod'
import { type AccountId, isId, type MethodId } from '../../kernel/ids.ts'
import { type Cents, parseDollars } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { PayOrder } from '../../payments/pay.ts'
import type { Keep } from '../../payments/payments.ts'
import { field, id, ids, text, tick } from '../../web/fields.ts'

/** How the pay form is read; what was typed is kept word by word, so that a refused form comes back as it was. */
export const payFields = z.object({
  payment: id('pay'),
  bill: ids('inv'),
  /** A choice of the form: an amount it named, or `other`; '' where the form had no choices. */
  pick: text(),
  amount: text(),
  /** What the form showed as owed, in dollars. */
  shown: text(),
  /** A saved method's id, `new`, or '' where none was chosen. */
  method: field(([chosen = '']): MethodId | 'new' | '' => (chosen === 'new' || isId('mth', chosen) ? chosen : '')),
  /** What the processor's own card form made; '' without script. */
  payment_method: text(),
  save: tick(),
  default: tick(),
})
export type PayFields = z.output<typeof payFields>

/** The order a form means. Refuses `amount.required`, `amount.invalid`, `amount.which`, `method.required`, `method.unknown`. */
export function orderOf(fields: PayFields, account: AccountId): PayOrder {
  const shown = parseDollars(fields.shown)
  return {
    payment: fields.payment,
    account,
    bills: fields.bill,
    amount: amountOf(fields),
    ...(shown === undefined ? {} : { shown }),
    with: sourceOf(fields),
  }
}

/** The amount chosen or typed; where both were done and differ, neither is guessed. */
export function amountOf({ pick, amount: typed }: Pick<PayFields, 'pick' | 'amount'>): Cents {
  const picked = pick === '' || pick === 'other' ? undefined : parseDollars(pick)
  if (picked === undefined) {
    if (typed === '') throw new Refusal('invalid', 'amount.required', {}, 'amount')
    return parseDollars(typed) ?? refuseAmount()
  }
  if (typed !== '' && parseDollars(typed) !== picked)
    throw new Refusal('invalid', 'amount.which', { picked, typed }, 'amount')
  return picked
}

function refuseAmount(): never {
  throw new Refusal('invalid', 'amount.invalid', {}, 'amount')
}

function sourceOf({ method, payment_method: card, save, default: asDefault }: PayFields): PayOrder['with'] {
  if (method === '') throw new Refusal('invalid', 'method.required', {}, 'method')
  if (method !== 'new') return { saved: method }
  const keep: Keep = asDefault ? 'default' : save ? 'save' : 'no'
  if (card === '') return { hosted: true, keep }
  return { card: readCard(card), keep }
}

/** What the processor's card form made: an id of its own, never a card number. Refuses `method.unknown`. */
export function readCard(card: string): string {
  if (!/^pm_\w{1,200}$/.test(card)) throw new Refusal('invalid', 'method.unknown', {}, 'method')
  return card
}
