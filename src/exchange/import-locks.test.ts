import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../test/support/bank.ts'
import { bundleOf, type Entry, sourceOf } from '../../test/support/bundles.ts'
import { billed, claimEntry, patientEntry, take } from '../../test/support/imports.ts'
import { imbalance, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import type { AccountId } from '../kernel/ids.ts'
import type { Source } from './fhir/formats.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

const visit = (id: number, dollars: number, whose: string): Entry =>
  claimEntry(`${id}`, dollars, { patient: { reference: whose } }, `urn:uuid:visit-${id}`)

/** A source whose last reading, the one that writes, stops after its first bytes until it is let go. */
function stopping(text: string): { source: Source; stopped: Promise<void>; go: () => void } {
  const source = sourceOf(text, { size: 1000 })
  const [stopped, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let readings = 0
  async function* last() {
    let chunks = 0
    for await (const chunk of source.open()) {
      yield chunk
      if (++chunks !== 2) continue
      stopped.resolve()
      await going.promise
    }
  }
  const open = () => (++readings < 3 ? source.open() : last())
  return { source: { ...source, open }, stopped: stopped.promise, go: going.resolve }
}

test('a payer whose household a large file bills pays while the file is being written', async () => {
  const bank = bankOf(world)
  const ada = patientEntry('Ada', 'Bell', {}, 'urn:uuid:ada')
  await take(world, world.practice, bundleOf([ada, visit(0, 50, 'urn:uuid:ada')]))
  const [row] = await query<{ account: AccountId }>(
    world,
    `select account_id as account from identity.patient where family_name = 'Bell'`,
  )
  const account = row?.account ?? 'acc_'
  const others = Array.from({ length: 200 }, (_, n) => visit(n + 2, 3, 'urn:uuid:ben'))
  const ben = patientEntry('Ben', 'Cole', { id: '2' }, 'urn:uuid:ben')
  const { source, stopped, go } = stopping(bundleOf([ada, ben, visit(1, 70, 'urn:uuid:ada'), ...others]))
  const importing = take(world, world.practice, source)
  await stopped
  const paid = await bank.pay({ account, amount: 5000n })
  expect(paid.status).toBe('succeeded')
  // Whoever issues a bill meanwhile takes the next number.
  await makeHousehold(world, [1000n])
  expect((await billed(world, world.practice)).filter(bill => !bill.startsWith('Maria'))).toEqual(['Ada Bell 50.00'])
  go()
  expect(await importing).toMatchObject({
    status: 'taken',
    charges: 201,
    invoices: 201,
    new: { charges: 201, invoices: 201 },
  })
  expect((await bank.owed(account)).total).toBe(7000n)
  const [numbers] = await query<{ all: number; different: number }>(
    world,
    `select count(*)::int as all, count(distinct number)::int as different from billing.invoice`,
  )
  expect(numbers).toEqual({ all: 203, different: 203 })
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
}, 60_000)

test('a repeat locks nobody, and many claims of one household leave each line its balance', async () => {
  const cyd = patientEntry('Cyd', 'Dale', {}, 'urn:uuid:cyd')
  const visits = Array.from({ length: 30 }, (_, n) => visit(1000 + n, 1 + n, 'urn:uuid:cyd'))
  const text = bundleOf([cyd, ...visits])
  const openSince = Temporal.PlainDate.from('2027-01-01')
  await take(world, world.practice, text, { openSince })
  const [row] = await query<{ account: AccountId; patient: string }>(
    world,
    `select account_id as account, id as patient from identity.patient where family_name = 'Dale'`,
  )
  const lines = await query<{ cents: string; after: string; version: string }>(
    world,
    `select l.cents, l.balance_after_cents as after, l.version from ledger.line l join ledger.entry e on e.practice_id = l.practice_id and e.id = l.entry_id
      where l.patient_id = $1 and l.ledger_account = 'receivable' order by l.version`,
    [row?.patient],
  )
  let balance = 0n
  for (const [n, line] of lines.entries()) {
    balance += BigInt(line.cents)
    expect([BigInt(line.after), BigInt(line.version)]).toEqual([balance, BigInt(n + 1)])
  }
  expect([lines.length, balance]).toEqual([60, 0n])
  const locking = await world.app.db.pool.connect()
  try {
    await locking.query(`begin; select set_config('portico.practice', '${world.practice.id}', true), set_config('portico.accounts', '*', true), set_config('portico.patients', '*', true);
      select id from identity.account where id = '${row?.account}' for update`)
    expect(await take(world, world.practice, `${text}\n`)).toMatchObject({ status: 'unchanged', charges: 30 })
  } finally {
    await locking.query('rollback')
    locking.release()
  }
}, 60_000)
