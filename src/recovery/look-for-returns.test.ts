import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import type { PaymentId } from '../kernel/ids.ts'
import { listPracticesWithReturnsDue, lookForReturns } from './look-for-returns.ts'
import { recoverPractice } from './recover.ts'

let world: World
let bank: Bank
let at: string
beforeAll(async () => {
  // No webhook is ever sent: the sandbox has no address for them.
  world = await makeWorld()
  bank = bankOf(world)
  at = await bank.processorAccount()
}, 60_000)
afterAll(() => world?.end())
afterEach(() => world.sandbox.control('faults', { rules: [] }))

async function pay(card: string) {
  const { account } = await makeHousehold(world, [3000n])
  return bank.pay({ account, amount: 3000n, card })
}

/** Lets the pauses between looks pass. */
const makeDue = () =>
  query(world, 'update payments.connection set returns_check_at = now(); update payments.dispute set check_at = now()')

async function look() {
  await makeDue()
  return lookForReturns(world.app, bank.practice)
}

async function seenUntil(): Promise<Date | null> {
  const [row] = await query<{ seen: Date | null }>(
    world,
    'select disputes_seen_until as seen from payments.connection where practice_id = $1',
    [bank.practice],
  )
  return row?.seen ?? null
}

const disputeOf = async (payment: string) =>
  (
    await query<{ id: string }>(world, 'select processor_dispute as id from payments.dispute where payment_id = $1', [
      payment,
    ])
  )[0]?.id ?? ''

const differences = async () => (await checkLedger(world.app, bank.practice)).differences

test('a dispute whose event never came is taken in by the next look, once', async () => {
  const paid = await pay('pm_card_createDispute')
  expect(await differences()).not.toEqual([])
  await Promise.all([look(), look(), look()])
  await look()
  expect(await bank.balances(paid.id)).toMatchObject({ held: 0n, disputed: 3000n })
  expect(await differences()).toEqual([])
})

test('a verdict whose event never came is asked for, also of a dispute that no list shows any more', async () => {
  const paid = await pay('pm_card_createDispute')
  await look()
  await bank.decideDispute(at, await disputeOf(paid.id), 'winning_evidence')
  await query(world, `update payments.connection set disputes_seen_until = now() + interval '1 year'`)
  await look()
  expect(await bank.balances(paid.id)).toMatchObject({ held: 3000n, disputed: 0n })
  await query(world, 'update payments.connection set disputes_seen_until = created_at')
  expect(await differences()).toEqual([])
})

test('an inquiry moves nothing and holds the mark back, so that the dispute it becomes is seen', async () => {
  const paid = await pay('pm_card_createDisputeInquiry')
  await look()
  const { data } = await world.sandbox.sdk(at).disputes.list({ payment_intent: paid.intent ?? '' })
  const began = (data[0]?.created ?? 0) * 1000
  expect((await seenUntil())?.getTime()).toBe(began)
  expect(await bank.balances(paid.id)).toMatchObject({ held: 3000n, disputed: 0n })
  await world.sandbox
    .sdk(at)
    .disputes.update(data[0]?.id ?? '', { evidence: { uncategorized_text: 'escalate_inquiry_evidence' } })
  await look()
  expect(await bank.balances(paid.id)).toMatchObject({ held: 0n, disputed: 3000n })
  expect((await seenUntil())?.getTime()).toBeGreaterThan(began)
})

test('a dispute of a payment that has not settled here waits for it', async () => {
  const { account } = await makeHousehold(world, [3000n])
  await world.sandbox.control('faults', { rules: [{ method: 'POST', path: '/v1/payment_intents', fault: 'lost' }] })
  const paid = await bank.pay({ account, amount: 3000n, card: 'pm_card_createDispute' })
  await world.sandbox.control('faults', { rules: [] })
  expect(paid.status).toBe('submitted')
  const before = Date.now()
  await look()
  expect((await seenUntil())?.getTime()).toBeLessThanOrEqual(before)
  await recoverPractice(world.app, bank.practice, { all: true })
  await look()
  expect(await bank.balances(paid.id)).toMatchObject({ held: 0n, disputed: 3000n })
  expect(await differences()).toEqual([])
})

test('a dispute of a charge that was not made here is left alone, and holds nothing up', async () => {
  await query(world, `update payments.connection set disputes_seen_until = now() - interval '1 hour'`)
  const { created } = await world.sandbox.sdk(at).paymentIntents.create({
    amount: 500,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_createDispute',
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  })
  expect(await look()).toMatchObject({ silent: 0 })
  expect((await seenUntil())?.getTime()).toBeGreaterThan((created - 60) * 1000)
})

test('a processor that does not answer is asked again, from the same mark', async () => {
  await look()
  const mark = await seenUntil()
  await world.sandbox.control('faults', { rules: [{ method: 'GET', path: '/v1/disputes', fault: '500-before' }] })
  expect((await look()).silent).toBeGreaterThan(0)
  expect(await seenUntil()).toEqual(mark)
})

