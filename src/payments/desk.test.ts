import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, newPayment, type World } from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import type { AccountId } from '../kernel/ids.ts'
import { setSettings } from '../practice/settings.ts'
import { postPayment, recordDeskPayment } from './desk.ts'

let world: World
let bank: Bank
let manual: Bank
beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
  manual = bankOf(world, world.other)
  await setSettings(world.app, manual.actor, { posting: 'manual', overpaying: 'on' })
}, 60_000)
afterAll(() => world?.end())

const take = (at: Bank, account: AccountId, amount: bigint, payment = newPayment(), kind: 'cash' | 'cheque' = 'cash') =>
  recordDeskPayment(at.app, at.actor, { payment, account, bills: [], amount, kind, reference: '' })

async function expectAgreement(): Promise<void> {
  for (const { app, practice } of [bank, manual]) expect((await checkLedger(app, practice)).differences).toEqual([])
}

test('cash at the desk is received and posted at once; the same receipt twice is one', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const payment = newPayment()
  await Promise.all([take(bank, account, 2000n, payment), take(bank, account, 2000n, payment)])
  expect((await bank.owed(account)).total).toBe(1000n)
  await expect(take(bank, account, 1500n, payment)).rejects.toThrow('payment.differs')
  await expect(take(bank, account, 2000n, payment, 'cheque')).rejects.toThrow('payment.differs')
  await expect(take(bank, account, 1001n)).rejects.toMatchObject({ values: { most: 1000n } })
  await expectAgreement()
})

test('cash is handed back at once', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const { id } = await take(bank, account, 3000n)
  expect((await bank.refund(id, 1000n)).status).toBe('succeeded')
  expect(await bank.balances(id)).toMatchObject({ held: 2000n, refundsPayable: 0n })
  expect((await bank.owed(account)).total).toBe(1000n)
  await expectAgreement()
})

test('what a payment under way will pay counts as paid at the desk', async () => {
  const { account } = await makeHousehold(world, [3000n])
  await bank.pay({ account, amount: 2000n, card: 'pm_card_authenticationRequired' })
  await expect(take(bank, account, 1001n)).rejects.toMatchObject({ values: { most: 1000n } })
  expect((await take(bank, account, 1000n)).status).toBe('succeeded')
})

test('where posting is by hand, received money is not owed and not posted until staff post it, once', async () => {
  const { account } = await makeHousehold(world, [3000n], world.other)
  const paid = await manual.pay({ account, amount: 2000n })
  expect(paid).toMatchObject({ status: 'succeeded', postedAt: null })
  expect(await manual.balances(paid.id)).toMatchObject({ unposted: 2000n, held: 2000n })
  expect((await manual.owed(account)).total).toBe(1000n)
  await expectAgreement()
  await Promise.all([1, 2, 3].map(() => postPayment(manual.app, manual.actor, paid.id)))
  expect(await manual.balances(paid.id)).toMatchObject({ unposted: 0n, held: 2000n })
  expect((await manual.owed(account)).total).toBe(1000n)
  await expectAgreement()
})

test('a payment that is not received is not posted', async () => {
  const { account } = await makeHousehold(world, [3000n], world.other)
  const open = await manual.pay({ account, amount: 2000n, card: 'pm_card_authenticationRequired' })
  await expect(postPayment(manual.app, manual.actor, open.id)).rejects.toThrow('posting.')
})

test('credit is used before a card, and credit alone is a payment that asks no processor', async () => {
  const { account } = await makeHousehold(world, [1000n], world.other)
  const over = await take(manual, account, 4000n)
  await postPayment(manual.app, manual.actor, over.id)
  expect((await manual.owed(account)).creditTotal).toBe(3000n)
  const alone = await manual.pay({ account, amount: 1000n })
  expect(alone).toMatchObject({ methodKind: 'credit', status: 'succeeded', creditUsed: 1000n, connection: null })
  expect(alone.postedAt).not.toBeNull()
  const beside = await manual.pay({ account, amount: 3500n })
  expect(beside).toMatchObject({ methodKind: 'card', creditUsed: 3000n })
  expect(await manual.atProcessor(beside.id)).toEqual({ charges: 1, cents: 500 })
  await expectAgreement()
})
