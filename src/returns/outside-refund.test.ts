import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { settledRefund } from '../../test/support/settled.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import { dayIn } from '../kernel/dates.ts'
import type { PaymentId } from '../kernel/ids.ts'
import { postPayment } from '../payments/desk.ts'
import { rows } from '../platform/database.ts'
import { setSettings } from '../practice/settings.ts'
import { recoverPractice } from '../recovery/recover.ts'
import { bookReturn } from './book-return.ts'
import { takeShownRefund } from './outside-refund.ts'
import { selectRefunds } from './refunds.ts'

let world: World
let bank: Bank
let at: string
beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
  at = await bank.processorAccount()
}, 60_000)
afterAll(() => world?.end())
afterEach(() => world.sandbox.control('faults', { rules: [] }))

async function paid(cents: bigint) {
  const { account } = await makeHousehold(world, [cents])
  const { id } = await bank.pay({ account, amount: cents })
  return { account, id }
}

/** Somebody refunds a payment at the processor itself; answers the refund's id there. */
async function refundThere(payment: PaymentId, cents: bigint, status = 'succeeded'): Promise<string> {
  const payment_intent = (await bank.payment(payment))?.intent
  const { id } = await world.sandbox.control('refunds', { payment_intent, amount: Number(cents), status })
  return String(id)
}

/** Takes in a refund as the processor shows it now. */
async function take(there: string): Promise<void> {
  const answer = await bank.app.processor.retrieveRefund(at, there)
  if (!('value' in answer)) throw new Error('the processor shows no such refund')
  await takeShownRefund(bank.app, bank.practice, answer.value, 'test')
}

async function refundsOf(payment: PaymentId) {
  return bank.read(tx => rows(tx, selectRefunds(bank.practice, payment)))
}

const differences = async () => (await checkLedger(bank.app, bank.practice)).differences

test('a refund made at the processor leaves clearing at once and nothing else, however often it is told', async () => {
  const { account, id } = await paid(3000n)
  const there = await refundThere(id, 1000n)
  expect(await differences()).toMatchObject([{ kind: 'processor.held', ref: id }])
  await Promise.all([take(there), take(there), take(there)])
  await take(there)
  expect(await bank.balances(id)).toMatchObject({ held: 2000n, disputed: 1000n })
  expect(await bank.owed(account)).toMatchObject({ total: 0n, creditTotal: 0n })
  expect(await refundsOf(id)).toMatchObject([{ outside: true, reopens: null, bookedAt: null, amount: 1000n }])
  await expect(bank.refund(id, 2001n)).rejects.toMatchObject({ values: { most: 2000n } })
  expect(await differences()).toEqual([])
})

for (const { reopens, owed } of [
  { reopens: true, owed: 1000n },
  { reopens: false, owed: 0n },
])
  test(`staff say once what it means: ${reopens ? 'owed again' : 'written off'}`, async () => {
    const { account, id } = await paid(3000n)
    await take(await refundThere(id, 1000n))
    const [refund] = await refundsOf(id)
    await bank.book(id, reopens)
    expect((await bank.owed(account)).total).toBe(owed)
    expect(await bank.balances(id)).toMatchObject({ held: 2000n, disputed: 0n })
    const again = { payment: id, returned: refund?.id ?? 'rfd_', reopens } as const
    await expect(bookReturn(bank.app, bank.actor, again)).rejects.toThrow('return.decided')
    await bank.refund(id, 2000n)
    expect((await bank.owed(account)).total).toBe(owed + 2000n)
    expect(await differences()).toEqual([])
  })

test('one of a payment that nobody has posted, written off, leaves nothing to post', async () => {
  await setSettings(bank.app, bank.actor, { posting: 'manual' })
  const [whole, part] = [await paid(3000n), await paid(3000n)]
  await setSettings(bank.app, bank.actor, { posting: 'auto' })
  await take(await refundThere(whole.id, 3000n))
  await take(await refundThere(part.id, 1000n))
  for (const { id, account } of [whole, part]) {
    await bank.book(id, false)
    expect((await bank.owed(account)).total).toBe(0n)
  }
  expect(await bank.payment(whole.id)).not.toMatchObject({ postedAt: null })
  await postPayment(bank.app, bank.actor, part.id)
  expect(await bank.owed(part.account)).toMatchObject({ total: 0n, creditTotal: 0n })
  expect(await differences()).toEqual([])
})

