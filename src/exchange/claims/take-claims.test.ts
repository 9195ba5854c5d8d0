import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../../test/support/bank.ts'
import { bundleOf, type Entry } from '../../../test/support/bundles.ts'
import { ana, answered, claim, explanation, item, usd } from '../../../test/support/claims.ts'
import { take } from '../../../test/support/imports.ts'
import { makePractice, makeWorld, newPayment, query, type World } from '../../../test/support/world.ts'
import { checkLedger } from '../../books/check.ts'
import type { AccountId } from '../../kernel/ids.ts'
import { recordDeskPayment } from '../../payments/desk.ts'
import type { Practice } from '../../practice/practices.ts'
import type { FileReport } from '../file-report.ts'
import type { ImportOrder } from '../import-fhir.ts'

/* What a later file does to a claim that an earlier one brought: docs/domain.md, "Insurance claims become bills". */

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

let count = 0

/** A practice of its own, with what a test says and asks there. */
async function place() {
  const practice = await makePractice(world.app, `place-${++count}`, { overpaying: 'on' })
  const bank = bankOf(world, practice)
  return {
    bank,
    practice,
    take: (text: string, order: Partial<ImportOrder> = {}) => take(world, practice, text, order),
    bills: () => listBills(practice),
    account: () => accountOf(practice),
    /** What the claims that are kept ask for in all. */
    kept: async () => {
      const rows = await query<{ text: string }>(
        world,
        `select reading #>> '{total,amount}' as text from exchange.claim where practice_id = $1 order by key`,
        [practice.id],
      )
      return rows.map(row => row.text.replace('.00', ''))
    },
    healthy: () => checkLedger(world.app, practice.id).then(found => expect(found.differences).toEqual([])),
  }
}
type Place = Awaited<ReturnType<typeof place>>

/** Every bill as `share open`, or `share withdrawn`, in the order of their making. */
async function listBills({ id }: Practice): Promise<string[]> {
  const rows = await query<{ text: string }>(
    world,
    `select round(total_cents / 100.0, 2) || ' ' || case when withdrawn_at is null then round(open_cents / 100.0, 2)::text else 'withdrawn' end as text
      from billing.invoice where practice_id = $1 order by id`,
    [id],
  )
  return rows.map(row => row.text)
}

async function accountOf({ id }: Practice): Promise<AccountId> {
  const [row] = await query<{ id: AccountId }>(
    world,
    'select id from identity.account where practice_id = $1 limit 1',
    [id],
  )
  return row?.id ?? 'acc_'
}

const fileOf = (name: string) => readFileSync(`test/data/cases/${name}.json`, 'utf8')
const whys = (report: FileReport) => report.held.map(one => one.why)
const fate = (report: FileReport) =>
  report.claims.map(one => [one.answer === null ? 'claim' : 'answer', one.is].join(' '))

const MRI = { submitted: 1000, eligible: 600, paidtoprovider: 400, coinsurance: 200 }
const asked = claim('1', { item: [item(1, 'MRI', { net: usd(1000) })], total: usd(1000) })
const first = explanation('a', '1', { item: [answered(1, MRI)], created: '2024-04-01' })
const file = (...entries: Entry[]) => bundleOf([ana, ...entries])
const said = (id: string, figures: Record<string, number>, more: object = {}) =>
  explanation(id, '1', { item: [answered(1, figures)], created: '2024-05-01', ...more })

/** Another insurer pays 150 of the 200 that the first one left. */
const second = said(
  'b',
  { submitted: 1000, eligible: 600, paidtoprovider: 150, coinsurance: 50 },
  { insurance: [{ coverage: { display: 'Humana' } }] },
)
/** The same insurer says that it is 100 only. */
const corrected = said('b', { ...MRI, paidtoprovider: 500, coinsurance: 100 })

/** What can have happened to a bill of 200 since it was issued: what staff must decide about. */
const BOUND: [string, string, (at: Place) => Promise<unknown>][] = [
  [
    'part of it was paid',
    'something was paid on it',
    async at => at.bank.pay({ account: await at.account(), amount: 100n }),
  ],
  [
    'all of it was paid',
    'something was paid on it',
    async at => at.bank.pay({ account: await at.account(), amount: 20000n }),
  ],
  [
    'a payment is under way',
    'a payment of it is under way',
    async at => at.bank.pay({ account: await at.account(), amount: 100n, card: 'pm_card_authenticationRequired' }),
  ],
  [
    'the practice bears part of it',
    'the practice bears part of it',
    async at => {
      const payment = await at.bank.pay({ account: await at.account(), amount: 100n })
      await at.bank.refund(payment.id, 100n, { reopens: false })
    },
  ],
]

