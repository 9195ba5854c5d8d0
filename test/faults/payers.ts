import { setTimeout as wait } from 'node:timers/promises'
import { system } from '../../src/kernel/actor.ts'
import type { MethodId, PaymentId } from '../../src/kernel/ids.ts'
import type { Cents } from '../../src/kernel/money.ts'
import { payBills } from '../../src/payments/pay.ts'
import type { Practice } from '../../src/practice/practices.ts'
import type { Stand } from '../support/stand.ts'
import { type FormOrder, formHeaders, makeVisitor, type Visitor } from '../support/visitors.ts'

/** One press of the pay button, sent again by an impatient person where no answer came. */
export type Press = {
  readonly payment: PaymentId
  readonly cents: Cents
  /** The app process that has it now; undefined between tries and after the last. */
  port: number | undefined
  /** The last answer's status; 0 where none came. */
  status: number
  /** The longest that one answer took, in milliseconds. */
  slowest: number
}

export type Payer = { readonly visitor: Visitor; readonly saved: MethodId }

/** Amounts are small against the bills, so that there is always something to pay. */
const BILL: Cents = 90_000_000n
const PATIENCE_MS = 15_000

const CARDS = [
  'pm_card_visa',
  'pm_card_visa',
  'pm_card_mastercard',
  'pm_card_chargeDeclined',
  'pm_card_chargeDeclinedInsufficientFunds',
  'pm_card_authenticationRequired',
] as const

/** A household that owes much, with a saved card. */
export async function makePayer(stand: Stand, practice: Practice): Promise<Payer> {
  const visitor = await makeVisitor(stand.app, practice, [BILL, BILL])
  const { account } = visitor.household
  const payment = visitor.mint()
  const keep = 'default' as const
  const order = { payment, account, bills: [], amount: 5000n, with: { card: 'pm_card_visa', keep } }
  await payBills(stand.app, system(practice.id, 'fixture'), order)
  const query = 'select id from payments.method where account_id = $1'
  const [method] = await stand.look<{ id: MethodId }>(query, [account])
  if (!method) throw new Error('the fixture kept no card')
  return { visitor, saved: method.id }
}

/** Pays again and again until told to stop, half of the time with the saved card; every press is noted before it is sent. */
export async function keepPaying(stand: Stand, payer: Payer, presses: Press[], goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    const cents = BigInt(100 + Math.floor(Math.random() * 900))
    const press: Press = { payment: payer.visitor.mint(), cents, port: undefined, status: 0, slowest: 0 }
    presses.push(press)
    const source = Math.random() < 0.5 ? { saved: payer.saved } : { card: pick(CARDS), save: Math.random() < 0.3 }
    await send(stand, payer, press, { payment: press.payment, amount: cents, with: source }, goesOn)
  }
}

/** Sends the form, and again where the connection broke: the same id on whichever process answers. */
async function send(stand: Stand, { visitor }: Payer, press: Press, order: FormOrder, goesOn: () => boolean) {
  const body = visitor.form(order)
  for (let tries = 0; tries < 20 && (tries === 0 || goesOn()); tries++) {
    const port = pick(stand.ports)
    press.port = port
    press.status = await post(stand, visitor, port, body, press)
    press.port = undefined
    if (press.status > 0 && press.status < 500) return
    await wait(100 + Math.random() * 400)
  }
}

async function post(stand: Stand, visitor: Visitor, port: number, body: string, press: Press): Promise<number> {
  const started = performance.now()
  try {
    const response = await fetch(`http://127.0.0.1:${port}/${visitor.practice.slug}/payments`, {
      method: 'POST',
      redirect: 'manual',
      headers: formHeaders(visitor, stand.config.url),
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await response.arrayBuffer()
    press.slowest = Math.max(press.slowest, performance.now() - started)
    return response.status
  } catch {
    return 0
  }
}

export function pick<T>(from: readonly T[]): T {
  const found = from[Math.floor(Math.random() * from.length)]
  if (found === undefined) throw new Error('nothing to pick from')
  return found
}
