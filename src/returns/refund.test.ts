import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, query, TODAY, type World } from '../../test/support/world.ts'
import { readClaimBooks } from '../billing/claim-books.ts'
import { withdrawClaim } from '../billing/withdraw-claim.ts'
import { checkLedger } from '../books/check.ts'
import { lockAccount } from '../identity/accounts.ts'
import { type AccountId, newId } from '../kernel/ids.ts'
import { postPayment } from '../payments/desk.ts'
import { setSettings } from '../practice/settings.ts'
import type { Refund } from './refunds.ts'
import { takeRefund } from './send-refund.ts'

let world: World
let bank: Bank
/** A practice that posts by hand. */
let manual: Bank
beforeAll(async () => {
  world = await makeWorld({ settings: { overpaying: 'on' } })
  bank = bankOf(world)
  manual = bankOf(world, world.other)
  await setSettings(world.app, manual.actor, { posting: 'manual' })
}, 60_000)
afterAll(() => world?.end())

/** Every promise of the books of both practices, and the processor's list. */
async function expectAgreement(): Promise<void> {
  for (const { app, practice } of [bank, manual]) expect((await checkLedger(app, practice)).differences).toEqual([])
}

const openOf = async (account: string) =>
  (
    await query<{ open_cents: string }>(
      world,
      'select open_cents from billing.invoice where account_id = $1 order by due_on',
      [account],
    )
  ).map(row => BigInt(row.open_cents))

test('a refund that reopens takes the newest allocations back first', async () => {
  const { account } = await makeHousehold(world, [3000n, 3000n, 3000n])
  const paid = await bank.pay({ account, amount: 9000n })
  expect((await bank.refund(paid.id, 4000n)).status).toBe('succeeded')
  expect(await openOf(account)).toEqual([0n, 1000n, 3000n])
  expect((await bank.owed(account)).total).toBe(4000n)
  await expectAgreement()
})

test('a refund that does not reopen leaves the bills paid and is an adjustment', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  await bank.refund(paid.id, 1000n, { reopens: false })
  expect((await bank.owed(account)).total).toBe(0n)
  await bank.refund(paid.id, 2000n)
  expect((await bank.owed(account)).total).toBe(2000n)
  await expectAgreement()
})

/** What is given to a household's bills, by whom. */
const givenTo = (account: string) =>
  query<{ by: string; cents: number }>(
    world,
    `select case when payment_id is not null then 'payment' when written_off then 'practice' else 'history' end as by, sum(cents)::int as cents
     from billing.allocation where account_id = $1 group by 1 having sum(cents) <> 0 order by 1`,
    [account],
  )

test('what the practice bore is not taken back again: the next refund opens the other bill', async () => {
  const { account } = await makeHousehold(world, [2000n, 3000n])
  const paid = await bank.pay({ account, amount: 5000n })
  await bank.refund(paid.id, 3000n, { reopens: false })
  expect(await openOf(account)).toEqual([0n, 0n])
  await bank.refund(paid.id, 500n)
  expect(await openOf(account)).toEqual([500n, 0n])
  expect(await givenTo(account)).toEqual([
    { by: 'payment', cents: 1500 },
    { by: 'practice', cents: 3000 },
  ])
  await expectAgreement()
})

test('parts are refunded up to what was paid; more is refused with the most that can be', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  await bank.refund(paid.id, 1000n)
  await expect(bank.refund(paid.id, 2001n)).rejects.toMatchObject({ values: { most: 2000n } })
  await bank.refund(paid.id, 2000n)
  await expect(bank.refund(paid.id, 1n)).rejects.toThrow('refund.')
  await expectAgreement()
})

test('the same refund twice, also at once, is one refund; with another amount it is refused', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  const refund = newId('rfd')
  await Promise.all(Array.from({ length: 5 }, () => bank.refund(paid.id, 1000n, { refund })))
  expect((await bank.refund(paid.id, 1000n, { refund })).status).toBe('succeeded')
  await expect(bank.refund(paid.id, 500n, { refund })).rejects.toThrow('refund.differs')
  expect(await bank.atProcessor(paid.id)).toEqual({ charges: 1, cents: 2000 })
  await expectAgreement()
})

