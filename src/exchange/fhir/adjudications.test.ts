import { expect, test } from 'vitest'
import { decimal } from '../../../test/support/answers.ts'
import { usd } from '../../../test/support/claims.ts'
import { type Answer, figuresOf, readAnswer } from './adjudications.ts'
import { children, parseExact } from './element.ts'

const X12 = 'https://x12.org/codes/claim-adjustment-reason-codes'

function read(adjudication: unknown[]): Answer {
  return readAnswer(children({ value: parseExact(JSON.stringify({ adjudication })), path: [] }, 'adjudication'))
}

/** One figure: its codes, its amount, and the codes of its reason. */
function figure(codes: string[], value: number | null, reason: string[] = [], system?: string) {
  const coding = (list: string[], of?: string) => ({
    coding: list.map(code => ({ code, ...(of ? { system: of } : {}) })),
  })
  return {
    category: coding(codes, system),
    ...(value === null ? {} : { amount: usd(value) }),
    ...(reason.length > 0 ? { reason: coding(reason) } : {}),
  }
}

test('figures are read by the codes of HL7, of CARIN and of CMS, in whatever order they stand', () => {
  const answer = read([
    figure(['submitted'], 100),
    figure(['https://bluebutton.cms.gov/resources/variables/line_alowd_chrg_amt'], 80),
    figure(['CLM_LINE_PRVDR_PMT_AMT', 'paidtoprovider'], 60),
    figure(['priorpayerpaid'], 5),
    figure(['memberliability'], 15),
  ])
  expect(figuresOf(answer)).toBe(
    'submitted 100.00, allowed 80.00, paid to the provider 60.00, paid by a prior payer 5.00, member liability 15.00',
  )
  expect(answer.wrong).toEqual([])
})

test.each([
  [
    'a figure below zero',
    [figure(['paidtoprovider'], -0.01)],
    'It has a figure below zero: paid to the provider -0.01.',
  ],
  ['an unknown one below zero', [figure(['fee'], -3)], 'It has a figure below zero: fee -3.00.'],
  [
    'one that is stated twice and differently',
    [figure(['copay'], 30), figure(['copay'], 30.01)],
    'The insurer names two amounts as copay: 30.00 and 30.01.',
  ],
  ['one that is stated twice the same', [figure(['copay'], 30), figure(['copay'], 30)], undefined],
  ['one of an unknown kind', [figure(['fee'], 0.01)], 'unknown: fee 0.01'],
  ['one of an unknown kind that is nothing', [figure(['fee'], 0)], undefined],
  ['one of an unknown kind without an amount', [figure(['fee'], null)], undefined],
  ['one that is information only', [figure(['drugcost'], 550)], undefined],
  ['one without a kind', [{ amount: usd(1) }], 'unknown: without a category 1.00'],
  [
    'an adjustment that says nobody’s group',
    [figure(['adjustmentreason'], 5, ['96'])],
    'unknown: adjustmentreason 96 5.00',
  ],
  [
    'an adjustment for other reasons',
    [figure(['adjustmentreason'], 5, ['OA', '23'])],
    'unknown: adjustmentreason OA 23 5.00',
  ],
])('%s', (_, adjudication, wrong) => {
  const answer = read(adjudication)
  const found = [...answer.wrong, ...answer.unknown.map(each => `unknown: ${each}`)]
  expect(found).toEqual(wrong === undefined ? [] : [wrong])
})

test('an adjustment has a code of its own, or is a part of the patient’s, by its group', () => {
  const answer = read([
    figure(['adjustmentreason'], 50, ['CO', '45']),
    figure(['adjustmentreason'], 2.4, ['CO-253']),
    figure(['253'], 3, [], X12),
    figure(['adjustmentreason'], 1, ['PI']),
    figure(['adjustmentreason'], 20, ['PR', '1']),
    figure(['PR-2'], 10),
    figure(['adjustmentreason'], 5, ['PR-3']),
  ])
  expect(answer.reductions).toEqual([
    { code: 'CO-45', amount: decimal('50') },
    { code: 'CO-253', amount: decimal('2.4') },
    { code: '253', amount: decimal('3') },
    { code: 'PI', amount: decimal('1') },
  ])
  expect(answer.amounts).toEqual({ deductible: decimal('20'), coinsurance: decimal('10'), copay: decimal('5') })
  expect(answer.wrong).toEqual([])
})

test.each([
  ['without a reason', [figure(['noncovered'], 20)], false],
  ['with the patient’s group', [figure(['noncovered'], 20, ['PR'])], true],
  ['with the practice’s group', [figure(['noncovered'], 20, ['CO', '96'])], false],
  ['with both groups', [figure(['noncovered'], 20, ['PR', 'CO'])], false],
  [
    'beside a line that is the patient’s',
    [figure(['noncovered'], 20), figure(['adjustmentreason'], null, ['PR', 'B7'])],
    true,
  ],
  [
    'stated again as an adjustment of theirs',
    [figure(['noncovered'], 20), figure(['adjustmentreason'], 20, ['PR-96'])],
    true,
  ],
  [
    'beside a deductible that is theirs',
    [figure(['noncovered'], 20), figure(['adjustmentreason'], 5, ['PR-1'])],
    false,
  ],
])('what is not covered, %s', (_, adjudication, theirs) => {
  const answer = read(adjudication)
  expect(answer.isNoncoveredTheirs).toBe(theirs)
  expect(answer.amounts.noncovered).toEqual(decimal('20'))
})