test('a corrected answer takes the place of an unpaid bill', async () => {
  const at = await place()
  await at.take(fileOf('d3-1-first'))
  expect(await at.bills()).toEqual(['50.00 50.00'])
  const report = await at.take(fileOf('d3-2-corrected'))
  expect(await at.bills()).toEqual(['50.00 withdrawn', '20.00 20.00'])
  expect(report).toMatchObject({ status: 'taken', held: [] })
  expect(fate(report)).toEqual(['claim taken', 'answer noted', 'answer taken'])
  expect(report.notes.map(note => note.why)).toEqual([
    "It takes the place of what was billed: 50.00 was the patient's share, now 20.00 is.",
  ])
  await at.healthy()
  const again = await at.take(`${fileOf('d3-2-corrected')}\n`)
  expect(again).toMatchObject({ status: 'unchanged', held: [], charges: report.charges, money: report.money })
  expect(await at.take(`${fileOf('d3-1-first')}\n`)).toMatchObject({ held: [] })
  expect(await at.bills()).toEqual(['50.00 withdrawn', '20.00 20.00'])
})

test.each(BOUND)('a corrected answer is held with both amounts where %s', async (_, why, happen) => {
  const at = await place()
  await at.take(file(asked, first))
  await happen(at)
  const before = await at.bills()
  const report = await at.take(file(asked, first, corrected))
  expect(whys(report)).toEqual([
    `It is already in the books with 200.00 as the patient's share, and ${why}; this file says 100.00.`,
  ])
  expect(fate(report)).toEqual(['claim held', 'answer held', 'answer held'])
  expect(await at.bills()).toEqual(before)
  await at.healthy()
})

test('a corrected answer is held with both amounts where the bill was settled as history', async () => {
  const at = await place()
  await at.take(file(asked, first), { openSince: Temporal.PlainDate.from('2026-01-01') })
  expect(whys(await at.take(file(asked, first, corrected)))).toEqual([
    "It is already in the books with 200.00 as the patient's share, and it was settled elsewhere; this file says 100.00.",
  ])
})

test('what an insurer answers to a bill that was the patient’s own takes its place', async () => {
  const at = await place()
  const own = claim('1', { item: [item(1, 'MRI', { net: usd(1000) })], insurance: [] })
  await at.take(file(own))
  await at.take(file(own, first))
  expect(await at.bills()).toEqual(['1000.00 withdrawn', '200.00 200.00'])
  await at.healthy()
})

test('the next payer’s answer lowers the bill, in one file or in a later one without the first', async () => {
  const at = await place()
  await at.take(file(asked, first))
  const report = await at.take(file(asked, second))
  expect(fate(report)).toEqual(['claim taken', 'answer taken'])
  expect(await at.bills()).toEqual(['200.00 50.00'])
  expect(await at.take(`${file(second)}\n`)).toMatchObject({ held: [] })
  expect(await at.bills()).toEqual(['200.00 50.00'])
  const third = said(
    'c',
    { paidtoprovider: 50, coinsurance: 0, memberliability: 0 },
    { created: '2024-06-01', insurance: [{ coverage: { display: 'Cigna' } }] },
  )
  await at.take(file(third))
  expect(await at.bills()).toEqual(['200.00 0.00'])
  await at.healthy()
})

test('what was paid beyond the next payer’s share is credit', async () => {
  const at = await place()
  await at.take(file(asked, first))
  const payment = await at.bank.pay({ account: await at.account(), amount: 15000n })
  await at.take(file(asked, first, second))
  expect(await at.bills()).toEqual(['200.00 0.00'])
  expect((await at.bank.balances(payment.id)).credit).toBe(10000n)
  await at.healthy()
})

