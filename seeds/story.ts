import { createHash } from 'node:crypto'
import { selectInvoices } from '../src/billing/invoices.ts'
import { wholePractice } from '../src/kernel/actor.ts'
import { type AccountId, ALPHABET, type PaymentId, type PracticeId } from '../src/kernel/ids.ts'
import { sumCents } from '../src/kernel/money.ts'
import type { OpenApp } from '../src/main/app.ts'
import { listMethods } from '../src/payments/methods.ts'
import { type PayOrder, payBills } from '../src/payments/pay.ts'
import { findPayment, type Payment } from '../src/payments/payments.ts'
import { rows, transact } from '../src/platform/database.ts'
import { getConnection } from '../src/processor/connections.ts'
import { reconcile } from '../src/recovery/reconcile.ts'
import { PRACTICES, type PracticeName } from './cast.ts'
import { demo, type Player } from './practices.ts'

/** A payment of the past: whose bills, which of them by the record's own dates of issue, with what card, how long ago. */
export type Deed = {
  readonly practice: PracticeName
  readonly payer: string
  readonly bills: readonly { readonly record: string; readonly issued: string }[]
  /** In cents; all that is open of these bills when absent. */
  readonly part?: bigint
  readonly card: 'visa, kept' | 'saved' | 'mastercard that expires, kept' | 'visa, once'
  readonly daysAgo: number
}

/** What happened before the demo begins, in order. */
export const STORY: readonly Deed[] = [
  {
    practice: 'riverside',
    payer: 'edythe',
    bills: [{ record: 'edythe', issued: '2021-03-30' }],
    card: 'visa, kept',
    daysAgo: 32,
  },
  {
    practice: 'riverside',
    payer: 'lean',
    bills: [{ record: 'lean', issued: '2020-05-06' }],
    card: 'visa, once',
    daysAgo: 7,
  },
  {
    practice: 'riverside',
    payer: 'enrique',
    bills: ['2018-04-19', '2019-04-25', '2020-04-30'].map(issued => ({ record: 'enrique', issued })),
    card: 'mastercard that expires, kept',
    daysAgo: 5,
  },
  {
    practice: 'riverside',
    payer: 'edythe',
    bills: [{ record: 'beatris', issued: '2023-10-02' }],
    part: 15_000n,
    card: 'saved',
    daysAgo: 2,
  },
  {
    practice: 'harbor',
    payer: 'jose',
    bills: [{ record: 'jose', issued: '2020-07-24' }],
    card: 'visa, once',
    daysAgo: 1,
  },
]

/** Does one deed unless it is done: its payment's id is made of the deed, so that a second telling finds the first. */
export async function tell(
  app: OpenApp,
  practice: PracticeId,
  deed: Deed,
  players: readonly Player[],
  day: Temporal.PlainDate,
) {
  const payer = players.find(one => one.role.record === deed.payer)
  if (!payer) throw new Error(`${deed.payer} is not among the cast`)
  const at = instantOf(deed, day)
  for (let attempt = 1; attempt <= 5; attempt++) {
    const id = deedId(practice, deed, at, attempt)
    const known = await settled(app, practice, id)
    if (known?.status === 'succeeded') return
    if (known) continue
    const order = await orderOf(app, practice, deed, players, { payment: id, account: payer.account })
    // Nobody is mailed a receipt for what the demo made up.
    const quiet = { ...app, now: () => at, queue: { ...app.queue, announce: async () => undefined } }
    const paid = await payBills(quiet, demo(practice), order)
    if (paid.status === 'succeeded') return
  }
  throw new Error(`the processor would not take a payment of the demo (${deed.payer})`)
}

/** A payment that an earlier, killed telling began; asked for at the processor until it is final. */
async function settled(app: OpenApp, practice: PracticeId, id: PaymentId): Promise<Payment | undefined> {
  const find = () => transact(app.db, wholePractice(practice), tx => findPayment(tx, practice, id))
  const known = await find()
  if (!known || ['succeeded', 'failed', 'canceled'].includes(known.status)) return known
  await reconcile(app, practice)
  return find()
}

