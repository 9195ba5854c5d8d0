import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../test/support/bank.ts'
import { bundleOf, type Entry } from '../../test/support/bundles.ts'
import { ana, answered, claim, explanation, item, usd } from '../../test/support/claims.ts'
import { caseFile, claimEntry, patientEntry, take } from '../../test/support/imports.ts'
import { makePractice, makeWorld, query, type World } from '../../test/support/world.ts'
import { checkLedger } from '../books/check.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { AccountId, PatientId } from '../kernel/ids.ts'
import { type Cents, parseDollars } from '../kernel/money.ts'
import { Refusal } from '../kernel/refusal.ts'
import { transact } from '../platform/database.ts'
import { answerHeld, type HeldOrder } from './answer-held.ts'
import { listHeldClaims } from './held-claims.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

let count = 0
async function place() {
  const practice = await makePractice(world.app, `held-${++count}`, { overpaying: 'on' })
  const bank = bankOf(world, practice)
  const list = () => transact(world.app.db, wholePractice(practice.id), tx => listHeldClaims(tx, bank.actor))
  return {
    practice,
    bank,
    list,
    take: (file: Parameters<typeof take>[2], order = {}) => take(world, practice, file, order),
    /** Answers the only claim that is held. */
    answer: async (
      answer: HeldOrder['answer'],
      shares: Record<number, string> = {},
      more: Partial<HeldOrder> & { paid?: Record<number, string> } = {},
    ) =>
      answerHeld(world.app, bank.actor, {
        claim: (await list())[0]?.claim ?? 'none',
        answer,
        shares: amounts(shares),
        insurance: amounts(more.paid ?? {}),
        reason: 'as the insurer said on the phone',
        ...more,
      }),
    /** Every line of every charge that stands as `charged insurance discount share`, then every bill as `share open`. */
    books: () => books(practice.id),
    healthy: () => checkLedger(world.app, practice.id).then(found => expect(found.differences).toEqual([])),
  }
}

function amounts(texts: Record<number, string>): Map<number, Cents> {
  return new Map(Object.entries(texts).map(([line, text]) => [Number(line), parseDollars(text) ?? 0n]))
}

async function books(practice: string): Promise<string[]> {
  const rows = await query<{ text: string }>(
    world,
    `select concat_ws(' ', charged_cents, insurance_paid_cents, discount_cents, share_cents) as text, sequence as n from billing.charge where practice_id = $1 and withdrawn_at is null and state = 'answered'
      union all select number || ' ' || total_cents || ' ' || open_cents, 1000 from billing.invoice where practice_id = $1 and withdrawn_at is null order by n, text`,
    [practice],
  )
  return rows.map(row => row.text.replace(/^INV-\d+/, 'bill'))
}

const refusal = (act: Promise<unknown>) =>
  act.then(
    () => 'done',
    error => (error instanceof Refusal ? error.code : Promise.reject(error)),
  )

const asked = claim('1', {
  item: [item(1, 'MRI', { net: usd(1000) }), item(2, 'Dye', { net: usd(50) })],
  total: usd(1050),
})
const doubtful = explanation('a', '1', {
  created: '2024-04-01',
  item: [
    answered(1, { submitted: 1000, eligible: 600, paidtoprovider: 400, coinsurance: 150 }),
    answered(2, { submitted: 50, eligible: 50, paidtoprovider: 30, copay: 20 }),
  ],
})
const file = (...entries: Entry[]) => bundleOf([ana, ...entries])

test('a held claim is listed with whose it is, why, and all figures of its lines', async () => {
  const at = await place()
  await at.take(file(asked, doubtful))
  const [held, ...others] = await at.list()
  expect(others).toEqual([])
  expect(held).toMatchObject({
    claim: 'https://payer.example/fhir/Claim/1',
    person: 'Ana Mia Ro',
    title: 'MRI',
    payer: 'Aetna',
    why: expect.stringContaining('coinsurance 150.00'),
    lines: [
      {
        sequence: 1,
        title: 'MRI',
        charged: 100000n,
        insurance: 40000n,
        said: 'submitted 1000.00, allowed 600.00, paid to the provider 400.00, coinsurance 150.00',
      },
      { sequence: 2, title: 'Dye', charged: 5000n, insurance: 3000n },
    ],
  })
  expect(held?.patient).toMatch(/^pat_/)
})