test('a payment under way reserves no more than the next payer left', async () => {
  const at = await place()
  await at.take(file(asked, first))
  const account = await at.account()
  const waits = await at.bank.pay({ account, amount: 20000n, card: 'pm_card_authenticationRequired' })
  await at.take(file(asked, first, second))
  await at.healthy()
  await at.bank.authenticate(waits, 'complete')
  const { reconcile } = await import('../../recovery/reconcile.ts')
  await reconcile(world.app, at.practice.id)
  expect(await at.bills()).toEqual(['200.00 0.00'])
  expect((await at.bank.balances(waits.id)).credit).toBe(15000n)
  await at.healthy()
})

test('the next payer’s answer to what was settled elsewhere is held, unless enough of it is open', async () => {
  const at = await place()
  await at.take(file(asked, first), { openSince: Temporal.PlainDate.from('2026-01-01') })
  expect(whys(await at.take(file(asked, first, second)))).toEqual([
    "A later payer lowers what is the patient's by 150.00, but that was settled elsewhere, or the practice bears it.",
  ])
  expect(await at.bills()).toEqual(['200.00 0.00'])
})

test('where part of a bill was paid at the visit, a next payer lowers what is open of its line', async () => {
  const at = await place()
  const two = claim('1', { item: [item(1, 'MRI', { net: usd(1000) }), item(2, 'Dye', { net: usd(100) })] })
  const dye = { submitted: 100, eligible: 100, paidtoprovider: 50, copay: 50 }
  const said = (figures: Record<string, number>, more: object = {}) =>
    explanation('b', '1', {
      item: [answered(1, figures)],
      created: '2024-05-01',
      insurance: [{ coverage: { display: 'Humana' } }],
      ...more,
    })
  await at.take(
    file(
      two,
      explanation('a', '1', {
        item: [answered(1, { ...MRI, paidbypatient: 80 }), answered(2, dye)],
        created: '2024-04-01',
      }),
    ),
  )
  expect(await at.bills()).toEqual(['250.00 170.00'])
  const report = await at.take(file(two, said({ paidtoprovider: 121, coinsurance: 79 })))
  expect(report.held).toHaveLength(1)
  await at.take(file(two, said({ paidtoprovider: 120, coinsurance: 80 })))
  expect(await at.bills()).toEqual(['250.00 50.00'])
  await at.healthy()
})

test('a bill of which the next payer took part is replaced whole by a correction', async () => {
  const at = await place()
  await at.take(file(asked, first))
  await at.take(file(asked, first, second))
  await at.take(
    file(
      asked,
      first,
      said(
        'c',
        { ...MRI, paidtoprovider: 580, coinsurance: 20 },
        { created: '2024-06-01', insurance: [{ coverage: { display: 'Humana' } }] },
      ),
    ),
  )
  expect(await at.bills()).toEqual(['200.00 withdrawn', '20.00 20.00'])
  await at.healthy()
})

test('a claim that becomes entered-in-error withdraws its unpaid bill, and stays so whatever an older file says', async () => {
  const at = await place()
  await at.take(fileOf('b9-1-active'))
  expect(await at.bills()).toEqual(['75.00 75.00'])
  const report = await at.take(fileOf('b9-2-entered-in-error'))
  expect(await at.bills()).toEqual(['75.00 withdrawn'])
  expect(report.notes.map(note => note.why)).toEqual(['Its status is "entered-in-error"; its bill was withdrawn.'])
  expect(report.status).toBe('taken')
  const again = await at.take(`${fileOf('b9-1-active')}\n`)
  expect(again.notes.map(note => note.why)).toEqual(['Its status is "entered-in-error"; nothing is billed.'])
  expect(await at.bills()).toEqual(['75.00 withdrawn'])
  await at.healthy()
})

test.each(BOUND)('a claim that becomes cancelled is held where %s', async (_, why, happen) => {
  const at = await place()
  await at.take(file(asked, first))
  await happen(at)
  const before = await at.bills()
  const gone = { ...asked, resource: { ...(asked.resource as object), status: 'cancelled' } }
  const report = await at.take(file(gone, first))
  expect(whys(report)).toEqual([`Its status is "cancelled", but ${why}: its bill of 200.00 stands.`])
  expect(await at.bills()).toEqual(before)
})

