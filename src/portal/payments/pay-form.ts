import { payable } from '../../design/allocation.ts'
import type { CardProcessor } from '../../design/card-entry.tsx'
import type { PersonFrame } from '../../design/frame.ts'
import type { InvoiceId, MethodId, PaymentId } from '../../kernel/ids.ts'
import { type Cents, decimalText, LEAST_CARD_CENTS, parseDollars, sumCents } from '../../kernel/money.ts'
import { hasExpired, type Method, selectMethods } from '../../payments/methods.ts'
import { canBePaid, type PayWay, payWay, viewer } from '../../payments/owed.ts'
import { type OpenBill, owedSumsFrom, selectOpenBills, selectOwedSums } from '../../payments/owed-sums.ts'
import { type Payment, selectUnderWay } from '../../payments/payments.ts'
import { batch, type Tx } from '../../platform/database.ts'
import type { Practice } from '../../practice/practices.ts'
import type { Settings } from '../../practice/settings.ts'
import { type Connection, findConnection } from '../../processor/connections.ts'
import type { PatientGet } from '../../web/route.ts'
import type { People } from '../people.ts'
import type { PayFields } from './order.ts'

/** How many bills the preview lists; what is owed of the others is one row. */
const SHOWN = 50

/** Everything that the pay form shows. */
export type PayForm = {
  readonly payment: PaymentId
  /** The bills it pays first; empty for the whole balance. */
  readonly bills: readonly InvoiceId[]
  /** The first of the open bills, in the order in which a payment fills them: the chosen, then oldest due first (domain.md). */
  readonly open: readonly OpenBill[]
  /** What is owed of the bills behind these. */
  readonly others: Cents
  readonly total: Cents
  /** What is open of the chosen bills; the same as the total where none is chosen. */
  readonly whole: Cents
  readonly credit: Cents
  readonly way: PayWay
  /** The most that can be paid now; nothing where the practice keeps what is over as credit. */
  readonly most: Cents | undefined
  readonly methods: readonly (Method & { readonly expired: boolean })[]
  /** Where a new card is entered; nothing while the practice takes no cards. */
  readonly processor: CardProcessor | null
  readonly underWay: readonly Payment[]
  readonly pick: string
  readonly typed: string
  readonly method: MethodId | 'new'
  readonly save: boolean
  readonly asDefault: boolean
  /** What would be paid as the form stands; nothing where that cannot be read or is more than can be paid. */
  readonly amount: Cents | undefined
}

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

type Context = Pick<PatientGet, 'app' | 'practice' | 'settings' | 'actor' | 'today'>

/** What a form starts from: fresh, with its payment's id and bills, or as it came back. */
export type PayStart = Pick<PayFields, 'payment' | 'bill'> & Partial<PayFields>

/** Reads what the form starts from: all that is owed, or these bills; or what was said, where it comes back. */
export async function readPayForm(
  tx: Tx,
  { app, practice, settings, actor, today }: Context,
  start: PayStart,
): Promise<PayForm> {
  const connection = await findConnection(tx, practice.id)
  const [methods, underWay, chosen, others, ...owedRows] = await batch(tx, [
    selectMethods(practice.id, actor.account),
    selectUnderWay(practice.id, actor.account),
    selectOpenBills(practice.id, actor.account, { ...viewer(actor), only: start.bill }),
    selectOpenBills(practice.id, actor.account, { ...viewer(actor), but: start.bill, limit: SHOWN }),
    ...selectOwedSums(practice.id, actor.account, viewer(actor)),
  ])
  const owed = owedSumsFrom(owedRows)
  const whole = start.bill.length > 0 ? sumOf(chosen) : owed.total
  const open = [...chosen, ...others].slice(0, SHOWN)
  const most = settings.overpaying ? undefined : owed.total
  const saved = methods.map(method => ({ ...method, expired: hasExpired(method, today) }))
  return {
    payment: start.payment,
    bills: start.bill,
    open,
    others: open.length < SHOWN ? 0n : owed.total - sumOf(open),
    total: owed.total,
    whole,
    credit: owed.creditTotal,
    methods: saved,
    processor: connection ? cardProcessor(app, connection, practice.currency) : null,
    underWay,
    method: methodOf(saved, start.method),
    save: start.save ?? false,
    asDefault: start.default ?? false,
    most,
    way: payWay(owed, whole, settings),
    ...choiceOf(start, { whole, total: owed.total, most, credit: owed.creditTotal }),
  }
}

/** Where the processor's card form comes from. */
export function cardProcessor({ processor }: Context['app'], connection: Connection, currency: string): CardProcessor {
  const { jsUrl: script, publishableKey } = processor
  return { script, publishableKey, account: connection.processorAccount, currency }
}

function sumOf(bills: readonly OpenBill[]): Cents {
  return sumCents(bills.map(bill => bill.open))
}

/** Which choice stands: what was said while the form still offers it, else the whole; where no card takes so little, all, or the least that one takes. */
function choiceOf(
  start: Partial<Pick<PayFields, 'pick' | 'amount'>>,
  { whole, total, most, credit }: { whole: Cents; total: Cents; most: Cents | undefined; credit: Cents },
): { pick: string; typed: string; amount: Cents | undefined } {
  const typed = start.amount ?? ''
  if (typed !== '' || start.pick === 'other')
    return { pick: 'other', typed, amount: payable(parseDollars(typed), most) }
  const chosen = start.pick === decimalText(total) ? total : whole
  const amount = [chosen, total].find(each => canBePaid(each, credit))
  if (amount !== undefined) return { pick: decimalText(amount), typed, amount }
  return { pick: 'other', typed: decimalText(LEAST_CARD_CENTS), amount: payable(LEAST_CARD_CENTS, most) }
}

function methodOf(methods: PayForm['methods'], chosen: PayFields['method'] | undefined): MethodId | 'new' {
  const usable = methods.filter(method => !method.expired)
  if (chosen === 'new') return chosen
  return (
    (usable.find(method => method.id === chosen) ?? usable.find(method => method.isDefault) ?? usable[0])?.id ?? 'new'
  )
}
