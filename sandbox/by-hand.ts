import type { Context, Hono } from 'hono'
import { type Call, innerCall, type Sandbox } from './call.ts'
import { wake } from './deliveries.ts'
import { openDispute } from './disputes.ts'
import { getObject, idOf } from './objects.ts'
import { emptyParams } from './params.ts'
import { endRefund, refundByHand } from './refunds.ts'
import { inSharedTransaction, now, sql } from './store.ts'

type Asked = Record<string, unknown>

/** What others do at the processor, past those who charged: a refund from its dashboard, what becomes of one later, a bank's dispute. */
export function addByHand(app: Hono, sandbox: Sandbox): void {
  const acts: Record<string, (call: Call, asked: Asked) => object> = {
    '/refunds': (call, { charge, amount, status = 'succeeded' }) =>
      refundByHand(call, String(charge), { amount: cents(amount), status: oneOf(status, ['succeeded', 'pending']) }),
    '/refunds/end': (call, { refund, status }) =>
      endRefund(call, String(refund), oneOf(status, ['succeeded', 'failed'])),
    '/disputes': (call, { charge, amount }) => disputeByHand(call, String(charge), cents(amount)),
  }
  for (const [path, act] of Object.entries(acts)) app.post(path, c => answer(c, sandbox, act))
}

/** Names a charge by its own id or by its intent's; the account is the one that has it. */
async function answer(c: Context, sandbox: Sandbox, act: (call: Call, asked: Asked) => object): Promise<Response> {
  const asked: Asked = Object(await c.req.json().catch(() => ({})))
  const named = String(asked.refund ?? asked.charge ?? asked.payment_intent)
  const row = sql(sandbox.store, 'select account from objects where id = ?').get(named)
  if (!row) throw new Error(`There is no ${named}.`)
  const call = innerCall(sandbox, String(row.account), now(sandbox.store), emptyParams())
  const intent = asked.payment_intent ? getObject(call, 'payment_intent', named).body : undefined
  const charge = intent ? idOf(intent.latest_charge) : asked.charge
  const done = await inSharedTransaction(sandbox.store, () => act(call, { ...asked, charge }))
  wake(sandbox)
  return c.json(done)
}

function disputeByHand(call: Call, id: string, amount: number): object {
  const { body } = getObject(call, 'charge', id)
  if (body.status !== 'succeeded' || amount > body.amount_captured)
    throw new Error(`At most ${body.amount_captured} of ${id} can be disputed.`)
  return openDispute(call, body, amount)
}

function cents(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw new Error('"amount" must be a whole number of cents above 0.')
}

function oneOf<const S extends string>(value: unknown, all: readonly S[]): S {
  const found = all.find(each => each === value)
  if (!found) throw new Error(`"status" must be ${all.join(' or ')}.`)
  return found
}