test('billed with a share for each line, the rest is adjustments; and once', async () => {
  const at = await place()
  await at.take(file(asked, doubtful))
  const { claim: name } = await at.answer('bill', { 1: '150', 2: '20' })
  expect(await at.books()).toEqual(['100000 40000 45000 15000', '5000 3000 0 2000', 'bill 17000 17000'])
  expect(await at.list()).toEqual([])
  expect(await refusal(at.answer('bill', { 1: '150', 2: '20' }, { claim: name }))).toBe('held.answered')
  await at.healthy()
  const again = await at.take(`${file(asked, doubtful)}\n`)
  expect(again).toMatchObject({ status: 'unchanged', held: [] })
  expect(again.notes.map(note => note.why)).toEqual(['Staff billed it. That stands.'])
  const bytes = await at.take(file(asked, doubtful))
  expect(bytes).toMatchObject({ status: 'unchanged', held: [], claims: [{ is: 'noted' }, { is: 'noted' }] })
  expect(bytes.notes.map(note => note.why)).toEqual(['It was held when the file came, and is not any more.'])
  expect(await at.books()).toHaveLength(3)
})

test.each<[string, Record<number, string>, Record<number, string> | undefined, string]>([
  ['a line without a share', { 1: '150' }, undefined, 'held.share'],
  ['a line that it does not have', { 1: '150', 2: '20', 3: '1' }, undefined, 'held.line'],
  ['a cent more than was charged and not paid', { 1: '600.01', 2: '20' }, undefined, 'held.tooMuch'],
  ['as much as was charged and not paid', { 1: '600', 2: '20' }, undefined, 'done'],
  ['nothing for one line', { 1: '150', 2: '0' }, undefined, 'done'],
  ['another payment than the insurer says', { 1: '150', 2: '20' }, { 1: '399.99' }, 'held.insuranceSaid'],
  ['the same payment as the insurer says', { 1: '150', 2: '20' }, { 1: '400' }, 'done'],
])('billing %s: %s', async (_, shares, paid, outcome) => {
  const at = await place()
  await at.take(file(asked, doubtful))
  expect(await refusal(at.answer('bill', shares, paid ? { paid } : {}))).toBe(outcome)
  expect(await at.list()).toHaveLength(outcome === 'done' ? 0 : 1)
  expect((await at.books()).length > 0).toBe(outcome === 'done')
})

test('an answer needs a reason, a name that waits, and no other patient', async () => {
  const at = await place()
  await at.take(file(asked, doubtful))
  expect(await refusal(at.answer('bill', { 1: '150', 2: '20' }, { reason: ' ' }))).toBe('held.reason')
  expect(await refusal(at.answer('bill', { 1: '150', 2: '20' }, { claim: 'Claim/9' }))).toBe('held.absent')
  expect(await refusal(at.answer('bill', { 1: '150', 2: '20' }, { patient: 'pat_01234567890123456789012345' }))).toBe(
    'held.patientSaid',
  )
  const byFile = await at.answer('leave', {}, { claim: 'http://payer.example/fhir/Claim/1' })
  expect(byFile.claim).toBe('https://payer.example/fhir/Claim/1')
})

test('what insurance paid is typed where that is in doubt', async () => {
  const at = await place()
  const twice = explanation('a', '1', {
    item: [
      item(1, 'MRI', {
        adjudication: [400, 410].map(value => ({
          category: { coding: [{ code: 'paidtoprovider' }] },
          amount: usd(value),
        })),
      }),
    ],
  })
  await at.take(file(claim('1', { item: [item(1, 'MRI', { net: usd(1000) })] }), twice))
  expect((await at.list())[0]?.lines).toMatchObject([{ charged: 100000n, insurance: null }])
  expect(await refusal(at.answer('bill', { 1: '100' }))).toBe('held.insurance')
  await at.answer('bill', { 1: '100' }, { paid: { 1: '410' } })
  expect(await at.books()).toEqual(['100000 41000 49000 10000', 'bill 10000 10000'])
  await at.healthy()
})

