import { expect, test } from 'vitest'
import { mapText, syntheaText } from '../../../test/support/bundles.ts'
import { parseDollars } from '../../kernel/money.ts'

/**
 * What the fifteen files come to, counted once by a program of another language with its own decimals:
 * entries, charges, invoices, then claimed, charged, insurance paid, discount, patient share, waiting.
 */
const COUNTED = `
alden    311  44 12   9455.11   9455.11   5056.15 0.00  1263.96  3135.00
beatris  495  92 23  22161.41  22161.41  13695.98 0.00  3424.03  5041.40
buster    66  12  3   2130.54   2130.54    900.45 0.00   225.09  1005.00
carla    198  46 11   8531.15   8531.15   3400.97 0.00   850.18  4280.00
claudie  156  45 10  11714.93  11714.93   7460.05 0.00  1864.88  2390.00
dennis   287  52 15  54071.14  54071.14  39572.95 0.00  9893.19  4605.00
edythe   442  86 16 121876.58 131791.62  80843.38 0.00 37503.11 13445.13
enrique  335  49 24  46288.43  46288.43  33754.79 0.00 10153.64  2380.00
frankie  287  67 38  11259.92  15008.08   4031.86 0.00  8129.53  2846.69
gabriele 228  38 13   2754.46  10211.43   7308.92 0.00  1827.13  1075.38
hyacinth 244 107 24 280039.44 280039.44 219091.55 0.00 55532.89  5415.00
jose     143  28  9   8013.21   8013.21   4698.60 0.00  1174.61  2140.00
kermit   117  28  5   5131.70   5131.70   1681.39 0.00   420.31  3030.00
lean     508  59 18   9024.85  33880.03  21124.13 0.00  6861.91  5893.99
reyna    232  39  6   6617.66   6617.66   1974.16 0.00   493.50  4150.00`

test.each(
  COUNTED.trim()
    .split('\n')
    .map(line => line.split(/ +/)),
)('%s comes to what was counted', async (name, ...counted) => {
  const { report, bills } = await mapText(syntheaText(name ?? ''))
  const { claimed, charged, insurancePaid, discount, patientShare, waiting } = report.money
  const numbers = [report.entries, report.charges, report.invoices].map(String)
  expect([...numbers, claimed, charged, insurancePaid, discount, patientShare, waiting]).toEqual(counted)
  expect(report.taken + Object.values(report.skipped).reduce((a, b) => a + b, 0)).toBe(report.entries)
  expect({ held: report.held, patients: report.patients }).toEqual({ held: [], patients: 1 })
  expect(report.claims.every(one => one.is !== 'held')).toBe(true)
  for (const line of bills.flatMap(bill => bill.lines))
    expect(line.insurancePaid + line.discount + line.patientShare).toBe(line.waiting ? 0n : line.charged)
})

test('an answered line carries its parts; the visit above the lines waits for the insurer', async () => {
  const { bills } = await mapText(syntheaText('beatris'))
  const bill = bills.find(one => one.source === 'urn:uuid:b5a1d847-9302-35d2-4d7f-151a2d22e8a1')
  expect(bill?.title).toBe('Well child visit')
  expect(bill?.payer).toBe('Humana')
  expect(bill?.clinician?.display ?? bill?.clinician?.target).toBe(
    'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999950899',
  )
  expect(
    bill?.lines.map(line => [line.sequence, line.description, line.charged, line.patientShare, line.waiting]),
  ).toEqual([
    [0, 'Well child visit', 13680n, 0n, true],
    [2, 'Hep B, adolescent or pediatric', 13600n, 2720n, false],
    [4, 'Medication Reconciliation', 54767n, 10953n, false],
    [5, 'CBC panel - Blood by Automated count', 7458n, 1492n, false],
  ])
})

test('dates are the claim’s own: explanations of 2019 carry others', async () => {
  const { bills } = await mapText(syntheaText('alden'))
  const bill = bills.find(one => one.source === 'urn:uuid:b67295e6-ced1-4bba-ae7c-7fc7de2652dc')
  expect([bill?.servicedOn, ...(bill?.lines ?? []).map(line => line.servicedOn)].map(String)).toEqual([
    '1977-08-18',
    '1977-08-18',
  ])
})

test('who is not insured owes the visit and the medication themselves', async () => {
  const { bills } = await mapText(syntheaText('frankie'))
  const own = bills.filter(bill => bill.payer === null)
  expect(own.length).toBeGreaterThan(20)
  expect(own.flatMap(bill => bill.lines).filter(line => line.waiting)).toEqual([])
})

test('a total below the lines is reported, and the lines stand', async () => {
  const { report, bills } = await mapText(syntheaText('gabriele'))
  expect(report.notes).toHaveLength(13)
  expect(report.notes[0]?.why).toBe(
    "The claim's total, 129.16, is below the sum of its lines, 281.04; the lines stand.",
  )
  const bill = bills.find(one => one.source === report.notes[0]?.claim)
  expect(bill?.lines.map(line => line.charged)).toEqual([14052n, 14052n])
  expect(parseDollars('281.04')).toBe(28104n)
})
