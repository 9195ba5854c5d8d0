import { newId, type PaymentId } from '../../src/kernel/ids.ts'
import { processInbox } from '../../src/recovery/inbox.ts'
import { lookForReturns } from '../../src/recovery/look-for-returns.ts'
import { recoverPractice } from '../../src/recovery/recover.ts'
import { bookReturn } from '../../src/returns/book-return.ts'
import { listEvents, storeShuffled } from '../support/deliveries.ts'
import { settledRefund } from '../support/settled.ts'
import type { Acts } from './acts.ts'
import { checkFailedRefund, checkReturn, checkUntouched } from './laws.ts'
import { accepted, pick, same } from './paying.ts'
import type { Scene } from './scene.ts'
import { received, type SeenPayment, type SeenReturn, see } from './seen.ts'

export async function refund(scene: Scene, { which, share, times, ...asked }: Acts['refund']): Promise<void> {
  const before = scene.seen
  const found = pick(received(before), which)
  if (!found) return
  // Bills that got nothing yet cannot stay settled.
  const reopens = asked.reopens || !found.isPosted
  const of = found.refundable > 0n ? found.refundable : found.tendered
  const amount = (of * BigInt(share)) / 100n + (share > 100 ? 1n : 0n)
  if (amount === 0n) return
  await refundOne(scene, found, { amount, reopens, times })
}

type Asked = { amount: bigint; reopens: boolean; times: number }

export async function refundOne(scene: Scene, found: SeenPayment, asked: Asked): Promise<void> {
  const { bank, seen: before } = scene
  const { amount, reopens, times } = asked
  const refund = newId('rfd')
  const ask = () => accepted(bank.refund(found.id, amount, { reopens, refund }))
  const isTaken = (await Promise.all(Array.from({ length: times }, ask))).every(Boolean)
  same(`a refund of ${amount} is taken`, isTaken, amount <= found.refundable)
  if (!isTaken) return
  const { status } = await settledRefund(bank.app, bank.practice, refund)
  const after = await see(scene)
  if (status === 'succeeded') return checkReturn(before, after, { payment: found.id, amount, reopens })
  checkFailedRefund(before, after, { payment: found.id, reopens })
  same('what the practice bears after a refund that failed', after.borne, before.borne)
  same('a charge that is not refunded was disputed, or refunded past us', await wasTouched(scene, found.id), true)
}

/** The processor refunds no charge that was ever disputed, and no more than is left of one. */
async function wasTouched({ bank, world, at }: Scene, payment: PaymentId): Promise<boolean> {
  const sdk = world.sandbox.sdk(at)
  const of = { payment_intent: await intentOf(bank, payment) }
  const [disputes, refunds] = [await sdk.disputes.list(of), await sdk.refunds.list(of)]
  return disputes.data.length > 0 || refunds.data.some(each => !each.metadata?.refund_id)
}

async function intentOf(bank: Scene['bank'], payment: PaymentId): Promise<string> {
  return (await bank.payment(payment))?.intent ?? ''
}

/** The bank sends back a refund that was done, whoever made it. */
export async function refundFails(scene: Scene, { which, told }: Acts['refundFails']): Promise<void> {
  const before = scene.seen
  const done = before.returns.filter(
    each => each.kind === 'refund' && each.there && (each.state === 'ended' || each.state === 'to decide'),
  )
  const found = pick(done, which)
  if (!found) return
  await scene.world.sandbox.control('refunds/end', { refund: found.there, status: 'failed' })
  if (!(await learn(scene, told, found.there ?? ''))) return
  const after = await see(scene)
  if (found.state === 'to decide') return checkUntouched(before, after, found.payment)
  checkFailedRefund(before, after, { payment: found.payment, reopens: found.reopens ?? true })
}

/** Somebody refunds a payment at the processor itself, and staff may decide what that means. */
export async function outside(scene: Scene, { which, share, told, ...how }: Acts['outside']): Promise<void> {
  const { bank, world, at, seen: before } = scene
  const found = pick(
    received(before).filter(each => each.isCard),
    which,
  )
  if (!found) return
  const payment_intent = await intentOf(bank, found.id)
  const { data } = await world.sandbox.sdk(at).charges.list({ payment_intent })
  const [charge] = data.filter(each => each.status === 'succeeded')
  const left = charge ? charge.amount_captured - charge.amount_refunded : 0
  if (!charge || charge.disputed || left === 0) return
  const amount = Math.max(1, Math.floor((left * share) / 100))
  const status = how.isPending ? 'pending' : 'succeeded'
  const { id } = await world.sandbox.control('refunds', { payment_intent, amount, status })
  if (!(await learn(scene, told, String(id)))) return
  checkUntouched(before, await see(scene), found.id)
  const entered = scene.seen.returns.find(each => each.there === id)
  if (entered && how.decided !== 'not yet') await bookOne(scene, entered, how.decided === 'owed again')
}

