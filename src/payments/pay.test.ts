import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  claimLine,
  imbalance,
  makeHousehold,
  makeWorld,
  newPayment,
  query,
  TODAY,
  type World,
} from '../../test/support/world.ts'
import { billClaim } from '../billing/bill-claim.ts'
import { lockAccount } from '../identity/accounts.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { newId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import { refundPayment } from '../returns/refund.ts'
import { getOwed } from './owed.ts'
import { type PayOrder, payBills } from './pay.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const actor = () => system(world.practice.id, 'test')
const owed = (account: PayOrder['account']) =>
  transact(world.app.db, wholePractice(world.practice.id), tx => getOwed(tx, world.practice.id, account))

test('a card that works pays the bill picked first, then the oldest, and the books balance', async () => {
  const { account, bills } = await makeHousehold(world, [10000n, 5000n])
  const paid = await payBills(world.app, actor(), {
    payment: newPayment(),
    account,
    bills: bills.slice(1),
    amount: 7000n,
    with: { card: 'pm_card_visa', keep: 'no' },
  })
  expect(paid.status).toBe('succeeded')
  expect(paid.postedAt).not.toBeNull()
  const left = await owed(account)
  expect(left.total).toBe(8000n)
  expect(left.lines.every(line => line.invoice === bills[0])).toBe(true)
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('the same order twice is one payment; the same id with another amount is refused', async () => {
  const { account } = await makeHousehold(world, [10000n])
  const order: PayOrder = {
    payment: newPayment(),
    account,
    bills: [],
    amount: 4000n,
    with: { card: 'pm_card_visa', keep: 'no' },
  }
  const both = await Promise.all([payBills(world.app, actor(), order), payBills(world.app, actor(), order)])
  expect(new Set(both.map(each => each.id)).size).toBe(1)
  expect((await payBills(world.app, actor(), order)).status).toBe('succeeded')
  await expect(payBills(world.app, actor(), { ...order, amount: 5000n })).rejects.toThrow('payment.differs')
  const [{ n } = { n: 0 }] = await query<{ n: number }>(
    world,
    `select count(*)::int as n from ledger.entry where source = $1 and kind = 'success'`,
    [order.payment],
  )
  expect(n).toBe(1)
  expect((await owed(account)).total).toBe(6000n)
})

test('a decline ends as failed with its code, frees what it reserved and charges nothing', async () => {
  const { account } = await makeHousehold(world, [10000n])
  const declined = await payBills(world.app, actor(), {
    payment: newPayment(),
    account,
    bills: [],
    amount: 10000n,
    with: { card: 'pm_card_chargeDeclinedInsufficientFunds', keep: 'no' },
  })
  expect(declined).toMatchObject({ status: 'failed', failureCode: 'insufficient_funds' })
  expect((await owed(account)).total).toBe(10000n)
})

test('more than is owed is refused with the most that can be paid', async () => {
  const { account } = await makeHousehold(world, [10000n])
  await expect(
    payBills(world.app, actor(), {
      payment: newPayment(),
      account,
      bills: [],
      amount: 10001n,
      with: { card: 'pm_card_visa', keep: 'no' },
    }),
  ).rejects.toMatchObject({
    code: 'amount.tooMuch',
    values: { most: 10000n },
  })
})

test('fifty different submits on one open balance never pay more than is owed', async () => {
  const { account } = await makeHousehold(world, [10000n])
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, () =>
      payBills(world.app, actor(), {
        payment: newPayment(),
        account,
        bills: [],
        amount: 3000n,
        with: { card: 'pm_card_visa', keep: 'no' },
      }),
    ),
  )
  const paid = results.filter(result => result.status === 'fulfilled' && result.value.status === 'succeeded')
  expect(paid).toHaveLength(3)
  expect((await owed(account)).total).toBe(1000n)
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('a card kept as default is there for the next payment, which is one call', async () => {
  const { account } = await makeHousehold(world, [10000n])
  await payBills(world.app, actor(), {
    payment: newPayment(),
    account,
    bills: [],
    amount: 1000n,
    with: { card: 'pm_card_visa', keep: 'default' },
  })
  const [method] = await query<{ id: `mth_${string}`; is_default: boolean; last4: string }>(
    world,
    'select id, is_default, last4 from payments.method where account_id = $1',
    [account],
  )
  expect(method).toMatchObject({ is_default: true, last4: '4242' })
  const again = await payBills(world.app, actor(), {
    payment: newPayment(),
    account,
    bills: [],
    amount: 1000n,
    with: { saved: method?.id ?? 'mth_' },
  })
  expect(again.status).toBe('succeeded')
})

test('authentication leaves the payment open with an address, and what it pays reserved', async () => {
  const { account } = await makeHousehold(world, [10000n])
  const open = await payBills(world.app, actor(), {
    payment: newPayment(),
    account,
    bills: [],
    amount: 6000n,
    with: { card: 'pm_card_authenticationRequired', keep: 'no' },
  })
  expect(open.status).toBe('requires_action')
  expect(open.actionUrl).toContain(world.sandbox.url)
  expect((await owed(account)).total).toBe(4000n)
  const again = await payBills(world.app, actor(), {
    payment: newPayment(),
    account,
    bills: [],
    amount: 10000n,
    with: { card: 'pm_card_visa', keep: 'no' },
  })
  expect(again.status).toBe('succeeded')
})

test('without script the payment waits on the hosted page of the processor', async () => {
  const { account } = await makeHousehold(world, [10000n])
  const open = await payBills(world.app, actor(), {
    payment: newPayment(),
    account,
    bills: [],
    amount: 6000n,
    with: { hosted: true, keep: 'no' },
  })
  expect(open).toMatchObject({ status: 'requires_action' })
  expect(open.actionUrl).toContain('/checkout/')
})

test('twelve thousand open lines are paid at once, and taken back at once', { timeout: 60_000 }, async () => {
  const household = await makeHousehold(world, [])
  const lines = Array.from({ length: 2000 }, (_, index) => claimLine(index + 1, 5n))
  const days = { servicedOn: TODAY, issuedOn: TODAY }
  const claim = { ...household, ...days, title: 'Long stay', clinician: null, location: null, payer: null, open: true }
  await transact(world.app.db, wholePractice(world.practice.id), async tx => {
    await lockAccount(tx, world.practice.id, household.account)
    for (let bill = 1; bill <= 6; bill++)
      await billClaim(world.app, tx, actor(), { ...claim, source: newId('src'), lines })
  })
  const order: PayOrder = {
    payment: newPayment(),
    account: household.account,
    bills: [],
    amount: 60_000n,
    with: { card: 'pm_card_visa', keep: 'no' },
  }
  expect(await payBills(world.app, actor(), order)).toMatchObject({ status: 'succeeded' })
  expect((await owed(household.account)).total).toBe(0n)
  await refundPayment(world.app, actor(), {
    refund: newId('rfd'),
    payment: order.payment,
    amount: 60_000n,
    reopens: true,
    reason: '',
  })
  expect((await owed(household.account)).total).toBe(60_000n)
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})