test('what is not the patient’s is booked as far as it can be, without a bill', async () => {
  const at = await place()
  await at.take(caseFile('d1-denied-zero-paid.json'))
  await at.answer('not-theirs')
  expect(await at.books()).toEqual(['12000 0 12000 0'])
  const foreign = await place()
  await foreign.take(caseFile('b14-stu3-eur.json'))
  await foreign.answer('not-theirs')
  expect(await foreign.books()).toEqual([])
  for (const one of [at, foreign]) {
    expect(await one.list()).toEqual([])
    await one.healthy()
  }
})

test('what is left is as it was, and stands against a repeat, but not against another word', async () => {
  const at = await place()
  await at.take(file(asked, doubtful))
  await at.answer('leave')
  expect(await at.books()).toEqual([])
  expect((await at.take(`${file(asked, doubtful)}\n`)).notes.map(note => note.why)).toEqual([
    'Staff left it as it was. That stands.',
  ])
  const better = explanation('a', '1', {
    created: '2024-04-01',
    item: [
      answered(1, { submitted: 1000, eligible: 600, paidtoprovider: 400, coinsurance: 200 }),
      answered(2, { submitted: 50, eligible: 50, paidtoprovider: 30, copay: 20 }),
    ],
  })
  const report = await at.take(file(asked, better))
  expect(report.held.map(one => one.why)).toEqual([
    "Staff left it as it was. This file says otherwise: now 220.00 is the patient's share.",
  ])
  await at.answer('bill', { 1: '200', 2: '20' })
  expect(await at.books()).toEqual(['100000 40000 40000 20000', '5000 3000 0 2000', 'bill 22000 22000'])
})

test('a later file that says what staff billed changes nothing; one that says otherwise is held again', async () => {
  const at = await place()
  await at.take(file(asked, doubtful))
  await at.answer('bill', { 1: '200', 2: '20' })
  const saying = (coinsurance: number) =>
    explanation('a', '1', {
      created: '2024-04-01',
      item: [
        answered(1, { submitted: 1000, eligible: 400 + coinsurance, paidtoprovider: 400, coinsurance }),
        answered(2, { submitted: 50, eligible: 50, paidtoprovider: 30, copay: 20 }),
      ],
    })
  expect((await at.take(file(asked, saying(200)))).held).toEqual([])
  expect((await at.take(file(asked, saying(100)))).held.map(one => one.why)).toEqual([
    "Staff billed it. It is already in the books with 200.00 as the patient's share; this file says 100.00.",
  ])
  const gone = { ...asked, resource: { ...(asked.resource as object), status: 'cancelled' } }
  expect((await at.take(file(gone))).held.map(one => one.why)).toEqual([
    'Its status is "cancelled", but staff decided about it: its bill of 220.00 stands.',
  ])
  expect(await at.books()).toHaveLength(3)
})

const MRI = { submitted: 1000, eligible: 600, paidtoprovider: 400, coinsurance: 200 }
const paidFirst = explanation('a', '1', { created: '2024-04-01', item: [answered(1, MRI)] })
const corrected = explanation('b', '1', {
  created: '2024-05-01',
  item: [answered(1, { ...MRI, paidtoprovider: 550, coinsurance: 50 })],
})
const mri = claim('1', { item: [item(1, 'MRI', { net: usd(1000) })] })

test('a paid bill that staff bill anew leaves what was paid as credit; left, it stays; not theirs, all of it is credit', async () => {
  for (const [answer, left, credit] of [
    ['bill', ['100000 55000 40000 5000', 'bill 5000 5000'], 15000n],
    ['leave', ['100000 40000 40000 20000', 'bill 20000 5000'], 0n],
    ['not-theirs', [], 15000n],
  ] as const) {
    const at = await place()
    await at.take(file(mri, paidFirst))
    const [row] = await query<{ id: AccountId }>(world, 'select id from identity.account where practice_id = $1', [
      at.practice.id,
    ])
    const payment = await at.bank.pay({ account: row?.id ?? 'acc_', amount: 15000n })
    expect((await at.take(file(mri, paidFirst, corrected))).held).toHaveLength(1)
    await at.answer(answer, { 1: '50' }, { paid: { 1: '550' } })
    expect(await at.books()).toEqual(left)
    expect((await at.bank.balances(payment.id)).credit).toBe(credit)
    await at.healthy()
  }
})

