import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { lower as lowerClaim, withdraw as withdrawClaim } from '../../test/support/claim-acts.ts'
import {
  claimLine,
  type Household,
  makeBill,
  makeHousehold,
  makeWorld,
  query,
  type World,
} from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import { lockAccount } from '../identity/accounts.ts'
import { wholePractice } from '../kernel/actor.ts'
import { type InvoiceId, newId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { transact } from '../platform/database.ts'

let world: World
let bank: Bank
beforeAll(async () => {
  world = await makeWorld({ settings: { overpaying: 'on' } })
  bank = bankOf(world)
}, 60_000)
afterAll(() => world?.end())

type Claim = { household: Household; source: string; bill: InvoiceId }

/** A household with one claim, billed with these shares, a line each; 30.00 of each line is paid by insurance, 20.00 taken off. */
async function billed(shares: readonly Cents[], more: Partial<Parameters<typeof makeBill>[2]> = {}): Promise<Claim> {
  const household = await makeHousehold(world, [])
  const source = newId('src')
  const lines = shares.map((share, index) => claimLine(index + 1, share))
  const bill = await makeBill(world, household, { source, lines, ...more })
  return { household, source, bill: bill ?? 'inv_' }
}

const withdraw = ({ source }: Pick<Claim, 'source'>) => withdrawClaim(bank, source)
const lower = ({ source }: Pick<Claim, 'source'>, left: Record<number, Cents>, answer?: string) =>
  lowerClaim(bank, source, left, answer)

/** What a household owes, and its credit, in cents. */
async function stands({ household }: Pick<Claim, 'household'>) {
  const { total, creditTotal } = await bank.owed(household.account)
  return [total, creditTotal]
}

/** The newest entry as `account cents` a line, sorted. */
async function newest(): Promise<string[]> {
  const rows = await query<{ text: string }>(
    world,
    `select ledger_account || ' ' || cents as text from ledger.line where entry_id = (select max(id) from ledger.entry) order by 1`,
  )
  return rows.map(row => row.text)
}

async function healthy() {
  expect((await checkLedger(world.app, bank.practice)).differences).toEqual([])
}

test('an unpaid bill is withdrawn whole: its issue entry is taken back, and nothing of it is owed', async () => {
  const claim = await billed([1000n, 2000n])
  await withdraw(claim)
  expect(await newest()).toEqual(['adjustments -4000', 'insurance -6000', 'receivable -3000', 'revenue 13000'])
  expect(await stands(claim)).toEqual([0n, 0n])
  const [row] = await query(
    world,
    'select open_cents, withdrawn_at is not null as gone from billing.invoice where id = $1',
    [claim.bill],
  )
  expect(row).toEqual({ open_cents: '0', gone: true })
  await healthy()
})

test('its claim can be billed again, and withdrawn again', async () => {
  const claim = await billed([1000n])
  await withdraw(claim)
  await makeBill(world, claim.household, { source: claim.source, lines: [claimLine(1, 700n)] })
  expect(await stands(claim)).toEqual([700n, 0n])
  await withdraw(claim)
  expect(await stands(claim)).toEqual([0n, 0n])
  await healthy()
})

test('what was paid on it becomes credit, each payment’s own', async () => {
  const claim = await billed([1000n, 2000n])
  const first = await bank.pay({ account: claim.household.account, amount: 1500n })
  const second = await bank.pay({ account: claim.household.account, amount: 500n })
  await withdraw(claim)
  expect(await stands(claim)).toEqual([0n, 2000n])
  expect([(await bank.balances(first.id)).credit, (await bank.balances(second.id)).credit]).toEqual([1500n, 500n])
  await bank.refund(first.id, 1500n)
  expect(await stands(claim)).toEqual([0n, 500n])
  await healthy()
})

test.each([
  ['settled as history', { open: false }],
  ['paid at the visit', { paidBefore: 3000n }],
  ['paid at the visit and settled', { open: false, paidBefore: 1n }],
])('what was %s goes back to opening balances', async (_, more) => {
  const claim = await billed([1000n, 2000n], more)
  await withdraw(claim)
  expect(await newest()).toEqual(['adjustments -4000', 'insurance -6000', 'opening-balances -3000', 'revenue 13000'])
  expect(await stands(claim)).toEqual([0n, 0n])
  await healthy()
})

test('what the practice bore of a refunded bill is borne no longer', async () => {
  const claim = await billed([1000n])
  const payment = await bank.pay({ account: claim.household.account, amount: 1000n })
  await bank.refund(payment.id, 400n, { reopens: false })
  await withdraw(claim)
  expect(await newest()).toEqual([
    'adjustments -2000',
    'adjustments -400',
    'insurance -3000',
    'revenue 6000',
    'unapplied-credit -600',
  ])
  await healthy()
})

test('a claim that insurance bore, and one that waits, leave the books without a bill', async () => {
  const source = newId('src')
  const household = await makeHousehold(world, [])
  const waiting = { ...claimLine(2, 0n), charged: 900n, insurancePaid: 0n, discount: 0n, waiting: true }
  expect(await makeBill(world, household, { source, lines: [claimLine(1, 0n), waiting] })).toBeNull()
  await withdraw({ source })
  expect(await newest()).toEqual(['adjustments -2000', 'insurance -3000', 'revenue 5000'])
  const left = await query(world, 'select from billing.charge where source = $1 and withdrawn_at is null', [source])
  expect(left).toHaveLength(0)
  await healthy()
})

test('a claim with two bills, and books whose entries are named by the claim’s numbers, are withdrawn', async () => {
  const claim = await billed([1000n])
  await makeBill(world, claim.household, { source: claim.source, lines: [claimLine(1, 1000n), claimLine(2, 500n)] })
  await query(
    world,
    `alter table ledger.entry disable trigger user; update ledger.entry e set source = $1 || '#' || ch.sequence
      from billing.charge ch where e.kind = 'issue' and e.source = ch.id and ch.source = $1; alter table ledger.entry enable trigger user`.replaceAll(
      '$1',
      `'${claim.source}'`,
    ),
  )
  expect(await stands(claim)).toEqual([1500n, 0n])
  await withdraw(claim)
  expect(await stands(claim)).toEqual([0n, 0n])
  await healthy()
})

test('a later payer lowers what is open of a bill', async () => {
  const claim = await billed([1000n, 2000n])
  await lower(claim, { 1: 1000n, 2: 500n })
  expect(await newest()).toEqual(['insurance 1500', 'receivable -1500'])
  expect(await stands(claim)).toEqual([1500n, 0n])
  await lower(claim, { 2: 0n }, 'third')
  expect(await stands(claim)).toEqual([1000n, 0n])
  await healthy()
})

test('what a paid bill no longer needs becomes credit of the newest payment', async () => {
  const claim = await billed([3000n])
  const first = await bank.pay({ account: claim.household.account, amount: 2000n })
  const second = await bank.pay({ account: claim.household.account, amount: 1000n })
  await lower(claim, { 1: 1500n })
  expect(await newest()).toEqual(['insurance 1500', 'unapplied-credit -1000', 'unapplied-credit -500'])
  expect([(await bank.balances(first.id)).credit, (await bank.balances(second.id)).credit]).toEqual([500n, 1000n])
  expect(await stands(claim)).toEqual([0n, 1500n])
  await healthy()
})

test('a cent less than was paid is a cent of credit; as much as was paid is none', async () => {
  for (const [left, credit] of [
    [1999n, 1n],
    [2000n, 0n],
    [2001n, 0n],
  ] as const) {
    const claim = await billed([3000n])
    await bank.pay({ account: claim.household.account, amount: 2000n })
    await lower(claim, { 1: left })
    expect(await stands(claim)).toEqual([left > 2000n ? left - 2000n : 0n, credit])
  }
  await healthy()
})

test('what one line no longer needs closes what is open of the others first', async () => {
  const claim = await billed([1000n, 2000n])
  await bank.pay({ account: claim.household.account, amount: 1000n })
  await lower(claim, { 1: 200n })
  expect(await newest()).toEqual(['insurance 800', 'receivable -800'])
  expect(await stands(claim)).toEqual([1200n, 0n])
  await lower(claim, { 1: 0n, 2: 700n }, 'third')
  expect(await stands(claim)).toEqual([0n, 300n])
  await healthy()
})

test('a bill that a later payer lowered is withdrawn whole too', async () => {
  const claim = await billed([1000n, 2000n])
  await bank.pay({ account: claim.household.account, amount: 2500n })
  await lower(claim, { 2: 1000n })
  expect(await stands(claim)).toEqual([0n, 500n])
  await withdraw(claim)
  expect(await newest()).toEqual(['adjustments -4000', 'insurance -7000', 'revenue 13000', 'unapplied-credit -2000'])
  expect(await stands(claim)).toEqual([0n, 2500n])
  await healthy()
})

test('a payment under way keeps no more of a lowered bill than is open, and its rest is credit', async () => {
  const claim = await billed([3000n])
  const { account } = claim.household
  const waits = await bank.pay({ account, amount: 2500n, card: 'pm_card_authenticationRequired' })
  expect(waits.status).toBe('requires_action')
  await lower(claim, { 1: 1000n })
  await transact(world.app.db, wholePractice(bank.practice), async tx => {
    const { fitReservations } = await import('../payments/fit-reservations.ts')
    await lockAccount(tx, bank.practice, account)
    await fitReservations(tx, bank.practice, account)
  })
  await healthy()
  const reserved = await query(world, 'select cents::int from payments.reservation where payment_id = $1', [waits.id])
  expect(reserved).toEqual([{ cents: 1000 }])
})
