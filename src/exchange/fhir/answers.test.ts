import { expect, test } from 'vitest'
import { bundleOf, type Entry, mapText } from '../../../test/support/bundles.ts'
import { adjudication, ana, answered, claim, explanation, item, usd } from '../../../test/support/claims.ts'

const MRI = { submitted: 1000, eligible: 600, paidtoprovider: 400, coinsurance: 200 }
const asked = claim('1', { item: [item(1, 'MRI', { net: usd(1000) })], total: usd(1000) })

function by(payer: string, created: string, more: object = {}) {
  return { created, insurance: [{ coverage: { display: payer } }], ...more }
}

/** An answer to the claim's one line. */
function answer(id: string, figures: Record<string, number>, more: object = {}): Entry {
  return explanation(id, '1', { item: [answered(1, figures)], ...more })
}

/** `paid discount share` of each line, or why the claim is held; then what became of each answer. */
async function tell(...entries: Entry[]) {
  const { bills, report } = await mapText(bundleOf([ana, ...entries]))
  const money = (cents: bigint) => Number(cents) / 100
  const lines = bills.flatMap(bill => bill.lines)
  return {
    lines: lines.map(line =>
      line.waiting ? 'waits' : [line.insurancePaid, line.discount, line.patientShare].map(money).join(' '),
    ),
    held: report.held.map(one => one.why),
    answers: Object.fromEntries(
      report.claims.flatMap(one => (one.answer ? [[one.answer.split('/').at(-1), one.why ?? one.is]] : [])),
    ),
  }
}

const PLACE = (id: string) => `http://payer.example/fhir/ExplanationOfBenefit/${id} takes its place.`
const SECOND = { submitted: 1000, eligible: 600, paidtoprovider: 150, coinsurance: 50 }

