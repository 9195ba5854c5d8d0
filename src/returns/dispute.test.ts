import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, type World } from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import type { Payment } from '../payments/payments.ts'
import { recoverPractice } from '../recovery/recover.ts'
import { bookLostDispute, takeDispute } from './dispute.ts'

let world: World
let bank: Bank
let at: string
beforeAll(async () => {
  world = await makeWorld({ settings: { overpaying: 'on' } })
  bank = bankOf(world)
  at = await bank.processorAccount()
}, 60_000)
afterAll(() => world?.end())

async function disputed(amounts: bigint[], amount: bigint) {
  const { account } = await makeHousehold(world, amounts)
  const paid = await bank.pay({ account, amount, card: 'pm_card_createDispute' })
  const dispute = await bank.takeDispute(at, paid.id)
  return { account, paid, dispute }
}

const intentOf = async ({ id }: Payment) => (await bank.payment(id))?.intent ?? ''
const differences = async () => (await checkLedger(bank.app, bank.practice)).differences

test('a dispute takes the money out of clearing at once, and taking it in again changes nothing', async () => {
  const { account, paid } = await disputed([3000n], 3000n)
  await bank.takeDispute(at, paid.id)
  expect(await bank.balances(paid.id)).toMatchObject({ held: 0n, disputed: 3000n })
  expect((await bank.owed(account)).total).toBe(0n)
  await expect(bank.refund(paid.id, 100n)).rejects.toThrow('refund.')
  await expect(bookLostDispute(bank.app, bank.actor, { payment: paid.id, reopens: true })).rejects.toThrow('dispute.')
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
    await bookLostDispute(bank.app, bank.actor, { payment: paid.id, reopens })
    expect(await bank.balances(paid.id)).toMatchObject({ held: 0n, disputed: 0n })
    expect((await bank.owed(account)).total).toBe(owed)
    await expect(bookLostDispute(bank.app, bank.actor, { payment: paid.id, reopens })).rejects.toThrow('dispute.')
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
  await bookLostDispute(bank.app, bank.actor, { payment: paid.id, reopens: true })
  await bank.authenticate(open, 'complete')
  await recoverPractice(bank.app, bank.practice, { all: true })
  expect(await bank.payment(open.id)).toMatchObject({ status: 'succeeded', amount: 500n, creditUsed: 0n })
  expect((await bank.balances(paid.id)).credit).toBe(0n)
  expect(await differences()).toEqual([])
})

test('a bank that takes back what was refunded already leaves the rest to the practice, and a part that was not disputed can be refunded', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  await bank.refund(paid.id, 1000n, { reopens: false })
  const state = { dispute: 'dp_beyond', intent: await intentOf(paid), reason: 'fraudulent', openedAt: bank.app.now() }
  for (const status of ['open', 'lost'] as const)
    await takeDispute(bank.app, bank.practice, { ...state, amount: 2500n, status }, 'test')
  await expect(bank.refund(paid.id, 1n)).rejects.toThrow('refund.notPaid')
  await bookLostDispute(bank.app, bank.actor, { payment: paid.id, reopens: true })
  expect((await bank.owed(account)).total).toBe(2000n)
  expect(await bank.balances(paid.id)).toMatchObject({ held: -500n, disputed: 0n })

  const other = await bank.pay({ account, amount: 2000n })
  const part = { ...state, dispute: 'dp_part', intent: await intentOf(other), amount: 1500n }
  for (const status of ['open', 'lost'] as const)
    await takeDispute(bank.app, bank.practice, { ...part, status }, 'test')
  await expect(bank.refund(other.id, 501n)).rejects.toMatchObject({ values: { most: 500n } })
  // The sandbox knows nothing of these two disputes; the books agree with themselves.
  expect((await differences()).filter(({ kind }) => !kind.startsWith('processor.'))).toEqual([])
})