test('an answer that becomes cancelled withdraws its bill, and the claim waits for insurance again', async () => {
  const at = await place()
  await at.take(file(asked, first))
  const gone = said('a', MRI, { status: 'cancelled', created: '2024-04-01' })
  const report = await at.take(file(gone))
  expect(await at.bills()).toEqual(['200.00 withdrawn'])
  expect(fate(report)).toEqual(['answer noted'])
  const waiting = await query(
    world,
    `select charged_cents::int as cents from billing.charge where practice_id = $1 and state = 'waiting' and withdrawn_at is null`,
    [at.practice.id],
  )
  expect(waiting).toEqual([{ cents: 100000 }])
  await at.take(file(asked, first))
  expect(await at.bills()).toEqual(['200.00 withdrawn'])
  await at.take(file(asked, corrected))
  expect(await at.bills()).toEqual(['200.00 withdrawn', '100.00 100.00'])
  await at.healthy()
})

test('a claim that insurance bore and one that waits leave the books too', async () => {
  const at = await place()
  const bore = said('a', { submitted: 1000, eligible: 600, paidtoprovider: 600, coinsurance: 0 })
  const other = claim('2', { item: [item(1, 'X-ray', { net: usd(80) })] })
  await at.take(file(asked, bore, other))
  const gone = (entry: Entry) => ({ ...entry, resource: { ...(entry.resource as object), status: 'entered-in-error' } })
  const report = await at.take(file(gone(asked), bore, gone(other)))
  expect(report.notes.map(note => note.why)).toEqual([
    'Its status is "entered-in-error"; what it asked for is gone from the books.',
    'Its status is "entered-in-error"; what it asked for is gone from the books.',
  ])
  expect(
    await query(world, 'select from billing.charge where practice_id = $1 and withdrawn_at is null', [at.practice.id]),
  ).toEqual([])
  await at.healthy()
})

test('what waits is charged as its newest word says, and one line when the claim is answered as a whole', async () => {
  const at = await place()
  const two = (net: number) =>
    claim('1', { item: [item(1, 'MRI', { net: usd(net) }), item(2, 'Dye', { net: usd(100) })] })
  await at.take(file(two(900)))
  await at.take(file(two(950)))
  const waiting = () =>
    query<{ text: string }>(
      world,
      `select sequence || ' ' || charged_cents as text from billing.charge where practice_id = $1 and withdrawn_at is null order by sequence`,
      [at.practice.id],
    )
  expect((await waiting()).map(row => row.text)).toEqual(['1 95000', '2 10000'])
  const whole = explanation('a', '1', {
    item: [item(1, 'MRI'), item(2, 'Dye')],
    total: Object.entries({ eligible: 800, benefit: 650, memberliability: 150 }).map(([code, value]) => ({
      category: { coding: [{ code }] },
      amount: usd(value),
    })),
  })
  await at.take(file(two(950), whole))
  expect((await waiting()).map(row => row.text)).toEqual(['0 105000'])
  expect(await at.bills()).toEqual(['150.00 150.00'])
  await at.healthy()
})

const DAY = '2026-08-20'
/** What a household paid at the desk, so many days before or after the service. */
async function payCash(at: Place, days: number) {
  const account = await at.account()
  await recordDeskPayment(world.app, at.bank.actor, {
    payment: newPayment(),
    account,
    bills: [],
    amount: 500n,
    kind: 'cash',
    reference: '',
  })
  const day = Temporal.PlainDate.from(DAY).add({ days })
  await query(
    world,
    `update payments.payment set received_at = ('${day}'::timestamp at time zone 'America/New_York') where practice_id = $1`,
    [at.practice.id],
  )
}

test('a copay that was paid at the visit closes so much of the bill', async () => {
  const at = await place()
  const report = await at.take(fileOf('b7-paid-by-patient'))
  expect(report.held).toEqual([])
  expect(await at.bills()).toEqual(['30.00 0.00'])
  expect(await at.take(`${fileOf('b7-paid-by-patient')}\n`)).toMatchObject({ status: 'unchanged', held: [] })
  await at.healthy()
})

test.each([
  [-30, true],
  [-31, false],
  [20, true],
])('where the household paid %i days from the service, it may be the same money: held %s', async (days, held) => {
  const at = await place()
  const text = fileOf('b7-paid-by-patient')
  const people = JSON.parse(text)
  await at.take(JSON.stringify({ ...people, entry: people.entry.slice(0, 1) }))
  await payCash(at, days)
  const report = await at.take(text)
  expect(whys(report)).toEqual(
    held
      ? [
          'The insurer says that the patient paid 30.00, and a payment of the household was received since 30 days before the service: it may be the same money.',
        ]
      : [],
  )
  expect(await at.bills()).toEqual(held ? [] : ['30.00 0.00'])
})