test.each<[string, Entry[], string[], Record<string, string>?]>([
  [
    'the next payer’s answer leaves the share',
    [answer('a', MRI), answer('b', SECOND)],
    ['550 400 50'],
    { a: 'taken', b: 'taken' },
  ],
  ['whichever comes first in the file', [answer('b', SECOND), answer('a', MRI)], ['550 400 50']],
  [
    'a cent apart is the same',
    [answer('a', MRI), answer('b', { ...SECOND, coinsurance: 50.01 })],
    ['550 399.99 50.01'],
  ],
  [
    'what a prior payer paid counts once, by its own answer',
    [answer('a', MRI), answer('b', { ...SECOND, priorpayerpaid: 400 })],
    ['550 400 50'],
  ],
  [
    'a next payer that names no share leaves what it allowed and did not pay',
    [answer('a', MRI), answer('b', { submitted: 1000, eligible: 600, paidtoprovider: 150 })],
    ['550 400 50'],
  ],
  [
    'also where it allowed of the share alone',
    [answer('a', MRI), answer('b', { submitted: 200, eligible: 200, paidtoprovider: 150 })],
    ['550 400 50'],
  ],
  [
    'a third payer follows the second, by their precedence',
    [
      answer('c', { paidtoprovider: 40, copay: 10 }, { precedence: 3 }),
      answer('a', MRI, { precedence: 1 }),
      answer('b', SECOND, { precedence: 2 }),
    ],
    ['590 400 10'],
  ],
  [
    'a next payer that says the share alone and paid nothing leaves it',
    [answer('a', MRI), answer('b', { memberliability: 200 })],
    ['400 400 200'],
    { a: 'taken', b: 'taken' },
  ],
  [
    'where not all say their place, their days tell',
    [
      answer('b', SECOND, { ...by('Humana', '2024-04-02'), precedence: 1 }),
      answer('a', MRI, by('Aetna', '2024-04-01')),
    ],
    ['550 400 50'],
  ],
  [
    'the same payer, later, corrects',
    [
      answer('a', MRI, by('Aetna', '2024-04-01')),
      answer('b', { submitted: 1000, eligible: 600, paidtoprovider: 150, coinsurance: 450 }, by('Aetna', '2024-04-02')),
    ],
    ['150 400 450'],
    { a: PLACE('b'), b: 'taken' },
  ],
  [
    'another payer, later, that does not follow takes its place',
    [
      answer('a', MRI, by('Aetna', '2024-04-01')),
      answer(
        'b',
        { submitted: 1000, eligible: 600, paidtoprovider: 500, coinsurance: 100 },
        by('Humana', '2024-04-02'),
      ),
    ],
    ['500 400 100'],
    { a: PLACE('b'), b: 'taken' },
  ],
  [
    'the first payer, who answered after the second, is the first',
    [
      answer('b', { ...SECOND, priorpayerpaid: 400 }, by('Humana', '2024-04-01')),
      answer('a', MRI, by('Aetna', '2024-04-02')),
    ],
    ['550 400 50'],
    { a: 'taken', b: 'taken' },
  ],
  [
    'one that says it corrects takes its place',
    [
      answer('a', MRI, by('Aetna', '2024-04-01')),
      answer(
        'b',
        { ...MRI, paidtoprovider: 200, coinsurance: 400 },
        {
          ...by('Humana', '2024-04-02'),
          related: [{ relationship: { coding: [{ code: 'prior' }] } }],
        },
      ),
    ],
    ['200 400 400'],
  ],
  [
    'a repeat says nothing new',
    [answer('a', MRI), answer('b', MRI)],
    ['400 400 200'],
    { a: 'taken', b: 'It says the same as http://payer.example/fhir/ExplanationOfBenefit/a.' },
  ],
  [
    'one that is cancelled answers nothing',
    [answer('a', { ...MRI, coinsurance: 1 }, { status: 'cancelled' }), answer('b', MRI)],
    ['400 400 200'],
    { a: 'Its status is "cancelled"; it answers nothing.', b: 'taken' },
  ],
  [
    'one that is queued answers nothing yet',
    [answer('a', MRI, { outcome: 'queued' })],
    ['waits'],
    { a: 'Its outcome is "queued"; it answers nothing yet.' },
  ],
  [
    'one without figures answers nothing yet',
    [answer('a', { submitted: 1000, eligible: 600 })],
    ['waits'],
    { a: "It names no payment and no part of the patient's; it answers nothing yet." },
  ],
])('%s', async (_, answers, lines, fates) => {
  const told = await tell(asked, ...answers)
  expect({ lines: told.lines, held: told.held }).toEqual({ lines, held: [] })
  if (fates) expect(told.answers).toEqual(fates)
})

test('the same payer, later, corrects, also where its figures would follow; and is held where they say nothing alone', async () => {
  const later = (day: string) => answer('b', SECOND, by('Aetna', day))
  const held = (await tell(asked, answer('a', MRI, by('Aetna', '2024-04-01')), later('2024-04-02'))).held
  expect(held).toEqual([expect.stringContaining('explains what is left of it, 800.00')])
  expect((await tell(asked, answer('a', MRI, by('Aetna', '2024-04-01')), later('2024-04-01'))).lines).toEqual([
    '550 400 50',
  ])
})

test('what corrects another never comes before it, nor does what the same payer says', async () => {
  const second = answer('b', { ...SECOND, priorpayerpaid: 400 }, by('Humana', '2024-04-01'))
  const related = [{ relationship: { coding: [{ code: 'prior' }] } }]
  const corrects = answer('a', MRI, { ...by('Aetna', '2024-04-02'), related })
  expect((await tell(asked, second, corrects)).lines).toEqual(['400 400 200'])
  expect((await tell(asked, second, answer('a', MRI, by('Humana', '2024-04-02')))).lines).toEqual(['400 400 200'])
})

test('two that say no order and do not follow are held, with both amounts', async () => {
  const told = await tell(asked, answer('a', MRI), answer('b', { ...MRI, paidtoprovider: 500, coinsurance: 100 }))
  expect(told.held).toEqual([
    '2 explanations of benefit answer it, and nothing says which comes after the other: they leave the patient 200.00 and 100.00.',
  ])
  expect(told.answers).toEqual({ a: told.held[0], b: told.held[0] })
})

