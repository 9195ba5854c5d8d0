import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { addBill, makeHousehold, makeWorld, type World } from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import { postPayment } from '../payments/desk.ts'
import type { Payment } from '../payments/payments.ts'
import { rows } from '../platform/database.ts'
import { setSettings } from '../practice/settings.ts'
import { recoverPractice } from '../recovery/recover.ts'
import { bookReturn } from './book-return.ts'
import { selectDisputes } from './disputes.ts'

let world: World
let bank: Bank
/** A practice that posts by hand. */
let manual: Bank
let at: string
beforeAll(async () => {
  world = await makeWorld({ settings: { overpaying: 'on' } })
  bank = bankOf(world)
  at = await bank.processorAccount()
  manual = bankOf(world, world.other)
  await setSettings(world.app, manual.actor, { posting: 'manual' })
}, 60_000)
afterAll(() => world?.end())

async function disputed(amounts: bigint[], amount: bigint) {
  const { account } = await makeHousehold(world, amounts)
  const paid = await bank.pay({ account, amount, card: 'pm_card_createDispute' })
  const dispute = await bank.takeDispute(at, paid.id)
  return { account, paid, dispute }
}

const intentOf = async ({ id }: Payment) => (await bank.payment(id))?.intent ?? ''
/** Books a payment's first dispute, whatever its state. */
async function bookFirst({ id }: Payment, reopens: boolean): Promise<void> {
  const [dispute] = await bank.read(tx => rows(tx, selectDisputes(bank.practice, id)))
  await bookReturn(bank.app, bank.actor, { payment: id, returned: dispute?.id ?? 'dsp_', reopens })
}

const differences = async () => (await checkLedger(bank.app, bank.practice)).differences

test('a dispute takes the money out of clearing at once, and taking it in again changes nothing', async () => {
  const { account, paid } = await disputed([3000n], 3000n)
  await bank.takeDispute(at, paid.id)
  expect(await bank.balances(paid.id)).toMatchObject({ held: 0n, disputed: 3000n })
  expect((await bank.owed(account)).total).toBe(0n)
  await expect(bank.refund(paid.id, 100n)).rejects.toThrow('refund.')
  await expect(bookFirst(paid, true)).rejects.toThrow('return.decided')
  expect(await differences()).toEqual([])
})

test('a dispute that is won brings the money back, once', async () => {
  const { paid, dispute } = await disputed([3000n], 3000n)
  await bank.decideDispute(at, dispute, 'winning_evidence')
  await bank.takeDispute(at, paid.id)
  await bank.takeDispute(at, paid.id)
  expect(await bank.balances(paid.id)).toMatchObject({ held: 3000n, disputed: 0n })
  expect(await differences()).toEqual([])
})

for (const { reopens, owed } of [
  { reopens: true, owed: 3000n },
  { reopens: false, owed: 0n },
])
  test(`a dispute that is lost is booked as staff choose: ${reopens ? 'owed again' : 'written off'}`, async () => {
    const { account, paid, dispute } = await disputed([3000n], 3000n)
    await bank.decideDispute(at, dispute, 'losing_evidence')
    await bank.takeDispute(at, paid.id)
    expect(await bank.balances(paid.id)).toMatchObject({ held: 0n, disputed: 3000n })
    await bank.book(paid.id, reopens)
    expect(await bank.balances(paid.id)).toMatchObject({ held: 0n, disputed: 0n })
    expect((await bank.owed(account)).total).toBe(owed)
    await expect(bookFirst(paid, reopens)).rejects.toThrow('return.decided')
    expect(await differences()).toEqual([])
  })

test('a dispute learned closed, without its opening seen, is entered whole', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n, card: 'pm_card_createDispute' })
  const { data } = await world.sandbox.sdk(at).disputes.list({ payment_intent: paid.intent ?? '' })
  await bank.decideDispute(at, data[0]?.id ?? '', 'winning_evidence')
  await bank.takeDispute(at, paid.id)
  expect(await bank.balances(paid.id)).toMatchObject({ held: 3000n, disputed: 0n })
  expect(await differences()).toEqual([])
})

test('lost money whose credit a payment under way counts on leaves that payment with less credit', async () => {
  const { account, paid, dispute } = await disputed([1000n], 3000n)
  await makeHousehold(world, [100n])
  const open = await bank.pay({ account, amount: 2500n, card: 'pm_card_authenticationRequired' })
  expect(open).toMatchObject({ status: 'requires_action', creditUsed: 2000n })
  await bank.decideDispute(at, dispute, 'losing_evidence')
  await bank.takeDispute(at, paid.id)
  await bank.book(paid.id, true)
  await bank.authenticate(open, 'complete')
  await recoverPractice(bank.app, bank.practice, { all: true })
  expect(await bank.payment(open.id)).toMatchObject({ status: 'succeeded', amount: 500n, creditUsed: 0n })
  expect((await bank.balances(paid.id)).credit).toBe(0n)
  expect(await differences()).toEqual([])
})

/** The bank disputes a payment, wins, and staff book it. */
async function lose(of: Bank, { id }: Payment, amount: bigint, reopens: boolean) {
  const there = await of.processorAccount()
  const payment_intent = (await of.payment(id))?.intent
  await world.sandbox.control('disputes', { payment_intent, amount: Number(amount) })
  await of.decideDispute(there, await of.takeDispute(there, id), 'losing_evidence')
  await of.takeDispute(there, id)
  await of.book(id, reopens)
}