test('a bill of which part was paid at the visit is held when its answer is corrected', async () => {
  const at = await place()
  const text = fileOf('b7-paid-by-patient')
  await at.take(text)
  const other = text
    .replaceAll('"value": 120', '"value": 125')
    .replace(/("copay"[^}]*?\}\s*\]\s*\},\s*"amount": \{\s*"value": )30/, '$125')
    .replace(/("paidbypatient"[^}]*?\}\s*\]\s*\},\s*"amount": \{\s*"value": )30/, '$125')
  expect(whys(await at.take(other))).toEqual([
    "It is already in the books with 30.00 as the patient's share, and it was settled elsewhere; this file says 25.00.",
  ])
})

test('books of which nothing was kept are never replaced', async () => {
  const at = await place()
  await at.take(file(asked, first))
  await query(world, 'delete from exchange.claim where practice_id = $1', [at.practice.id])
  expect(whys(await at.take(file(corrected)))).toEqual([
    "It is already in the books with 200.00 as the patient's share; this file says 100.00.",
  ])
  expect(await at.bills()).toEqual(['200.00 200.00'])
})

test('an older version of an answer changes nothing', async () => {
  const at = await place()
  const version = (entry: Entry, lastUpdated: string) => ({
    ...entry,
    resource: { ...(entry.resource as object), meta: { lastUpdated } },
  })
  await at.take(
    file(asked, version(said('a', { ...MRI, coinsurance: 100, paidtoprovider: 500 }), '2024-06-02T00:00:00Z')),
  )
  const report = await at.take(file(asked, version(first, '2024-06-01T00:00:00Z')))
  expect(report.claims.map(one => one.why)).toEqual([null, 'It is an older version of what is known.'])
  expect(await at.bills()).toEqual(['100.00 100.00'])
})

test('another sender’s claim with the same bare id, person and day never touches the first one, whatever became of that', async () => {
  const { claimEntry, patientEntry } = await import('../../../test/support/imports.ts')
  const sent = (dollars: number, more: object = {}) =>
    bundleOf([patientEntry('Ada', 'Bell'), claimEntry('1', dollars, more)])
  for (const more of [
    {},
    { insurance: [{ coverage: { display: 'Aetna' } }] },
    { item: [item(1, 'Visit', { net: usd(-1) })], total: usd(90) },
  ]) {
    const at = await place()
    await at.take(sent(90, more))
    const before = [await at.bills(), await at.kept()]
    const report = await at.take(sent(20))
    expect(whys(report)).toEqual([
      'It has the id and the day of a claim that is known here, and charges 20.00; that one charges 90.00.',
    ])
    const kept = await at.kept()
    expect([await at.bills(), kept.filter(one => one !== '20')]).toEqual([before[0], before[1]])
    expect(kept).toHaveLength(2)
    expect(await at.take(`${sent(90, more)}\n`)).toMatchObject({ status: 'unchanged' })
  }
})

test('a correction, a cancellation or a next payer’s answer at the instant of a payment leaves the books whole', async () => {
  const gone = { ...asked, resource: { ...(asked.resource as object), status: 'cancelled' } }
  for (const later of [file(asked, first, corrected), file(gone, first), file(asked, first, second)]) {
    for (let round = 0; round < 3; round++) {
      const at = await place()
      await at.take(file(asked, first))
      const account = await at.account()
      const [paid] = await Promise.allSettled([at.bank.pay({ account, amount: 20000n }), at.take(later)])
      await at.healthy()
      // What was taken is on bills that stand, or credit.
      const [row] = await query<{ given: string }>(
        world,
        `select coalesce(sum(a.cents), 0)::text as given from billing.allocation a join billing.invoice i on i.practice_id = a.practice_id and i.id = a.invoice_id
          where a.practice_id = $1 and a.payment_id is not null and i.withdrawn_at is null`,
        [at.practice.id],
      )
      const { creditTotal } = await at.bank.owed(account)
      const taken = paid.status === 'fulfilled' && paid.value.status === 'succeeded' ? paid.value.amount : 0n
      expect(BigInt(row?.given ?? '0') + creditTotal).toBe(taken)
    }
  }
})