test('one that its bank sends back is entered back, before staff decided and after', async () => {
  const [undecided, decided] = [await paid(3000n), await paid(3000n)]
  for (const { id, account } of [undecided, decided]) {
    const there = await refundThere(id, 1000n)
    await take(there)
    if (id === decided.id) await bank.book(id, true)
    await world.sandbox.control('refunds/end', { refund: there, status: 'failed' })
    await take(there)
    await take(there)
    expect(await bank.balances(id)).toMatchObject({ held: 3000n, disputed: 0n })
    expect((await bank.owed(account)).total).toBe(0n)
    expect(await refundsOf(id)).toMatchObject([{ status: 'failed' }])
  }
  expect(await differences()).toEqual([])
})

test('one that is pending is entered, and looked at until it has ended', async () => {
  const { id } = await paid(3000n)
  const there = await refundThere(id, 1000n, 'pending')
  await take(there)
  expect(await bank.balances(id)).toMatchObject({ held: 2000n, disputed: 1000n })
  const isWatched = async () =>
    (await query(world, 'select from payments.refund where payment_id = $1 and check_at is not null', [id])).length
  expect(await isWatched()).toBe(1)
  await world.sandbox.control('refunds/end', { refund: there, status: 'failed' })
  await recoverPractice(bank.app, bank.practice, { all: true })
  expect(await bank.balances(id)).toMatchObject({ held: 3000n, disputed: 0n })
  expect(await isWatched()).toBe(0)
})

test('while a refund asked here has no end, the same money that went back outside waits to be decided', async () => {
  const { account, id } = await paid(3000n)
  await world.sandbox.control('faults', { rules: [{ method: 'POST', path: '/v1/refunds', fault: '500-before' }] })
  const asked = await bank.refund(id, 3000n)
  expect(asked.status).toBe('submitted')
  await take(await refundThere(id, 3000n))
  await expect(bank.book(id, true)).rejects.toThrow('return.refund-under-way')
  await world.sandbox.control('faults', { rules: [] })
  // The processor has nothing left to refund.
  expect((await settledRefund(bank.app, bank.practice, asked.id)).status).toBe('failed')
  expect((await bank.owed(account)).total).toBe(0n)
  await bank.book(id, true)
  expect((await bank.owed(account)).total).toBe(3000n)
  expect(await bank.balances(id)).toMatchObject({ held: 0n, disputed: 0n, credit: 0n })
  expect(await differences()).toEqual([])
})

test('a refund that names one asked at another Portico is one made outside', async () => {
  const { id } = await paid(3000n)
  const intent = (await bank.payment(id))?.intent ?? ''
  const metadata = { refund_id: 'rfd_01k0000000000000000000000a' }
  const made = await world.sandbox.sdk(at).refunds.create({ payment_intent: intent, amount: 500, metadata })
  await take(made.id)
  expect(await refundsOf(id)).toMatchObject([{ outside: true, amount: 500n }])
})

test('it is entered with its own day, and never with one that has not come', async () => {
  const { id } = await paid(3000n)
  const dayOf = async (there: string) => {
    const [row] = await query<{ day: string }>(
      world,
      `select e.occurred_on::text as day from ledger.entry e join payments.refund r on r.id = e.source where e.kind = 'refund-outside' and r.processor_refund = $1`,
      [there],
    )
    return row?.day
  }
  const state = {
    status: 'succeeded',
    amount: 100n,
    ours: undefined,
    intent: (await bank.payment(id))?.intent ?? '',
  } as const
  const now = bank.app.now()
  await takeShownRefund(
    bank.app,
    bank.practice,
    { ...state, refund: 're_past', madeAt: now.subtract({ hours: 72 }) },
    'test',
  )
  await takeShownRefund(
    bank.app,
    bank.practice,
    { ...state, refund: 're_ahead', madeAt: now.add({ hours: 72 }) },
    'test',
  )
  const zone = world.practice.timeZone
  expect(await dayOf('re_past')).toBe(dayIn(zone, now.subtract({ hours: 72 })).toString())
  expect(await dayOf('re_ahead')).toBe(dayIn(zone, now).toString())
})