test('answers to different lines stand beside each other', async () => {
  const two = claim('1', { item: [item(1, 'MRI', { net: usd(1000) }), item(2, 'Dye', { net: usd(50) })] })
  const dye = explanation('b', '1', {
    item: [answered(2, { submitted: 50, eligible: 50, paidtoprovider: 40, copay: 10 })],
  })
  expect((await tell(two, answer('a', MRI), dye)).lines).toEqual(['400 400 200', '40 0 10'])
})

const WHOLE = { submitted: 1000, eligible: 800, benefit: 650, memberliability: 150 }
/** An answer that has its figures at the header: in totals, in adjudications, or both. */
const header = (total: Record<string, number>, more: object = {}, items: unknown[] = [item(1, 'MRI')]) =>
  explanation('a', '1', { item: items, total: adjudication(total), ...more })

test('an answer with figures for the whole claim alone is one line, with the items named below', async () => {
  const two = claim('1', {
    item: [item(1, 'MRI', { net: usd(900) }), item(2, 'Dye', { net: usd(100) })],
    total: usd(1000),
  })
  const { bills } = await mapText(bundleOf([ana, two, header(WHOLE, {}, [item(1, 'MRI'), item(2, 'Dye')])]))
  expect(bills[0]?.lines).toMatchObject([
    { sequence: 0, description: 'MRI', charged: 100000n, patientShare: 15000n, items: ['MRI', 'Dye'] },
  ])
})

test('a claim of one item that is answered as a whole names it once', async () => {
  const { bills } = await mapText(bundleOf([ana, asked, header(WHOLE)]))
  expect(bills[0]?.lines).toMatchObject([{ sequence: 0, description: 'MRI', items: [] }])
})

test('a claim without a total that is answered as a whole asks for what its items do', async () => {
  const two = claim('1', { item: [item(1, 'MRI', { net: usd(900) }), item(2, 'Dye', { net: usd(100) })] })
  const { submitted: _, ...rest } = WHOLE
  expect((await tell(two, header(rest, {}, [item(1, 'MRI'), item(2, 'Dye')]))).lines).toEqual(['650 200 150'])
})

test('a next payer may follow for the whole claim too', async () => {
  const second = explanation('b', '1', {
    item: [item(1, 'MRI')],
    total: adjudication({ paidtoprovider: 100, memberliability: 50 }),
  })
  expect((await tell(asked, header(WHOLE), second)).lines).toEqual(['750 200 50'])
})

const LINE = { submitted: 1000, eligible: 600, paidtoprovider: 400, coinsurance: 200 }
const differs = (name: string, whole: string, lines: string) =>
  `For the whole claim the insurer says ${name} ${whole}, but its lines come to ${lines}.`

test.each<[string, Record<string, number>, string | undefined]>([
  [
    'the same figures again',
    { paidtoprovider: 400, eligible: 600, coinsurance: 200, memberliability: 200, discount: 400 },
    undefined,
  ],
  ['a payment a cent off', { paidtoprovider: 400.01 }, undefined],
  ['a payment two cents off', { paidtoprovider: 400.02 }, differs('paid to the provider', '400.02', '400.00')],
  ['a benefit that is the payment', { benefit: 400 }, undefined],
  ['another benefit', { benefit: 620 }, differs('benefit', '620.00', '400.00')],
  ['another liability', { memberliability: 200.02 }, differs('member liability', '200.02', '200.00')],
  ['a deductible that no line has', { deductible: 50 }, differs('deductible', '50.00', '0.00')],
  ['a prior payer that no line has', { priorpayerpaid: 0.02 }, differs('paid by a prior payer', '0.02', '0.00')],
  ['what was submitted goes by rounding', { submitted: 1000 }, undefined],
  ['an unknown figure', { fee: 1 }, 'It has amounts of a kind that is not known here: fee 1.00.'],
])('the header is compared with the lines: %s', async (_, total, held) => {
  const told = await tell(asked, header(total, {}, [answered(1, LINE)]))
  expect(told.held).toEqual(held === undefined ? [] : [held])
  if (held === undefined) expect(told.lines).toEqual(['400 400 200'])
})