/** The card holder's bank disputes a payment, or part of it; it may decide, and staff may too. */
export async function dispute(scene: Scene, { which, share, told, until }: Acts['dispute']): Promise<void> {
  const before = scene.seen
  const cards = received(before).filter(each => each.isCard && each.disputed === 0n)
  const found = pick(cards, which)
  if (!found) return
  const amount = Number((found.tendered * BigInt(share)) / 100n) || 1
  const payment_intent = await intentOf(scene.bank, found.id)
  const { id } = await scene.world.sandbox.control('disputes', { payment_intent, amount })
  if (!(await learn(scene, told, String(id)))) return
  checkUntouched(before, await see(scene), found.id)
  const opened = scene.seen.returns.find(each => each.there === id)
  if (!opened || until === 'opened') return
  await decide(scene, opened, { isWon: until === 'won', told })
  if (until === 'owed again' || until === 'written off') await bookOne(scene, opened, until === 'owed again')
}

/** The bank decides about an open dispute. */
export async function verdict(scene: Scene, { which, ...verdict }: Acts['verdict']): Promise<void> {
  const open = scene.seen.returns.filter(each => each.state === 'open')
  const found = pick(open, which)
  if (found) await decide(scene, found, verdict)
}

export async function decide(
  scene: Scene,
  { there, payment }: SeenReturn,
  { isWon, told }: Pick<Acts['verdict'], 'isWon' | 'told'>,
): Promise<void> {
  const { bank, world, at, seen: before } = scene
  const dispute = there ?? ''
  // It may have decided already, and not told.
  const { status } = await world.sandbox.sdk(at).disputes.retrieve(dispute)
  if (status === 'needs_response') await bank.decideDispute(at, dispute, isWon ? 'winning_evidence' : 'losing_evidence')
  if (await learn(scene, told, dispute)) checkUntouched(before, await see(scene), payment)
}

/** Staff decide what becomes of the bills that money was taken from. */
export async function book(scene: Scene, { which, reopens }: Acts['book']): Promise<void> {
  const found = pick(
    scene.seen.returns.filter(each => each.state === 'to decide'),
    which,
  )
  if (found) await bookOne(scene, found, reopens)
}

export async function bookOne(scene: Scene, found: SeenReturn, reopens: boolean): Promise<void> {
  const { bank, seen: before } = scene
  const { id: returned, payment, amount } = found
  await bookReturn(bank.app, bank.actor, { payment, returned, reopens })
  checkReturn(before, await see(scene), { payment, amount, reopens })
}

/** Portico learns of what happened to an object at the processor; answers whether that, and nothing else, is what it learned. */
async function learn(scene: Scene, told: Acts['dispute']['told'], object: string): Promise<boolean> {
  if (told === 'event') {
    const { data } = await scene.world.sandbox.sdk(scene.at).events.list({ limit: 20 })
    await deliver(
      scene,
      data.filter(event => 'id' in event.data.object && event.data.object.id === object),
      { copies: 1, order: 1 },
    )
    return true
  }
  if (told === 'look') return !(await look(scene))
  scene.hasUntold = true
  return false
}

/** Looks at what there is at the processor; answers whether something had not been learned. */
export async function look(scene: Scene): Promise<boolean> {
  const { hasUntold } = scene
  await lookForReturns(scene.bank.app, scene.bank.practice, { wanted: 'all' })
  scene.hasUntold = false
  return hasUntold
}

/** What the processor tells of one payment, several times and in no order. */
export async function events(scene: Scene, { which, copies, order }: Acts['events']): Promise<void> {
  const { payments } = scene.seen
  const found = pick(
    payments.filter(each => each.isCard),
    which,
  )
  if (found) await deliver(scene, await listEvents(scene.world, scene.at, found.id), { copies, order })
}

async function deliver(
  { world, at, bank }: Scene,
  told: Awaited<ReturnType<typeof listEvents>>,
  how: { copies: number; order: number },
): Promise<void> {
  await storeShuffled(world, at, told, how)
  await Promise.all([processInbox(bank.app), processInbox(bank.app)])
}

export async function recover(scene: Scene): Promise<void> {
  await recoverPractice(scene.bank.app, scene.bank.practice, { all: true })
  await look(scene)
}
