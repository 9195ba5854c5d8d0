import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { deliver } from '../../test/support/letters.ts'
import { type Household, makeHousehold, makeWorld, newPayment, type World } from '../../test/support/world.ts'
import { recordGrant, recordLogin } from '../identity/logins.ts'
import { recordDeskPayment } from '../payments/desk.ts'
import { readMailbox } from '../platform/mail.ts'
import type { Refund } from '../returns/refunds.ts'

let world: World
let bank: Bank
let household: Household
beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
  household = await makeHousehold(world, [5000n, 3000n])
  const { account, patient } = household
  await bank.read(async tx => {
    const login = await recordLogin(tx, { email: 'maria.ortega@example.org', name: 'Maria Ortega' })
    await recordGrant(tx, bank.practice, { login, account, patient, kind: 'self', scope: 'record' })
  })
}, 60_000)
afterAll(() => world?.end())

/** What the mail of a refund says. */
async function mailOf(refund: Refund): Promise<string> {
  await deliver(world, bank.practice, { type: 'refund.succeeded', subject: refund.id })
  const [newest] = await readMailbox(world.config.dataFolder, 'maria.ortega@example.org')
  return newest?.text ?? ''
}

test('the mail of a refund says where the money goes and what is owed again', async () => {
  const paid = await bank.pay({ account: household.account, amount: 5000n })
  const reopened = await mailOf(await bank.refund(paid.id, 2000n))
  expect(reopened).toContain('We refunded $20.00')
  expect(reopened).toContain('It goes back to Visa ending 4242')
  expect(reopened).toContain('with all your open bills, $50.00')
  expect(await mailOf(await bank.refund(paid.id, 1000n, { reopens: false }))).not.toContain('owed again')
  const order = { payment: newPayment(), account: household.account, bills: [], reference: '' }
  await recordDeskPayment(bank.app, bank.actor, { ...order, amount: 1000n, kind: 'cash' })
  expect(await mailOf(await bank.refund(order.payment, 1000n))).toContain('gave it back to you itself')
})

test('a receipt says to each reader what it gave to bills they may see, and what they owe', async () => {
  const { account, patient } = await makeHousehold(world, [2000n, 700n], world.practice, 'Ben', household.account)
  await bank.read(async tx => {
    const login = await recordLogin(tx, { email: 'ben@example.org', name: 'Ben Ortega' })
    await recordGrant(tx, bank.practice, { login, account, patient, kind: 'self', scope: 'record' })
  })
  const { total } = await bank.owed(account)
  const paid = await bank.pay({ account, amount: total - 700n })
  await deliver(world, bank.practice, { type: 'payment.succeeded', subject: paid.id })
  const [ben] = await readMailbox(world.config.dataFolder, 'ben@example.org')
  const [maria] = await readMailbox(world.config.dataFolder, 'maria.ortega@example.org')
  const bills = (text = '') => new Set(text.match(/INV-\d+/g))
  expect(bills(ben?.text).isDisjointFrom(bills(maria?.text))).toBe(true)
  expect([bills(ben?.text).size, bills(maria?.text).size]).not.toContain(0)
})
