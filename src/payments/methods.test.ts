import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../test/support/bank.ts'
import { type Household, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import type { PatientActor } from '../kernel/actor.ts'
import { newId, type PracticeId } from '../kernel/ids.ts'
import { findConnection } from '../processor/connections.ts'
import { listPracticesDue, recoverPractice } from '../recovery/recover.ts'
import { listMethods, makeDefault, recordMethod } from './methods.ts'
import { receiptNumber } from './payments.ts'
import { removeMethod } from './save-method.ts'
import { selectTransactions } from './transactions.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

test('what kept a card as the default and is heard of again does not take the default from a later choice', async () => {
  const bank = bankOf(world)
  const { account } = await makeHousehold(world, [])
  const kept = await bank.read(async tx => {
    const connection = (await findConnection(tx, bank.practice))?.id
    if (!connection) throw new Error('the practice takes cards')
    const keep = (method: string, asDefault: boolean) => {
      const card = { method, brand: 'visa', last4: '4242', expMonth: 12, expYear: 2035, customer: null }
      return recordMethod(tx, bank.practice, { account, connection, card, asDefault })
    }
    const first = await keep('pm_first', true)
    const second = await keep('pm_second', false)
    await makeDefault(tx, bank.practice, account, second.id)
    expect(await keep('pm_first', true)).toEqual({ id: first.id, made: false })
    return { second, methods: await listMethods(tx, bank.practice, account) }
  })
  expect(kept.methods.find(each => each.isDefault)?.id).toBe(kept.second.id)
})

test('the number on a receipt finds its payment in the office', async () => {
  const bank = bankOf(world)
  const { account } = await makeHousehold(world, [3000n])
  const paid = await bank.pay({ account, amount: 3000n })
  const found = (q: string) => bank.read(tx => selectTransactions(bank.practice, { q }).execute(tx))
  for (const q of [receiptNumber(paid.id), receiptNumber(paid.id).toLowerCase(), paid.intent ?? '']) {
    const { rows } = await found(q)
    expect(rows.map(row => row.id)).toContain((await bank.payment(paid.id))?.id)
  }
})

const payerOf = (practice: PracticeId, { account, patient }: Household): PatientActor => ({
  kind: 'patient',
  practice,
  login: newId('usr'),
  session: 'a session',
  name: 'Maria Ortega',
  email: 'maria@example.org',
  account,
  patients: [patient],
  self: patient,
  steppedUpAt: null,
})

test('a removed card that could not be detached at the processor is tried again until it is, on the connection that kept it', async () => {
  const household = await makeHousehold(world, [3000n])
  const { account } = household
  const bank = bankOf(world)
  await bank.pay({ account, amount: 3000n, with: { card: 'pm_card_visa', keep: 'save' } })
  const [kept] = await bank.read(tx => listMethods(tx, bank.practice, account))
  if (!kept) throw new Error('the card was kept')
  const sdk = world.sandbox.sdk(await bank.processorAccount())
  const isAttached = async () => (await sdk.paymentMethods.retrieve(kept.processorMethod)).customer !== null
  const due = () =>
    query<{ at: Date | null }>(world, 'select detach_at as at from payments.method where id = $1', [kept.id])
  // The practice takes new payments elsewhere since.
  await query(
    world,
    `insert into payments.connection (practice_id, id, processor, processor_account, mode, created_at)
      select practice_id, 'con_later', 'stripe', 'acct_later', mode, now() + interval '1 second' from payments.connection where practice_id = $1`,
    [bank.practice],
  )
  await world.sandbox.control('faults', { rules: [{ path: '/v1/payment_methods', fault: '500-before' }] })
  await removeMethod(world.app, payerOf(bank.practice, household), kept.id)
  expect(await bank.read(tx => listMethods(tx, bank.practice, account))).toEqual([])
  const wait = `update payments.method set detach_at = now() where detach_at is not null`
  await query(world, wait)
  expect(await listPracticesDue(world.app)).toContain(bank.practice)
  await recoverPractice(world.app, bank.practice)
  expect((await due())[0]?.at?.getTime()).toBeGreaterThan(Date.now() + 30_000)
  await world.sandbox.control('faults', { rules: [] })
  expect(await isAttached()).toBe(true)
  await query(world, wait)
  await Promise.all([1, 2, 3].map(() => recoverPractice(world.app, bank.practice)))
  expect(await isAttached()).toBe(false)
  expect(await due()).toEqual([{ at: null }])
  expect(await listPracticesDue(world.app)).not.toContain(bank.practice)
})

test('a removed card that the processor has detached already, or does not know, is asked for no more', async () => {
  const bank = bankOf(world, world.other)
  const household = await makeHousehold(world, [3000n], world.other)
  await bank.pay({ account: household.account, amount: 3000n, with: { card: 'pm_card_visa', keep: 'save' } })
  const [kept] = await bank.read(tx => listMethods(tx, bank.practice, household.account))
  if (!kept) throw new Error('the card was kept')
  await world.sandbox.control('objects/delete', { id: kept.processorMethod })
  await removeMethod(world.app, payerOf(bank.practice, household), kept.id)
  expect(await query(world, 'select detach_at as at from payments.method where id = $1', [kept.id])).toEqual([
    { at: null },
  ])
})
