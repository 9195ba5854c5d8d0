import { system } from '../../src/kernel/actor.ts'
import type { AccountId, PaymentId, PracticeId, RefundId } from '../../src/kernel/ids.ts'
import { type OpenApp, openApp } from '../../src/main/app.ts'
import { postPayment } from '../../src/payments/desk.ts'
import { payBills } from '../../src/payments/pay.ts'
import { readConfig } from '../../src/platform/config.ts'
import { takeDispute } from '../../src/returns/dispute.ts'
import { refundPayment } from '../../src/returns/refund.ts'
import { receive } from '../support/deliveries.ts'

/** One act for a process of its own, which a fail point then kills: its argument is the act as JSON. */
export type Act = { readonly practice: PracticeId } & (
  | { readonly verb: 'pay'; readonly account: AccountId; readonly payment: PaymentId; readonly card: string }
  | { readonly verb: 'post'; readonly payment: PaymentId }
  | { readonly verb: 'refund'; readonly payment: PaymentId; readonly refund: RefundId }
  | { readonly verb: 'dispute'; readonly at: string; readonly dispute: string }
  | { readonly verb: 'event'; readonly raw: string }
)

/** What every act moves, in cents. */
export const ACT_CENTS = 3000n

async function perform(app: OpenApp, act: Act): Promise<void> {
  const actor = system(act.practice, 'test')
  if (act.verb === 'pay') {
    const { account, payment, card } = act
    await payBills(app, actor, { payment, account, bills: [], amount: ACT_CENTS, with: { card, keep: 'save' } })
  } else if (act.verb === 'post') await postPayment(app, actor, act.payment)
  else if (act.verb === 'refund') {
    const { refund, payment } = act
    await refundPayment(app, actor, { refund, payment, amount: ACT_CENTS, reopens: true, reason: '' })
  } else if (act.verb === 'dispute') {
    const answer = await app.processor.retrieveDispute(act.at, act.dispute)
    if ('value' in answer) await takeDispute(app, act.practice, answer.value, 'test')
  } else {
    await receive(app, act.raw)
  }
}

if (process.argv[1] === import.meta.filename) {
  const config = readConfig()
  const { DATABASE_APP_URL: appUrl = '', DATABASE_QUEUE_URL: queueUrl = '' } = process.env
  const app = await openApp(config, { appUrl, queueUrl, name: 'act', silent: true, poolSize: 4 })
  await perform(app, JSON.parse(process.argv[2] ?? '{}') as Act)
  await app.close()
}