/** Seconds until connections and open disputes are looked at again. */
async function pauses(): Promise<{ connection: number; dispute: number } | undefined> {
  const [row] = await query<{ connection: number; dispute: number }>(
    world,
    `select extract(epoch from returns_check_at - now())::float8 as connection,
      (select min(extract(epoch from check_at - now()))::float8 from payments.dispute where status = 'open') as dispute
      from payments.connection where practice_id = $1`,
    [bank.practice],
  )
  return row
}

test('a worker that is killed between taking a look and looking leaves it to another within a minute', async () => {
  const paid = await pay('pm_card_createDispute')
  await look()
  const disputed = await pay('pm_card_createDispute')
  for (const verb of ['retrieveDispute', 'listDisputes', 'listRefunds']) {
    await makeDue()
    const dies = () => Promise.reject(new Error('killed'))
    const processor = { ...world.app.processor, [verb]: dies }
    await expect(lookForReturns({ ...world.app, processor }, bank.practice)).rejects.toThrow('killed')
    const left = await pauses()
    expect(verb === 'retrieveDispute' ? left?.dispute : left?.connection).toBeLessThanOrEqual(60)
  }
  await look()
  for (const { id } of [paid, disputed]) expect(await bank.balances(id)).toMatchObject({ disputed: 3000n })
  const later = await pauses()
  expect(later?.connection).toBeGreaterThan(400)
  expect(later?.dispute).toBeGreaterThan(2000)
})

test('a practice is due when one of its connections or open disputes is, and not again right after', async () => {
  await pay('pm_card_createDispute')
  await look()
  await query(world, `update payments.connection set returns_check_at = now() + interval '1 day'`)
  await query(world, `update payments.dispute set check_at = now() + interval '1 day'`)
  expect(await listPracticesWithReturnsDue(world.app)).toEqual([])
  await query(world, 'update payments.connection set returns_check_at = now() where practice_id = $1', [bank.practice])
  expect(await listPracticesWithReturnsDue(world.app)).toEqual([bank.practice])
  await lookForReturns(world.app, bank.practice)
  expect(await listPracticesWithReturnsDue(world.app)).toEqual([])
  await query(world, `update payments.dispute set check_at = now() where status = 'open'`)
  expect(await listPracticesWithReturnsDue(world.app)).toEqual([bank.practice])
  await lookForReturns(world.app, bank.practice)
  expect(await listPracticesWithReturnsDue(world.app)).toEqual([])
})

/** A charge that was not made here stays one, as it should. */
const differencesOf = async (payment: PaymentId) => (await differences()).filter(({ ref }) => ref === payment)

/** Somebody refunds a payment at the processor itself. */
async function refundThere({ id }: { id: PaymentId }, amount: number): Promise<string> {
  const payment_intent = (await bank.payment(id))?.intent
  return String((await world.sandbox.control('refunds', { payment_intent, amount })).id)
}

test('a refund made at the processor whose event never came is taken in by the next look, once', async () => {
  const paid = await pay('pm_card_visa')
  await refundThere(paid, 700)
  expect(await differencesOf(paid.id)).toHaveLength(1)
  await Promise.all([look(), look(), look()])
  await look()
  expect(await bank.balances(paid.id)).toMatchObject({ held: 2300n, disputed: 700n })
  expect(await differencesOf(paid.id)).toEqual([])
})

test('a refund that its bank sends back weeks later, and whose event never came, is found by a look that far back', async () => {
  const paid = await pay('pm_card_visa')
  const { processorRefund } = await bank.refund(paid.id, 700n)
  await query(world, `update payments.connection set refunds_seen_until = now() + interval '30 days'`)
  await world.sandbox.control('refunds/end', { refund: processorRefund, status: 'failed' })
  await look()
  expect(await bank.balances(paid.id)).toMatchObject({ held: 2300n })
  await lookForReturns(world.app, bank.practice, { wanted: 'all' })
  expect(await bank.balances(paid.id)).toMatchObject({ held: 3000n })
  expect(await differencesOf(paid.id)).toEqual([])
})

test('one list that is not answered leaves both marks, and the look is soon tried again', async () => {
  await look()
  const mark = await seenUntil()
  await world.sandbox.control('faults', { rules: [{ method: 'GET', path: '/v1/refunds', fault: '500-before' }] })
  expect((await look()).silent).toBe(1)
  expect(await seenUntil()).toEqual(mark)
  expect((await pauses())?.connection).toBeLessThanOrEqual(60)
})

test('a start looks at every connection that nobody has looked at for a minute, whenever it is due', async () => {
  const paid = await pay('pm_card_visa')
  await look()
  await refundThere(paid, 700)
  const start = () => lookForReturns(world.app, bank.practice, { wanted: 'not just now' })
  expect(await start()).toEqual({ listed: 0, silent: 0 })
  await query(world, `update payments.connection set returns_looked_at = returns_looked_at - interval '61 seconds'`)
  expect((await start()).listed).toBeGreaterThan(0)
  expect(await bank.balances(paid.id)).toMatchObject({ disputed: 700n })
})

test('a dispute that the processor knows nothing of is no silence', async () => {
  const paid = await pay('pm_card_createDispute')
  await look()
  await world.sandbox.control('objects/delete', { id: await disputeOf(paid.id) })
  expect(await look()).toMatchObject({ silent: 0 })
})