test('a bank that takes back what was refunded already leaves the rest to the practice', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  await bank.refund(paid.id, 1000n, { reopens: false })
  await lose(bank, paid, 2500n, true)
  await expect(bank.refund(paid.id, 1n)).rejects.toThrow('refund.notPaid')
  expect((await bank.owed(account)).total).toBe(2000n)
  expect(await bank.balances(paid.id)).toMatchObject({ held: -500n, disputed: 0n })
  expect(await differences()).toEqual([])
})

test('of a payment that a bank took a part of, only the other part is offered to be refunded', async () => {
  const { account } = await makeHousehold(world, [2000n])
  const paid = await bank.pay({ account, amount: 2000n })
  await lose(bank, paid, 1500n, true)
  await expect(bank.refund(paid.id, 501n)).rejects.toMatchObject({ values: { most: 500n } })
  expect(await differences()).toEqual([])
})

/** A payment that left 20.00 of credit, and one of a later bill of 60.00 that used it, with 40.00 by card. */
async function creditUsed() {
  const { account, patient } = await makeHousehold(world, [3000n])
  const first = await bank.pay({ account, amount: 5000n })
  await bank.read(tx => addBill(world, tx, world.practice, { account, patient, share: 6000n, index: 1 }))
  const second = await bank.pay({ account, amount: 6000n })
  expect(second).toMatchObject({ amount: 6000n, creditUsed: 2000n })
  return { account, first, second }
}

test('a lost dispute of what was refunded takes nothing of the payment that had used its credit', async () => {
  const { account, first, second } = await creditUsed()
  await bank.refund(first.id, 5000n)
  expect((await bank.owed(account)).total).toBe(5000n)
  await lose(bank, first, 5000n, true)
  expect((await bank.owed(account)).total).toBe(5000n)
  expect(await bank.refund(second.id, 4000n)).toMatchObject({ status: 'succeeded' })
  expect((await bank.owed(account)).total).toBe(9000n)
  expect(await differences()).toEqual([])
})

test('a lost dispute takes no more than its own card was charged: the credit beside it is another payment’s', async () => {
  const { account, first, second } = await creditUsed()
  await bank.refund(second.id, 4000n)
  await lose(bank, second, 4000n, true)
  expect((await bank.owed(account)).total).toBe(4000n)
  expect(await bank.refund(first.id, 5000n)).toMatchObject({ status: 'succeeded' })
  expect((await bank.owed(account)).total).toBe(9000n)
  expect(await differences()).toEqual([])
})

test('what a refund that failed had taken through credit is given again, and can be taken again', async () => {
  const { account, first, second } = await creditUsed()
  const at = await bank.processorAccount()
  await world.sandbox.control('disputes', { payment_intent: await intentOf(first), amount: 5000 })
  // Disputed at the processor, not known here yet: it refuses.
  expect((await bank.refund(first.id, 5000n)).status).toBe('failed')
  expect(await bank.owed(account)).toMatchObject({ total: 0n, creditTotal: 0n })
  await bank.decideDispute(at, await bank.takeDispute(at, first.id), 'losing_evidence')
  await bank.takeDispute(at, first.id)
  await bank.book(first.id, true)
  expect((await bank.owed(account)).total).toBe(5000n)
  await bank.refund(second.id, 4000n)
  expect((await bank.owed(account)).total).toBe(9000n)
  expect(await differences()).toEqual([])
})

for (const { reopens, owed } of [
  { reopens: true, owed: 3000n },
  { reopens: false, owed: 0n },
])
  test(`a lost dispute of a payment that nobody had posted ends it: ${reopens ? 'owed again' : 'written off'}`, async () => {
    const { account } = await makeHousehold(world, [3000n], world.other)
    const paid = await manual.pay({ account, amount: 3000n })
    await lose(manual, paid, 3000n, reopens)
    expect((await manual.owed(account)).total).toBe(owed)
    expect((await manual.payment(paid.id))?.postedAt).not.toBeNull()
    expect(await manual.balances(paid.id)).toMatchObject({ unposted: 0n, credit: 0n, disputed: 0n })
    expect((await checkLedger(manual.app, manual.practice)).differences).toEqual([])
  })

test('of a part that is lost before posting, the practice bears what the bills lose by it, and the rest is still posted', async () => {
  const { account } = await makeHousehold(world, [3000n], world.other)
  const paid = await manual.pay({ account, amount: 3000n })
  await lose(manual, paid, 1000n, false)
  expect((await manual.owed(account)).total).toBe(0n)
  expect(await manual.balances(paid.id)).toMatchObject({ unposted: 2000n })
  await postPayment(manual.app, manual.actor, paid.id)
  expect(await manual.owed(account)).toMatchObject({ total: 0n, creditTotal: 0n })
  expect((await checkLedger(manual.app, manual.practice)).differences).toEqual([])
})

test('what is written off of credit that an unposted payment used is not owed again', async () => {
  const { account, patient } = await makeHousehold(world, [3000n], world.other)
  await setSettings(world.app, manual.actor, { overpaying: 'on' })
  const first = await manual.pay({ account, amount: 5000n })
  await postPayment(manual.app, manual.actor, first.id)
  await manual.read(tx => addBill(world, tx, world.other, { account, patient, share: 6000n, index: 1 }))
  const second = await manual.pay({ account, amount: 6000n })
  expect(second).toMatchObject({ creditUsed: 2000n, postedAt: null })
  await manual.refund(first.id, 5000n, { reopens: false })
  expect((await manual.owed(account)).total).toBe(0n)
  await postPayment(manual.app, manual.actor, second.id)
  expect(await manual.owed(account)).toMatchObject({ total: 0n, creditTotal: 0n })
  expect((await checkLedger(manual.app, manual.practice)).differences).toEqual([])
})