test('what was settled elsewhere stays settled when staff bill it anew', async () => {
  const at = await place()
  await at.take(file(mri, paidFirst), { openSince: Temporal.PlainDate.from('2026-01-01') })
  await at.take(file(mri, paidFirst, corrected))
  await at.answer('bill', { 1: '250' }, { paid: { 1: '550' } })
  expect(await at.books()).toEqual(['100000 55000 20000 25000', 'bill 25000 5000'])
  await at.healthy()
})

test('nothing is decided while a payment of the bill is under way', async () => {
  const at = await place()
  await at.take(file(mri, paidFirst))
  const [row] = await query<{ id: AccountId }>(world, 'select id from identity.account where practice_id = $1', [
    at.practice.id,
  ])
  await at.bank.pay({ account: row?.id ?? 'acc_', amount: 100n, card: 'pm_card_authenticationRequired' })
  await at.take(file(mri, paidFirst, corrected))
  for (const answer of ['bill', 'not-theirs'] as const)
    expect(await refusal(at.answer(answer, { 1: '50' }, { paid: { 1: '550' } }))).toBe('held.underWay')
  expect(await refusal(at.answer('leave'))).toBe('done')
})

test('a claim that is held for whose it is names the patient, and is theirs in every later file', async () => {
  const at = await place()
  const mr = (value: string) => ({
    identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'https://ehr.example/mr', value }],
  })
  await at.take(bundleOf([patientEntry('Ada', 'Bell', mr('1'))]))
  const text = bundleOf([patientEntry('Zoe', 'Quist', mr('1')), claimEntry('c1', 90)])
  expect((await at.take(text)).held).toHaveLength(1)
  expect(await at.list()).toMatchObject([
    { patient: null, person: 'Zoe Quist, born 1980-05-04', lines: [{ charged: 9000n, insurance: 0n }] },
  ])
  expect(await refusal(at.answer('bill', { 1: '90' }))).toBe('held.patient')
  expect(await refusal(at.answer('bill', { 1: '90' }, { patient: 'pat_01234567890123456789012345' }))).toBe(
    'held.patientAbsent',
  )
  const [ada] = await query<{ id: PatientId }>(world, 'select id from identity.patient where practice_id = $1', [
    at.practice.id,
  ])
  await at.answer('bill', { 1: '90' }, { patient: ada?.id })
  expect(await at.books()).toEqual(['9000 0 0 9000', 'bill 9000 9000'])
  const again = await at.take(`${text}\n`)
  expect(again.held).toEqual([])
  expect(again.notes.map(note => note.why)).toEqual(['Staff billed it. That stands.'])
  expect((await at.take(bundleOf([patientEntry('Ada', 'Bell', mr('1')), claimEntry('c1', 90)]))).held).toEqual([])
  expect(await at.books()).toHaveLength(2)
  await at.healthy()
})

test.each(['b16-negative-line', 'b10-future', 'd8-million', 'b14-stu3-eur'])(
  '%s can be billed by staff',
  async name => {
    const at = await place()
    await at.take(caseFile(`${name}.json`))
    const [held] = await at.list()
    const [line] = held?.lines ?? []
    const paid = line?.insurance === null ? { paid: { [line.sequence]: '0' } } : {}
    await at.answer('bill', { [line?.sequence ?? 1]: '80' }, paid)
    expect((await at.books()).at(-1)).toBe('bill 8000 8000')
    await at.healthy()
  },
)

test('answered ten times at once, beside the file that brought it, it is billed once', async () => {
  const at = await place()
  await at.take(file(asked, doubtful))
  const [held] = await at.list()
  const answers = Array.from({ length: 10 }, (_, i) =>
    refusal(at.answer(i % 5 === 4 ? 'not-theirs' : 'bill', { 1: '150', 2: '20' }, { claim: held?.claim ?? '' })),
  )
  const files = [1, 2, 3].map(n => at.take(`${file(asked, doubtful)}${'\n'.repeat(n)}`))
  const outcomes = await Promise.all(answers)
  await Promise.all(files)
  expect(outcomes.toSorted()).toEqual(['done', ...Array.from({ length: 9 }, () => 'held.answered')])
  const left = await at.books()
  expect(left.filter(line => line.startsWith('bill')).length).toBeLessThanOrEqual(1)
  expect(left.filter(line => !line.startsWith('bill'))).toHaveLength(2)
  expect(await at.list()).toEqual([])
  await at.healthy()
})
