import { deepStrictEqual } from 'node:assert/strict'
import { sql } from 'kysely'
import { system, wholePractice } from '../../src/kernel/actor.ts'
import type { AccountId, InvoiceId, PaymentId } from '../../src/kernel/ids.ts'
import { newId, type RefundId } from '../../src/kernel/ids.ts'
import type { Cents } from '../../src/kernel/money.ts'
import { getPaymentBalances, type PaymentBalances } from '../../src/ledger/balances.ts'
import { getOwed, type Owed } from '../../src/payments/owed.ts'
import { getOwedSums } from '../../src/payments/owed-sums.ts'
import { type PayOrder, payBills } from '../../src/payments/pay.ts'
import { findPayment, type Payment } from '../../src/payments/payments.ts'
import { batch, transact } from '../../src/platform/database.ts'
import type { Practice } from '../../src/practice/practices.ts'
import { bookReturn } from '../../src/returns/book-return.ts'
import { takeDispute } from '../../src/returns/dispute.ts'
import { isLostToDecide, selectDisputes } from '../../src/returns/disputes.ts'
import { refundPayment } from '../../src/returns/refund.ts'
import { isToDecide, type Refund, selectRefunds } from '../../src/returns/refunds.ts'
import { newPayment, query, type World } from './world.ts'

/** What a test of money says to one practice of a world, in one line each. */
export type Bank = ReturnType<typeof bankOf>

export function bankOf(world: World, practice: Practice = world.practice) {
  const { app } = world
  const actor = system(practice.id, 'test')
  const read = <T>(work: Parameters<typeof transact<T>>[2]) => transact(app.db, wholePractice(practice.id), work)
  return {
    app,
    actor,
    practice: practice.id,
    pay: (order: {
      account: AccountId
      amount: Cents
      card?: string
      bills?: readonly InvoiceId[]
      payment?: PaymentId
      with?: PayOrder['with']
    }): Promise<Payment> =>
      payBills(app, actor, {
        payment: order.payment ?? newPayment(),
        account: order.account,
        bills: order.bills ?? [],
        amount: order.amount,
        with: order.with ?? { card: order.card ?? 'pm_card_visa', keep: 'no' },
      }),
    refund: (payment: PaymentId, amount: Cents, { reopens = true, refund = newId('rfd') } = {}): Promise<Refund> =>
      refundPayment(app, actor, { refund, payment, amount, reopens, reason: '' }),
    read,
    /** What is owed line by line, which is what pages sum. */
    owed: (account: AccountId): Promise<Owed> =>
      read(async tx => {
        const owed = await getOwed(tx, practice.id, account)
        const { total, creditTotal } = await getOwedSums(tx, practice.id, account)
        deepStrictEqual({ total, creditTotal }, { total: owed.total, creditTotal: owed.creditTotal })
        return owed
      }),
    balances: (payment: PaymentId): Promise<PaymentBalances> =>
      read(tx => getPaymentBalances(tx, practice.id, payment)),
    payment: (id: PaymentId): Promise<Payment | undefined> => read(tx => findPayment(tx, practice.id, id)),
    /** The practice's account at the processor. */
    processorAccount: async (): Promise<string> => {
      const [row] = await query<{ id: string }>(
        world,
        'select processor_account as id from payments.connection where practice_id = $1',
        [practice.id],
      )
      return row?.id ?? ''
    },
    /** What the bank's page, where an open payment leads, is told. */
    authenticate: async (payment: Pick<Payment, 'actionUrl'>, outcome: 'complete' | 'fail'): Promise<void> => {
      await fetch(payment.actionUrl ?? '', {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ outcome }),
      })
    },
    /** What the hosted page, where an open payment leads, is told. */
    typeCard: async (payment: Pick<Payment, 'actionUrl'>, number: string): Promise<number> => {
      const fields = { number, expiry: '12 / 35', cvc: '123', postalCode: '97201' }
      const answer = await fetch(payment.actionUrl ?? '', {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(fields),
      })
      return answer.status
    },
    /** Lets time pass for one payment, or for one refund, as both clocks see it. */
    age: async (id: PaymentId | RefundId, interval: string): Promise<void> => {
      const earlier = (column: string) => sql`${sql.ref(column)} = ${sql.ref(column)} - ${interval}::interval`
      const stamps = ['submitted_at', 'processor_submitted_at', id.startsWith('rfd') ? 'created_at' : 'made_at']
      const table = sql.table(id.startsWith('rfd') ? 'payments.refund' : 'payments.payment')
      await read(async tx => {
        await sql`update ${table} set ${sql.join(stamps.map(earlier))}, check_at = now() where id = ${id}`.execute(tx)
        await sql`update payments.connection set ${earlier('clock_since')}`.execute(tx)
      })
    },
    /** How many charges the processor took for a payment, and what is left of them, in cents. */
    atProcessor: async (payment: PaymentId): Promise<{ charges: number; cents: number }> => {
      const { byPayment } = (await world.sandbox.control('summary')) as {
        byPayment: { payment_id: string | null; cents: number; charges: number }[]
      }
      const found = byPayment.find(each => each.payment_id === payment)
      return { charges: found?.charges ?? 0, cents: found?.cents ?? 0 }
    },
    /** Takes in a payment's dispute as the processor shows it now; answers its id there. */
    takeDispute: async (at: string, payment: PaymentId): Promise<string> => {
      const known = await read(tx => findPayment(tx, practice.id, payment))
      const { data } = await world.sandbox.sdk(at).disputes.list({ payment_intent: known?.intent ?? '' })
      const id = data[0]?.id ?? ''
      const answer = await app.processor.retrieveDispute(at, id)
      if ('value' in answer) await takeDispute(app, practice.id, answer.value, 'test')
      return id
    },
    /** Staff decide about everything of a payment that waits for them: what it had paid is owed again, or written off. */
    book: async (payment: PaymentId, reopens: boolean): Promise<void> => {
      const [refunds, disputes] = await read(tx =>
        batch(tx, [selectRefunds(practice.id, payment), selectDisputes(practice.id, payment)]),
      )
      for (const { id } of [...disputes.filter(isLostToDecide), ...refunds.filter(isToDecide)])
        await bookReturn(app, actor, { payment, returned: id, reopens })
    },
    decideDispute: async (
      at: string,
      dispute: string,
      verdict: 'winning_evidence' | 'losing_evidence',
    ): Promise<void> => {
      await world.sandbox.sdk(at).disputes.update(dispute, { evidence: { uncategorized_text: verdict } })
    },
  }
}