const ALONE = { submitted: 1000, eligible: 600, paidtoprovider: 400 }
const OWN = { submitted: 1000, paidtoprovider: 400, memberliability: 600 }
const PARTS = (whole: string, lines: string) => differs("the patient's parts", whole, lines)
test.each<[string, Record<string, number>, Record<string, number>, string | undefined]>([
  ['parts that the lines leave to be worked out', ALONE, { deductible: 150, coinsurance: 50 }, undefined],
  ['such parts two cents off', ALONE, { deductible: 150.02, coinsurance: 50 }, PARTS('200.02', '200.00')],
  ['some of what the lines state as one amount', OWN, { deductible: 150 }, undefined],
  ['more of it', OWN, { deductible: 600.02 }, PARTS('600.02', '600.00')],
  ['an allowed amount that no line states', OWN, { eligible: 1000 }, undefined],
  ['another allowed amount', OWN, { eligible: 999.98 }, differs('allowed', '999.98', '1000.00')],
  ['a discount that follows', ALONE, { discount: 400 }, undefined],
  ['another discount', ALONE, { discount: 400.02 }, differs('discount', '400.02', '400.00')],
  ['what the patient got and paid, which no line states', ALONE, { paidtopatient: 5, paidbypatient: 7 }, undefined],
])('the header may say what follows from the lines: %s', async (_, line, total, held) => {
  const told = await tell(asked, header(total, {}, [answered(1, line)]))
  expect(told.held).toEqual(held === undefined ? [] : [held])
})

test('a reduction of the header is compared with the lines that have its code', async () => {
  const off = (amount: number) => ({
    category: { coding: [{ code: 'adjustmentreason' }] },
    reason: { coding: [{ code: 'CO-45' }] },
    amount: usd(amount),
  })
  const said = (line: object[], whole: number) =>
    explanation('a', '1', {
      item: [item(1, 'MRI', { adjudication: [...adjudication({ ...ALONE, coinsurance: 200 }), ...line] })],
      adjudication: [off(whole)],
    })
  expect((await tell(asked, said([], 400))).held).toEqual([])
  expect((await tell(asked, said([off(400)], 400.01))).held).toEqual([])
  expect((await tell(asked, said([off(400)], 400.02))).held).toEqual([differs('CO-45', '400.02', '400.00')])
})

test('a header is compared to a cent for each line', async () => {
  const two = claim('1', { item: [item(1, 'A', { net: usd(100) }), item(2, 'B', { net: usd(100) })] })
  const figures = { submitted: 100, eligible: 80, paidtoprovider: 60, coinsurance: 20 }
  const said = (paidtoprovider: number) => header({ paidtoprovider }, {}, [answered(1, figures), answered(2, figures)])
  expect((await tell(two, said(120.02))).held).toEqual([])
  expect((await tell(two, said(119.97))).held).toEqual([differs('paid to the provider', '119.97', '120.00')])
})

test('a figure that the totals and the header state differently is held', async () => {
  const both = header(WHOLE, { adjudication: adjudication({ benefit: 640 }) })
  expect((await tell(asked, both)).held).toEqual(['The insurer names two amounts as benefit: 650.00 and 640.00.'])
})

test.each([
  [
    'adds an item',
    { addItem: [{ net: usd(5) }] },
    'The insurer answers items of its own, which the claim does not have.',
  ],
  [
    'answers parts of an item',
    { item: [item(1, 'MRI', { detail: [{ sequence: 1, adjudication: adjudication({ copay: 5 }) }] })] },
    'The insurer answers parts of an item, and not the item.',
  ],
])('an answer that %s is held', async (_, more, why) => {
  expect((await tell(asked, answer('a', MRI, more))).held).toEqual([why])
})