async function orderOf(
  app: OpenApp,
  practice: PracticeId,
  deed: Deed,
  players: readonly Player[],
  { payment, account }: { payment: PaymentId; account: AccountId },
): Promise<PayOrder> {
  const wanted = deed.bills.map(({ record, issued }) => {
    const player = players.find(one => one.role.record === record)
    return { patient: player?.patient, issuedOn: Temporal.PlainDate.from(issued).add({ days: player?.days ?? 0 }) }
  })
  const { open, saved, connection } = await transact(app.db, wholePractice(practice), async tx => ({
    open: await rows(tx, selectInvoices(practice, account, { show: 'open' })),
    saved: (await listMethods(tx, practice, account))[0],
    connection: await getConnection(tx, practice),
  }))
  const bills = open.filter(bill =>
    wanted.some(one => one.patient === bill.patient && one.issuedOn.equals(bill.issuedOn)),
  )
  const amount = deed.part ?? sumCents(bills.map(bill => bill.open))
  const source = { payment, account, bills: bills.map(bill => bill.id), amount }
  if (deed.card === 'visa, once') return { ...source, with: { card: 'pm_card_visa', keep: 'no' } }
  if (deed.card === 'saved' && saved) return { ...source, with: { saved: saved.id } }
  if (deed.card === 'mastercard that expires, kept') {
    const card = await enterExpiring(app, connection.processorAccount)
    return { ...source, with: { card, keep: 'default' } }
  }
  return { ...source, with: { card: 'pm_card_visa', keep: 'default' } }
}

/**
 * A card whose last month is this one, entered as a browser's card frame does: with the publishable key. A processor
 * that takes no numbers that way gives its usual test card instead.
 */
async function enterExpiring(app: OpenApp, account: string): Promise<string> {
  const { apiBase = 'https://api.stripe.com', publishableKey } = app.config.stripe
  const month = Temporal.Now.plainDateISO('UTC')
  const body = new URLSearchParams({
    type: 'card',
    'card[number]': '5555555555554444',
    'card[cvc]': '123',
    'card[exp_month]': String(month.month),
    'card[exp_year]': String(month.year),
  })
  const headers = { Authorization: `Bearer ${publishableKey}`, 'Stripe-Account': account }
  const answer = await fetch(`${apiBase}/v1/payment_methods`, { method: 'POST', headers, body }).catch(() => undefined)
  const method: { id?: unknown } = answer?.ok ? ((await answer.json()) as object) : {}
  return typeof method.id === 'string' ? method.id : 'pm_card_mastercard'
}

/** When it was: in the afternoon, by the practice's clock. */
function instantOf(deed: Deed, day: Temporal.PlainDate): Temporal.Instant {
  const plainTime = Temporal.PlainTime.from({ hour: 14, minute: 12 + deed.daysAgo })
  return day
    .subtract({ days: deed.daysAgo })
    .toZonedDateTime({ timeZone: PRACTICES[deed.practice].timeZone, plainTime })
    .toInstant()
}

/** An id of the time of the deed, and for the rest of the deed itself. */
function deedId(practice: PracticeId, deed: Deed, at: Temporal.Instant, attempt: number): PaymentId {
  const told = `${practice} ${deed.payer} ${deed.bills.map(bill => `${bill.record} ${bill.issued}`).join()} ${attempt}`
  const rest = createHash('sha256').update(told).digest().subarray(0, 16)
  let time = ''
  for (let ms = at.epochMilliseconds; time.length < 10; ms = Math.floor(ms / 32))
    time = (ALPHABET[ms % 32] ?? '0') + time
  return `pay_${time}${Array.from(rest, byte => ALPHABET[byte % 32]).join('')}`
}

/** Whether a deed's payment is made. */
export async function isTold(
  app: OpenApp,
  practice: PracticeId,
  deed: Deed,
  day: Temporal.PlainDate,
): Promise<boolean> {
  const at = instantOf(deed, day)
  const ids = [1, 2, 3, 4, 5].map(attempt => deedId(practice, deed, at, attempt))
  const found = await transact(app.db, wholePractice(practice), async tx => {
    const payments: (Payment | undefined)[] = []
    for (const id of ids) payments.push(await findPayment(tx, practice, id))
    return payments
  })
  return found.some(payment => payment?.status === 'succeeded')
}
