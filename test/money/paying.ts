import { leastCents, sumCents } from '../../src/kernel/money.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { cancelAtProcessor } from '../../src/payments/cancel.ts'
import { postPayment, recordDeskPayment } from '../../src/payments/desk.ts'
import { listMethods } from '../../src/payments/methods.ts'
import type { PayOrder } from '../../src/payments/pay.ts'
import { type Payment, tendered } from '../../src/payments/payments.ts'
import { recoverPayment } from '../../src/recovery/recover.ts'
import { settledPayment, until } from '../support/settled.ts'
import { addBill, newPayment } from '../support/world.ts'
import type { Acts } from './acts.ts'
import { checkPaid } from './laws.ts'
import type { Scene } from './scene.ts'
import { creditIn, openAttempts, owedIn, type Seen, see, unposted } from './seen.ts'

/** What a card can be charged for at least. */
const LEAST_CARD = 50n

/** Whether it was done; a refusal is an answer, anything else an error. */
export async function accepted<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return undefined
  }
}

export function same(told: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${told}: it was ${actual}, not ${expected}`)
}

export function pick<T>(of: readonly T[], which: number): T | undefined {
  return of[which % Math.max(1, of.length)]
}

const part = (whole: bigint, share: number) => (whole * BigInt(share)) / 100n
const amountOf = (owed: bigint, share: number) => (part(owed, share) < 100n ? 100n : part(owed, share))

/** The practice takes what is owed; more where it allows that; and no card leaves less than a card can be charged for. */
function mayPay({ overpaying }: Scene, owed: bigint, amount: bigint, by: 'card' | 'desk'): boolean {
  const rest = owed - amount
  if (by === 'card' && rest > 0n && rest < LEAST_CARD) return false
  return overpaying || (owed > 0n && rest >= 0n)
}

/** Starting again ends the attempts that wait for their payer: ended first, what is owed is known. */
async function endAttempts(scene: Scene): Promise<Seen> {
  const { bank, seen } = scene
  for (const { id } of openAttempts(seen)) await cancelAtProcessor(bank.app, bank.practice, id, 'test')
  return openAttempts(seen).length > 0 ? see(scene) : seen
}

export async function pay(scene: Scene, { share, card, bill, times }: Acts['pay']): Promise<void> {
  const { bank, account } = scene
  const before = await endAttempts(scene)
  const amount = amountOf(owedIn(before), share)
  const order = {
    account,
    amount,
    bills: scene.bills.slice(bill, bill + 1),
    payment: newPayment(),
    with: await cardOf(scene, card),
  }
  const results = await Promise.all(Array.from({ length: times }, () => accepted(bank.pay(order))))
  const isTaken = results.every(Boolean)
  same(`a payment of ${amount} is taken`, isTaken, mayPay(scene, owedIn(before), amount, 'card'))
  if (!isTaken) return
  const settled = await settledPayment(bank.app, bank.practice, order.payment)
  checkCredit(before, amount, settled)
  if (settled.methodKind === 'credit') return checkPaid(before, await see(scene), 0n)
  const outcome = { declined: 'failed', asks: 'requires_action', hosted: 'requires_action' } as Record<string, string>
  if (card === 'disputed') scene.hasUntold = true
  same(`a card that ${card}`, settled.status, outcome[card] ?? 'succeeded')
  if (settled.status === 'succeeded') checkPaid(before, await see(scene), tendered(settled))
}

/** Credit goes before the card, but leaves enough for one. */
function checkCredit(before: Seen, amount: bigint, { status, ...payment }: Payment): void {
  const rest = amount - leastCents(creditIn(before), amount)
  const charged = rest > 0n && rest < LEAST_CARD ? LEAST_CARD : rest
  if (status !== 'failed') same('what the card is asked for', tendered(payment), charged)
}

async function cardOf({ bank, account }: Scene, card: Acts['pay']['card']): Promise<PayOrder['with']> {
  const once = (method: string) => ({ card: method, keep: 'no' as const })
  switch (card) {
    case 'declined':
      return once('pm_card_chargeDeclined')
    case 'asks':
      return once('pm_card_authenticationRequired')
    case 'disputed':
      return once('pm_card_createDispute')
    case 'hosted':
      return { hosted: true, keep: 'no' }
    case 'kept':
      return { card: 'pm_card_visa', keep: 'save' }
    case 'saved': {
      const [row] = await bank.read(tx => listMethods(tx, bank.practice, account))
      return row ? { saved: row.id } : once('pm_card_visa')
    }
    case 'works':
      return once('pm_card_visa')
  }
}

/** Two tabs at once: whatever becomes of them, the same debt is not paid twice. */
export async function tabs(scene: Scene, { share, other }: Acts['tabs']): Promise<void> {
  const { bank, account } = scene
  const before = await endAttempts(scene)
  const orders = [share, other].map(each => ({ payment: newPayment(), amount: amountOf(owedIn(before), each) }))
  const results = await Promise.all(orders.map(order => accepted(bank.pay({ account, ...order }))))
  const settled = []
  for (const each of results) if (each) settled.push(await settledPayment(bank.app, bank.practice, each.id))
  const after = await see(scene)
  checkPaid(before, after, sumCents(settled.map(tendered)))
  if (!scene.overpaying && creditIn(after) > creditIn(before)) throw new Error('two tabs paid the same debt twice')
}

export async function desk(scene: Scene, { share, kind }: Acts['desk']): Promise<void> {
  const { bank, account } = scene
  const before = scene.seen
  const amount = amountOf(owedIn(before), share)
  const order = { payment: newPayment(), account, bills: [], amount, kind: kind as 'cash' | 'cheque', reference: '' }
  const done = await accepted(recordDeskPayment(bank.app, bank.actor, order))
  same(`the desk takes ${amount}`, Boolean(done), mayPay(scene, owedIn(before), amount, 'desk'))
  if (done) checkPaid(before, await see(scene), amount)
}

/** What the payer of an open attempt does about it, or does not. */
export async function finish(scene: Scene, { which, outcome }: Acts['finish']): Promise<void> {
  const { bank } = scene
  const before = scene.seen
  const open = pick(openAttempts(before), which)
  const payment = open && (await bank.payment(open.id))
  if (!payment) return
  if (outcome === 'abandon') return abandon(scene, payment)
  if (payment.hosted) await bank.typeCard(payment, outcome === 'complete' ? '4242424242424242' : '4000000000000002')
  else await bank.authenticate(payment, outcome as 'complete' | 'fail')
  await recoverPayment(bank.app, bank.practice, payment.id, 'test')
  const settled = await settledPayment(bank.app, bank.practice, payment.id)
  // On the hosted page another card may be tried: the attempt stays open.
  const failed = payment.hosted ? 'requires_action' : 'failed'
  same(`an attempt to ${outcome}`, settled.status, outcome === 'complete' ? 'succeeded' : failed)
  checkPaid(before, await see(scene), outcome === 'complete' ? tendered(settled) : 0n)
}

async function abandon({ bank }: Scene, { id }: Payment): Promise<void> {
  await bank.age(id, '31 minutes')
  await until(async () => {
    const seen = await recoverPayment(bank.app, bank.practice, id, 'test')
    return seen?.status === 'canceled' ? true : undefined
  }, 'an abandoned attempt is canceled')
}

export async function post(scene: Scene, { which, times }: Pick<Acts['post'], 'which' | 'times'>): Promise<void> {
  const { bank } = scene
  const before = scene.seen
  const found = pick(unposted(before), which)
  if (!found) return
  await Promise.all(Array.from({ length: times }, () => postPayment(bank.app, bank.actor, found.id)))
  const after = await see(scene)
  checkPaid(before, after, 0n)
  same('what was owed beside what waited to be posted', owedIn(after), owedIn(before))
}

export async function bill(scene: Scene, { whose, cents }: Acts['bill']): Promise<void> {
  const { bank, practice, world, account, patients } = scene
  const [patient] = patients.slice(whose)
  if (!patient) return
  const index = 2 + Math.floor(Number(cents) % 20)
  await bank.read(tx => addBill(world, tx, practice, { account, patient, share: BigInt(cents), index }))
}
