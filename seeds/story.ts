import { createHash } from 'node:crypto'
import { selectInvoices } from '../src/billing/invoices.ts'
import { wholePractice } from '../src/kernel/actor.ts'
import type { AccountId, PaymentId, PracticeId } from '../src/kernel/ids.ts'
import { sumCents } from '../src/kernel/money.ts'
import type { OpenApp } from '../src/main/app.ts'
import { getConnection } from '../src/payments/connections.ts'
import { listMethods } from '../src/payments/methods.ts'
import { payBills, type PayOrder } from '../src/payments/pay.ts'
import { findPayment, type Payment } from '../src/payments/payments.ts'
import { reconcile } from '../src/payments/reconcile.ts'
import { rows, transact } from '../src/platform/database.ts'
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
  { practice: 'riverside', payer: 'edythe', bills: [{ record: 'edythe', issued: '2021-03-30' }], card: 'visa, kept', daysAgo: 32 },
  { practice: 'riverside', payer: 'edythe', bills: [{ record: 'edythe', issued: '2021-04-27' }], card: 'saved', daysAgo: 8 },
  { practice: 'riverside', payer: 'lean', bills: [{ record: 'lean', issued: '2020-05-06' }], card: 'visa, once', daysAgo: 7 },
]

/** Does one deed unless it is done: its payment's id is made of the deed, so that a second telling finds the first. */
export async function tell(app: OpenApp, practice: PracticeId, deed: Deed, players: readonly Player[], day: Temporal.PlainDate) {
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
