import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkLedger } from '../../src/books/check.ts'
import { newId, type PaymentId } from '../../src/kernel/ids.ts'
import { FAILPOINTS, type FailpointName } from '../../src/platform/failpoint.ts'
import { setSettings } from '../../src/practice/settings.ts'
import { processInbox } from '../../src/recovery/inbox.ts'
import { recoverPractice } from '../../src/recovery/recover.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { listEvents } from '../support/deliveries.ts'
import { deliver } from '../support/letters.ts'
import { environmentOf, runToEnd, startInWorld } from '../support/processes.ts'
import { settledPayment, settledRefund, until } from '../support/settled.ts'
import { makeVisitor } from '../support/visitors.ts'
import { makeHousehold, makeWorld, newPayment, query, type World } from '../support/world.ts'
import { ACT_CENTS, type Act } from './verb.ts'

let world: World
let bank: Bank
beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
}, 60_000)
afterAll(() => world?.end())

/** What brings a process to each fail point, and what must be true once the others have recovered. */
const acts: Record<FailpointName, (point: FailpointName) => Promise<void>> = {
  'pay.created': async point => {
    const { id } = await payAndDie(point)
    await bank.age(id, '61 seconds')
    await recoverPractice(world.app, bank.practice)
    expect(await bank.payment(id)).toMatchObject({ status: 'canceled' })
    expect(await bank.atProcessor(id)).toEqual({ charges: 0, cents: 0 })
  },
  'pay.submitted': point => payAndSettle(point),
  'pay.answered': point => payAndSettle(point),
  'settle.before-commit': point => payAndSettle(point),
  'settle.after-commit': point => payAndSettle(point),
  'pay.failed': async point => {
    const { id, account } = await payAndDie(point, 'pm_card_chargeDeclined')
    expect(await settledPayment(world.app, bank.practice, id)).toMatchObject({ status: 'failed' })
    expect(await bank.atProcessor(id)).toEqual({ charges: 0, cents: 0 })
    expect((await bank.owed(account)).total).toBe(ACT_CENTS)
  },
  'post.before-commit': async point => {
    await setPosting('manual')
    const { id } = await paid()
    await setPosting('auto')
    await dieAt(point, { verb: 'post', practice: bank.practice, payment: id })
    expect(await bank.payment(id)).toMatchObject({ status: 'succeeded', postedAt: null })
    await perform({ verb: 'post', practice: bank.practice, payment: id })
    expect((await bank.payment(id))?.postedAt).not.toBeNull()
  },
  'refund.created': point => refundAndSettle(point),
  'refund.submitted': point => refundAndSettle(point),
  'refund.answered': point => refundAndSettle(point),
  'dispute.before-commit': async point => {
    const { id } = await paid('pm_card_createDispute')
    const at = await bank.processorAccount()
    const { data } = await world.sandbox.sdk(at).disputes.list({ limit: 1 })
    await dieAt(point, { verb: 'dispute', practice: bank.practice, at, dispute: data[0]?.id ?? '' })
    await bank.takeDispute(at, id)
    expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 0 })
  },
  'inbox.stored': async point => {
    const { id } = await paid()
    const at = await bank.processorAccount()
    const [event] = (await listEvents(world, at, id)).filter(each => each.type === 'payment_intent.succeeded')
    if (!event) throw new Error('the processor told of nothing')
    const raw = JSON.stringify({ ...event, account: at })
    await dieAt(point, { verb: 'event', practice: bank.practice, raw })
    await until(async () => ((await processInbox(world.app)) > 0 ? true : undefined), 'the stored event is taken')
    const [row] = await query<{ outcome: string }>(world, 'select outcome from payments.inbox where event_id = $1', [
      event.id,
    ])
    expect(row?.outcome).toBe('settled before')
  },
  'outbox.sent': async point => {
    const { household } = await makeVisitor(world.app, world.practice, [ACT_CENTS])
    const { id } = await bank.pay({ account: household.account, amount: ACT_CENTS })
    const worker = await startInWorld(world, ['work'], { PORTICO_FAILPOINT: point })
    expect((await worker.ended).signal).toBe('SIGKILL')
    const letters = () =>
      query(world, 'select state, tries from notifications.message where account_id = $1', [household.account])
    // Whoever comes next cannot know that it was sent, and waits until the dead one could not be sending any more.
    await deliver(world, bank.practice, { type: 'payment.succeeded', subject: id })
    expect(await letters()).toEqual([{ state: 'waiting', tries: 1 }])
    await query(world, 'update notifications.message set next_at = now() where account_id = $1', [household.account])
    await deliver(world, bank.practice, { type: 'payment.succeeded', subject: id })
    expect(await letters()).toEqual([{ state: 'sent', tries: 2 }])
  },
}

async function dieAt(point: FailpointName, act: Act): Promise<void> {
  const { signal, said } = await runVerb(act, { PORTICO_FAILPOINT: point })
  expect(signal, said).toBe('SIGKILL')
}

async function perform(act: Act): Promise<void> {
  const { status, said } = await runVerb(act)
  expect(status, said).toBe(0)
}

function runVerb(act: Act, more: Record<string, string> = {}) {
  return runToEnd([join(import.meta.dirname, 'verb.ts'), JSON.stringify(act)], environmentOf(world, more))
}

async function payAndDie(point: FailpointName, card = 'pm_card_visa') {
  const { account } = await makeHousehold(world, [ACT_CENTS])
  const id = newPayment()
  await dieAt(point, { verb: 'pay', practice: bank.practice, account, payment: id, card })
  return { id, account }
}

async function payAndSettle(point: FailpointName): Promise<void> {
  const { id, account } = await payAndDie(point)
  expect(await settledPayment(world.app, bank.practice, id)).toMatchObject({ status: 'succeeded' })
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: Number(ACT_CENTS) })
  expect((await bank.owed(account)).total).toBe(0n)
}

async function refundAndSettle(point: FailpointName): Promise<void> {
  const { id } = await paid()
  const refund = newId('rfd')
  await dieAt(point, { verb: 'refund', practice: bank.practice, payment: id, refund })
  expect(await settledRefund(world.app, bank.practice, refund)).toMatchObject({ status: 'succeeded' })
  expect(await bank.atProcessor(id)).toEqual({ charges: 1, cents: 0 })
}

async function paid(card = 'pm_card_visa'): Promise<{ id: PaymentId }> {
  const { account } = await makeHousehold(world, [ACT_CENTS])
  const { id } = await bank.pay({ account, amount: ACT_CENTS, card })
  return { id }
}

async function setPosting(posting: 'auto' | 'manual'): Promise<void> {
  await setSettings(world.app, bank.actor, { posting })
}

describe('a process that dies at a fail point loses nothing:', () => {
  test.each(FAILPOINTS)('%s', { timeout: 60_000 }, async point => {
    await acts[point](point)
    expect((await checkLedger(world.app, bank.practice)).differences).toEqual([])
  })
})
