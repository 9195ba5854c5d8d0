import type { AccountId, InvoiceId, MethodId, PaymentId } from '../../kernel/ids.ts'
import { isId } from '../../kernel/ids.ts'
import { type Cents, parseDollars } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { PayOrder } from '../../payments/pay.ts'
import type { Keep } from '../../payments/payments.ts'
import type { Form } from '../../web/forms.ts'

/** What a pay form said, kept word by word so that a refused form comes back as it was. */
export type Said = {
  readonly payment: PaymentId
  readonly bills: readonly InvoiceId[]
  /** A choice of the form: an amount it named, or `other`; '' where the form had no choices. */
  readonly pick: string
  readonly amount: string
  /** What the form showed as owed, in dollars. */
  readonly shown: string
  /** A saved method's id, `new`, or '' where none was chosen. */
  readonly method: MethodId | 'new' | ''
  /** What the processor's own card form made; '' without script. */
  readonly card: string
  readonly save: boolean
  readonly asDefault: boolean
}

/** Reads the form; its ids were looked up by the gate. Refuses `body.malformed` without the payment's id. */
export function readSaid(form: Form): Said {
  const payment = form.text('payment')
  if (!isId('pay', payment)) throw new Refusal('malformed', 'body.malformed')
  const method = form.text('method')
  return {
    payment,
    bills: [...new Set(form.all('bill'))].filter(bill => isId('inv', bill)),
    pick: form.text('pick'),
    amount: form.text('amount'),
    shown: form.text('shown'),
    method: method === 'new' || isId('mth', method) ? method : '',
    card: form.text('payment_method'),
    save: form.on('save'),
    asDefault: form.on('default'),
  }
}

/** The order a form means. Refuses `amount.required`, `amount.invalid`, `amount.which`, `method.required`, `method.unknown`. */
export function orderOf(said: Said, account: AccountId): PayOrder {
  const shown = parseDollars(said.shown)
  return {
    payment: said.payment,
    account,
    bills: said.bills,
    amount: amountOf(said),
    ...(shown === undefined ? {} : { shown }),
    with: sourceOf(said),
  }
}

/** The amount chosen or typed; where both were done and differ, neither is guessed. */
export function amountOf({ pick, amount: typed }: Pick<Said, 'pick' | 'amount'>): Cents {
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

function sourceOf({ method, card, save, asDefault }: Said): PayOrder['with'] {
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
