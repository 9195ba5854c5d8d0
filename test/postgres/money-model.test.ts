import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkLedger } from '../../src/books/check.ts'
import { rows } from '../../src/platform/database.ts'
import type { Practice } from '../../src/practice/practices.ts'
import { setSettings } from '../../src/practice/settings.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { makeHousehold, makePractice, makeWorld, type World } from '../support/world.ts'
import { type Act, acts, perform, type Scene } from './money-acts.ts'
import { creditIn, type Model, type ModelPayment, owedIn, tenderedOf } from './money-model.ts'

/** PORTICO_FULL runs as many sequences as reliability.md says "at length". */
const SEQUENCES = process.env.PORTICO_FULL ? 100_000 : Number(process.env.PORTICO_SEQUENCES ?? 400)
const LANES_A_PRACTICE = 2

type Variant = { readonly practice: Practice; readonly bank: Bank; readonly at: string } & Pick<
  Model,
  'posting' | 'overpaying'
>

let world: World
let variants: Variant[]
beforeAll(async () => {
  world = await makeWorld()
  const { app, practice, other } = world
  variants = [
    await variant(practice, 'auto', false),
    await variant(other, 'manual', true),
    await variant(await makePractice(app, 'lakeside', {}), 'auto', true),
    await variant(await makePractice(app, 'hillside', {}), 'manual', false),
  ]
}, 60_000)
afterAll(() => world?.end())

async function variant(practice: Practice, posting: Model['posting'], overpaying: boolean): Promise<Variant> {
  const bank = bankOf(world, practice)
  await setSettings(world.app, bank.actor, { posting, overpaying: overpaying ? 'on' : 'off' })
  return { practice, bank, at: await bank.processorAccount(), posting, overpaying }
}

test(`${SEQUENCES} random sequences of every money verb leave what a simple model says`, {
  timeout: SEQUENCES * 1_000,
}, async () => {
  const lanes = variants.flatMap(each => Array.from({ length: LANES_A_PRACTICE }, () => each))
  const numRuns = Math.ceil(SEQUENCES / lanes.length)
  const property = (lane: Variant) =>
    fc.asyncProperty(fc.array(acts, { minLength: 1, maxLength: 7 }), sequence => play(lane, sequence))
  await Promise.all(lanes.map(lane => fc.assert(property(lane), { numRuns, endOnFailure: true })))
  for (const { bank, practice } of variants) expect((await checkLedger(bank.app, practice.id)).differences).toEqual([])
})

let played = 0

async function play(lane: Variant, sequence: readonly Act[]): Promise<void> {
  const { practice, bank, at, posting, overpaying } = lane
  const amounts = [4000n, 2500n]
  const { account, bills } = await makeHousehold(world, amounts, practice)
  const model: Model = { posting, overpaying, open: 6500n, payments: [], clock: 0 }
  const scene: Scene = { world, bank, at, account, bills, model }
  for (const act of sequence) await perform(scene, act)
  await compare(scene)
  // The books hold at every instant, also amid what the other lanes are doing.
  if (++played % 50 === 0) {
    const { differences } = await checkLedger(bank.app, practice.id)
    expect(differences.filter(each => !each.kind.startsWith('processor.'))).toEqual([])
  }
}

type Row = Pick<ModelPayment, 'id' | 'amount' | 'unposted' | 'credit' | 'held'> & { status: string; disputed: bigint }

async function compare({ bank, account, model }: Scene): Promise<void> {
  const owed = await bank.owed(account)
  expect({ owed: owed.total, credit: owed.creditTotal }).toEqual({ owed: owedIn(model), credit: creditIn(model) })
  const found = await bank.read(tx =>
    rows(
      tx,
      sql<Row>`select p.id, p.status, p.amount_cents as amount, coalesce(-sum(cents) filter (where ledger_account = 'unposted-payments'), 0)::bigint as unposted,
        coalesce(-sum(cents) filter (where ledger_account = 'unapplied-credit'), 0)::bigint as credit,
        coalesce(sum(cents) filter (where ledger_account in ('processor-clearing', 'cash-and-cheque')), 0)::bigint as held,
        coalesce(sum(cents) filter (where ledger_account = 'disputed'), 0)::bigint as disputed
        from payments.payment p left join ledger.line l on l.practice_id = p.practice_id and l.payment_id = p.id
        where p.practice_id = ${bank.practice} and p.account_id = ${account} group by p.id, p.status, p.amount_cents order by p.id`,
    ),
  )
  const isOpen = (status: string) => status === 'requires_action'
  const ours = found.map(row => ({
    ...row,
    status: row.status === 'succeeded' ? 'paid' : isOpen(row.status) ? 'open' : 'ended',
  }))
  const theirs = model.payments.map(each => ({
    id: each.id,
    status: each.status,
    amount: each.amount,
    unposted: each.unposted,
    credit: each.credit,
    held: each.held,
    disputed: each.dispute === 'open' || each.dispute === 'lost' ? tenderedOf(each) : 0n,
  }))
  expect(ours).toEqual(theirs)
}