test('while a payment waits to be posted its refund comes from there, and what it reserved is owed again', async () => {
  const { account } = await makeHousehold(world, [3000n, 2000n], world.other)
  const paid = await manual.pay({ account, amount: 5000n })
  expect(paid.postedAt).toBeNull()
  await manual.refund(paid.id, 1500n)
  expect((await manual.owed(account)).total).toBe(1500n)
  await expectAgreement()
  await postPayment(manual.app, manual.actor, paid.id)
  expect(await openOf(account)).toEqual([0n, 1500n])
  await expectAgreement()
})

test('a payment refunded whole before posting leaves nothing to post and reserves nothing', async () => {
  const { account } = await makeHousehold(world, [3000n], world.other)
  const paid = await manual.pay({ account, amount: 3000n })
  await manual.refund(paid.id, 3000n)
  expect((await manual.owed(account)).total).toBe(3000n)
  expect((await postPayment(manual.app, manual.actor, paid.id)).postedAt).not.toBeNull()
  await expectAgreement()
})

test('a refund comes from left credit before any bill, and follows credit that another payment used', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const over = await bank.pay({ account, amount: 5000n })
  expect((await bank.owed(account)).creditTotal).toBe(2000n)
  await bank.refund(over.id, 500n)
  expect((await bank.owed(account)).creditTotal).toBe(1500n)
  const later = await bank.pay({ account, amount: 2500n })
  expect(later).toMatchObject({ methodKind: 'card', creditUsed: 1500n })
  const [credit] = [await bank.balances(later.id)]
  expect(credit?.credit).toBe(2500n)
  await bank.refund(over.id, 4500n)
  expect((await bank.owed(account)).total).toBe(3000n)
  expect((await bank.balances(later.id)).credit).toBe(1000n)
  await expectAgreement()
})

test('credit that a payment under way counts on is not refunded meanwhile', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const over = await bank.pay({ account, amount: 5000n })
  const open = await bank.pay({ account, amount: 3000n, card: 'pm_card_authenticationRequired' })
  expect(open).toMatchObject({ status: 'requires_action', creditUsed: 2000n })
  await expect(bank.refund(over.id, 3001n)).rejects.toMatchObject({ values: { most: 3000n } })
  await bank.authenticate(open, 'complete')
  await bank.app.processor.look(await bank.processorAccount(), open.intent ?? '')
  await bank.refund(over.id, 3000n)
  expect((await bank.owed(account)).total).toBe(3000n)
})

test('a refund the processor refuses is entered back, and the bills it left are paid again', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n, card: 'pm_card_createDispute' })
  // Disputed at the processor, not known here yet: it refuses.
  expect((await bank.refund(paid.id, 1000n)).status).toBe('failed')
  expect((await bank.owed(account)).total).toBe(0n)
  expect((await bank.refund(paid.id, 1000n, { reopens: false })).status).toBe('failed')
  expect(await givenTo(account)).toEqual([{ by: 'payment', cents: 3000 }])
  expect(await openOf(account)).toEqual([0n])
  await bank.takeDispute(await bank.processorAccount(), paid.id)
  await expect(bank.refund(paid.id, 1000n)).rejects.toThrow('refund.')
})

test('bills that got nothing yet cannot stay settled', async () => {
  const { account } = await makeHousehold(world, [3000n], world.other)
  const paid = await manual.pay({ account, amount: 3000n })
  await expect(manual.refund(paid.id, 1000n, { reopens: false })).rejects.toThrow('refund.notPosted')
  await postPayment(manual.app, manual.actor, paid.id)
  await manual.refund(paid.id, 1000n, { reopens: false })
  expect((await manual.owed(account)).total).toBe(0n)
  await expectAgreement()
})

/** The bank sends a refund back that was done, and the processor says so. */
async function sendBack(of: Bank, { id, processorRefund }: Refund) {
  await world.sandbox.control('refunds/end', { refund: processorRefund, status: 'failed' })
  const answer = await of.app.processor.retrieveRefund(await of.processorAccount(), processorRefund ?? '')
  await takeRefund(of.app, of.practice, id, answer, 'test')
}

test('a refund that fails after it was done, and after its payment was posted, is credit nobody has to post', async () => {
  const { account } = await makeHousehold(world, [3000n], world.other)
  const paid = await manual.pay({ account, amount: 3000n })
  const refund = await manual.refund(paid.id, 1000n)
  await postPayment(manual.app, manual.actor, paid.id)
  await sendBack(manual, refund)
  expect(await manual.balances(paid.id)).toMatchObject({ unposted: 0n, credit: 1000n, held: 3000n })
  expect((await manual.owed(account)).total).toBe(1000n)
  await expectAgreement()
})

test('a payment refunded whole before posting waits to be posted again when that refund fails', async () => {
  const { account } = await makeHousehold(world, [3000n], world.other)
  const paid = await manual.pay({ account, amount: 3000n })
  const refund = await manual.refund(paid.id, 3000n)
  expect((await manual.payment(paid.id))?.postedAt).not.toBeNull()
  await sendBack(manual, refund)
  expect(await manual.payment(paid.id)).toMatchObject({ postedAt: null })
  expect(await manual.owed(account)).toMatchObject({ total: 0n, creditTotal: 0n })
  await postPayment(manual.app, manual.actor, paid.id)
  expect(await openOf(account)).toEqual([0n])
})

test('a refund that fails after the bank took the same money lessens what the practice bears', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  const refund = await bank.refund(paid.id, 1000n)
  const at = await bank.processorAccount()
  const payment_intent = (await bank.payment(paid.id))?.intent
  await world.sandbox.control('disputes', { payment_intent, amount: 2500 })
  await bank.decideDispute(at, await bank.takeDispute(at, paid.id), 'losing_evidence')
  await bank.takeDispute(at, paid.id)
  await bank.book(paid.id, true)
  expect(await bank.owed(account)).toMatchObject({ total: 3000n, creditTotal: 0n })
  await sendBack(bank, refund)
  // 5.00 of the 10.00 the practice bore beyond what was paid; the other 5.00 are the household's.
  expect(await bank.owed(account)).toMatchObject({ total: 3000n, creditTotal: 500n })
  expect((await bank.refund(paid.id, 500n)).status).toBe('failed')
  await expectAgreement()
})

/** Staff take back the claim behind a household's only bill. */
async function withdraw(account: AccountId): Promise<void> {
  const [{ source } = { source: '' }] = await query<{ source: string }>(
    world,
    'select source from billing.invoice where account_id = $1',
    [account],
  )
  await bank.read(async tx => {
    await lockAccount(tx, bank.practice, account)
    const books = (await readClaimBooks(tx, bank.practice, [source])).get(source)
    if (!books) throw new Error('the claim is in no books')
    await withdrawClaim(bank.app, tx, bank.actor, { books, on: TODAY })
  })
}

test('what was borne of a bill that was withdrawn since is credit when its refund fails, and nothing is borne below zero', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  const refund = await bank.refund(paid.id, 1000n, { reopens: false })
  await withdraw(account)
  expect(await bank.owed(account)).toMatchObject({ total: 0n, creditTotal: 2000n })
  await sendBack(bank, refund)
  expect(await bank.owed(account)).toMatchObject({ total: 0n, creditTotal: 3000n })
  // The credit note alone closes the bill: the practice bears none of it, and no payment gave to it.
  expect(await givenTo(account)).toEqual([{ by: 'history', cents: 3000 }])
  expect((await bank.refund(paid.id, 3000n)).status).toBe('succeeded')
  await expectAgreement()
})
