import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bundleOf, type Entry, mapText, sourceOf, syntheaText } from '../../../test/support/bundles.ts'
import { placeText, Unreadable } from '../unreadable.ts'
import { checkFile } from './check-file.ts'
import { readBundle } from './read-bundle.ts'

const PATIENT: Entry = {
  fullUrl: 'urn:uuid:11111111-0000-4000-8000-000000000001',
  resource: { resourceType: 'Patient', name: [{ family: 'Ro', given: ['Ana'] }], birthDate: '1980-02-29' },
}

const READING = { today: Temporal.PlainDate.from('2026-11-20'), zone: 'America/New_York' }

/** Why and where a file is refused. */
async function refusal(content: string | Uint8Array, size?: number): Promise<{ why: string; at: string | null }> {
  try {
    await checkFile(sourceOf(content, { size }), READING)
  } catch (error) {
    if (error instanceof Unreadable) return { why: error.why, at: error.at && placeText(error.at) }
    throw error
  }
  throw new Error('the file was not refused')
}

function data(name: string): Uint8Array {
  return readFileSync(`test/data/fhir/${name}`)
}

test.each([
  ['', 'The file is empty.', null],
  ['  \n', 'The file is empty.', null],
  [
    data('Observation-ex-pain.xml'),
    'This is XML; Portico reads FHIR JSON. Ask the sending system for JSON.',
    'line 1, column 1',
  ],
  [
    data('PatientWithUnknownElements.json'),
    'This is a single Patient; Portico reads Bundles. Put it into a Bundle of type "collection".',
    '/resourceType (line 2, column 21)',
  ],
  ['[]', 'This is JSON, but no FHIR Bundle: it has no resourceType "Bundle".', 'line 1, column 1'],
  ['{"resourceType":"Bundle"}', 'The Bundle does not say its type.', 'line 1, column 1'],
  [
    data('Bundle-InvalidBundleType.json'),
    '"invalid-type" is not a type of Bundle; Portico reads transaction, batch, collection, searchset, document, message.',
    '/type (line 3, column 13)',
  ],
  [
    '{"resourceType":"Bundle","type":"history"}',
    'A Bundle of type "history" tells what a server did; Portico reads the resources themselves, of types transaction, batch, collection, searchset, document, message.',
    '/type (line 1, column 33)',
  ],
  [
    '{"resourceType":"Bundle","type":"collection","entry":{}}',
    'The Bundle\'s "entry" is not a list.',
    '/entry (line 1, column 54)',
  ],
  [
    '{"resourceType":"Bundle","type":"collection","entry":[],"type":"batch"}',
    'The Bundle says "type" twice.',
    '/type (line 1, column 64)',
  ],
  [
    data('Bundle-Batch.json'),
    'Two entries are called http://example.org/fhir/Patient/123.',
    '/entry/4/fullUrl (line 132, column 24)',
  ],
  [data('Bundle-TransactionForRollBack.json'), 'Entry 1 has no resource.', '/entry/1/resource (line 36, column 8)'],
  [
    data('bundle-document-versioned-references-bad.json'),
    'Two entries are called http://example.org/Observation/ObservationExample.',
    '/entry/2/fullUrl (line 79, column 18)',
  ],
  [
    data('bad-json-close-1.json'),
    'The file is not JSON: what stands here is not written as JSON.',
    '/entry/0 (line 15, column 11)',
  ],
  [
    data('json-comma-bad-1.json'),
    'The file is not JSON: what stands here is not written as JSON.',
    '/name (line 7, column 7)',
  ],
  [data('json-comments-1.json'), 'The file is not JSON: what stands here is not written as JSON.', 'line 1, column 1'],
  [
    data('json-no-quotes-1.json'),
    'The file is not JSON: a name should begin with a quotation mark, not "r".',
    'line 2, column 3',
  ],
  [
    '{"resourceType":"Bundle","type":"collection","entry":[]}\n{"resourceType":"Patient"}',
    'The file is not JSON: another JSON document follows the first.',
    'line 2, column 1',
  ],
  [
    '{"resourceType":"Bundle","type":"collection","entry":[]}',
    'The Bundle has no entries: there is nothing to take.',
    'line 1, column 1',
  ],
  [
    '{"resourceType":"Bundle","type":"collection"}',
    'The Bundle has no entries: there is nothing to take.',
    'line 1, column 1',
  ],
  [
    '{"resourceType":"Bundle","fhirVersion":"3.0.1","type":"collection","entry":[]}',
    'This is FHIR 3.0.1; Portico reads FHIR R4. Ask the sending system for R4.',
    '/fhirVersion (line 1, column 40)',
  ],
  [
    '{"resourceType":"Bundle","type":"collection","meta":{"profile":["http://hl7.org/fhir/5.0/StructureDefinition/Bundle"]}}',
    'This is FHIR 5.0; Portico reads FHIR R4. Ask the sending system for R4.',
    '/meta (line 1, column 53)',
  ],
  [
    bundleOf([
      {
        resource: { resourceType: 'Claim', meta: { profile: ['http://hl7.org/fhir/StructureDefinition/Claim|3.0.1'] } },
      },
    ]),
    'This is FHIR 3.0.1; Portico reads FHIR R4. Ask the sending system for R4.',
    '/entry/0/resource (line 6, column 19)',
  ],
  [
    bundleOf([{ resource: { resourceType: 'ClaimResponse', status: 'active' } }]),
    'The answers in this file are ClaimResponses; Portico reads an ExplanationOfBenefit for each. Ask the sending system for those.',
    '/entry/0/resource/resourceType (line 7, column 25)',
  ],
  [
    '{"resourceType":"ClaimResponse"}',
    'The answers in this file are ClaimResponses; Portico reads an ExplanationOfBenefit for each. Ask the sending system for those.',
    '/resourceType (line 1, column 17)',
  ],
  [bundleOf([PATIENT]).slice(0, -20), 'The file is not JSON: it ends in the middle.', 'line 17, column 34'],
  [
    Buffer.from([0xff, 0xfe, 0x7b, 0x00]),
    'This is text in UTF-16; Portico reads FHIR JSON in UTF-8. Save it as UTF-8.',
    'line 1, column 1',
  ],
  [
    Buffer.from([0x1f, 0x8b, 8, 0]),
    'This is compressed (gzip); unpack it first. Portico reads FHIR JSON.',
    'line 1, column 1',
  ],
])('a wrong file is refused with its reason and place (%#)', async (content, why, at) => {
  expect(await refusal(content)).toEqual({ why, at })
})

test.each([
  { fhirVersion: '4.0.1' },
  {
    meta: {
      profile: [
        'http://hl7.org/fhir/4.3/StructureDefinition/Patient',
        'http://hl7.org/fhir/StructureDefinition/Patient|4.0.1',
      ],
    },
  },
  { meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|3.1.1'] } },
])('what says that it is R4, or says another thing’s version, is read (%#)', async more => {
  const resource = { ...(PATIENT.resource as object), ...more }
  expect((await mapText(bundleOf([{ ...PATIENT, resource }]))).report.patients).toBe(1)
})

/** A claim for PATIENT, with something of it changed. */
function claim(change: object): Entry {
  const item = { sequence: 1, productOrService: { text: 'Visit' }, net: { value: 20, currency: 'USD' } }
  const resource = {
    resourceType: 'Claim',
    status: 'active',
    use: 'claim',
    patient: { reference: PATIENT.fullUrl },
    created: '2024-03-01',
    item: [item],
  }
  return { fullUrl: 'urn:uuid:11111111-0000-4000-8000-000000000002', resource: { ...resource, ...change } }
}

test.each([
  [
    'an amount',
    claim({ total: { value: '20.00' } }),
    'The amount "20.00" is no decimal number.',
    '/entry/1/resource/total/value',
  ],
  [
    'an amount',
    claim({ total: { value: true } }),
    'The amount of type boolean is no decimal number.',
    '/entry/1/resource/total/value',
  ],
  ['a date', claim({ created: '2024-02-30' }), 'The date "2024-02-30" is no date.', '/entry/1/resource/created'],
  ['a date', claim({ created: '1/3/24' }), 'The date "1/3/24" is no date.', '/entry/1/resource/created'],
  [
    'a URN',
    claim({ provider: { reference: 'urn:uuid:22222222-0000-4000-8000-000000000000' } }),
    'The reference urn:uuid:22222222-0000-4000-8000-000000000000 leads nowhere: no entry has that fullUrl.',
    '/entry/1/resource/provider/reference',
  ],
  [
    'a contained resource',
    claim({ insurance: [{ coverage: { reference: '#coverage' } }] }),
    'The reference #coverage leads nowhere: the resource contains nothing of that name.',
    '/entry/1/resource/insurance/0/coverage/reference',
  ],
  [
    'a wrong type',
    claim({ provider: { reference: PATIENT.fullUrl } }),
    `The reference ${PATIENT.fullUrl} leads to a Patient, not to a Practitioner or PractitionerRole or Organization.`,
    '/entry/1/resource/provider/reference',
  ],
  ['a list', claim({ item: { sequence: 1 } }), '"item" is not a list.', '/entry/1/resource/item'],
  ['text', claim({ status: 7 }), '"status" is not text.', '/entry/1/resource/status'],
  [
    'half a character',
    claim({ id: 'x', note: '\ud83d' }),
    'This text holds a character that does not exist (U+0000, or half of a surrogate pair).',
    '/entry/1/resource/note',
  ],
  [
    'U+0000',
    claim({ note: 'a\0b' }),
    'This text holds a character that does not exist (U+0000, or half of a surrogate pair).',
    '/entry/1/resource/note',
  ],
])('a resource that is wrong in %s refuses the whole file (%#)', async (_, entry, why, pointer) => {
  const found = await refusal(bundleOf([PATIENT, entry]))
  expect(found.why).toBe(why)
  expect(found.at?.split(' ')[0]).toBe(pointer)
})

/** An insurer's answer for PATIENT, with something of it changed. */
function explanation(change: object): Entry {
  const { fullUrl, resource } = claim(change)
  return {
    ...(fullUrl ? { fullUrl } : {}),
    resource: { ...(resource as object), resourceType: 'ExplanationOfBenefit' },
  }
}

const ITEM = { sequence: 1, productOrService: { text: 'Visit' }, net: { value: 20, currency: 'USD' } }
test.each([
  ['payment/amount/value', '"x"', explanation({ payment: { amount: { value: 'x' } } })],
  ['item/0/detail/0/net/value', '"bad"', claim({ item: [{ ...ITEM, detail: [{ net: { value: 'bad' } }] }] })],
  ['item/0/quantity/value', '"two"', claim({ item: [{ ...ITEM, quantity: { value: 'two' } }] })],
  ['item/0/unitPrice/value', '"1"', claim({ item: [{ ...ITEM, unitPrice: { value: '1' } }] })],
  ['total/value', 'null', claim({ total: { value: null } })],
  ['addItem/0/net/value', '"x"', explanation({ addItem: [{ net: { value: 'x' } }] })],
  [
    'benefitBalance/0/financial/0/usedMoney/value',
    '"x"',
    explanation({ benefitBalance: [{ financial: [{ usedMoney: { value: 'x' } }] }] }),
  ],
  ['adjudication/0/amount/value', '"x"', explanation({ adjudication: [{ amount: { value: 'x' } }] })],
])('an amount that nothing is billed by is refused as any other: %s of %s', async (pointer, shown, entry) => {
  const found = await refusal(bundleOf([PATIENT, entry]))
  expect(found.why).toBe(`The amount ${shown} is no decimal number.`)
  expect(found.at?.split(' ')[0]).toBe(`/entry/1/resource/${pointer}`)
})

test('an amount whose value is left out, or that a contained resource names, refuses nothing', async () => {
  const contained = [{ resourceType: 'Medication', id: 'm', amount: { value: 'one box' } }]
  const { report } = await mapText(bundleOf([PATIENT, claim({ contained, total: { currency: 'USD' } })]))
  expect(report).toMatchObject({ status: 'taken', charges: 1 })
})

test('the place of a wrong amount is its line and column', async () => {
  const text = bundleOf([PATIENT, claim({ total: { value: 12.5 } })]).replace('12.5', '1e400')
  const { why, at } = await refusal(text)
  const line = text.split('\n').findIndex(one => one.includes('1e400'))
  expect(why).toBe('This number is beyond any range.')
  expect(at).toBe(
    `/entry/1/resource/total/value (line ${line + 1}, column ${(text.split('\n')[line] ?? '').indexOf('1e400') + 1})`,
  )
})

test('numbers of a width that no amount has are refused as amounts', async () => {
  const text = bundleOf([PATIENT, claim({ total: { value: 12.5 } })]).replace('12.5', '12345678901234567890')
  expect((await refusal(text)).why).toBe('The amount 12345678901234567890 is no decimal number.')
})

test('a forward reference may be answered later; one that never is names its line', async () => {
  const early: Entry = {
    fullUrl: 'urn:uuid:11111111-0000-4000-8000-000000000009',
    resource: { resourceType: 'Observation', subject: { reference: PATIENT.fullUrl } },
  }
  expect((await mapText(bundleOf([early, PATIENT]))).report).toMatchObject({
    entries: 2,
    taken: 1,
    skipped: { Observation: 1 },
  })
  expect(await refusal(bundleOf([early]))).toEqual({
    why: `The reference ${PATIENT.fullUrl} leads nowhere: no entry has that fullUrl.`,
    at: '/entry/0/resource/subject/reference (line 10, column 24)',
  })
})

test('what a file names outside itself is kept as it is named', async () => {
  expect((await mapText(data('bundle-id-collection.json'))).report).toMatchObject({
    entries: 1,
    skipped: { Immunization: 1 },
  })
  expect((await mapText(data('Bundle-TransactionWithConditionalCreateAndReference.json'))).report.entries).toBe(2)
  expect((await mapText(data('SmartPatientA.json'))).report).toMatchObject({ entries: 20, patients: 1, charges: 1 })
})

test.each(readdirSync('test/data/json-suite'))('JSON: %s', async name => {
  const wrong = await refusal(readFileSync(`test/data/json-suite/${name}`))
  const isJson = /no FHIR Bundle|single/.test(wrong.why)
  if (name.startsWith('y_')) expect(isJson).toBe(true)
  if (name.startsWith('n_')) expect(isJson).toBe(false)
})

test('a file reads the same however its bytes arrive, also behind a byte order mark', async () => {
  const text = `\uFEFF${bundleOf([PATIENT, claim({ note: 'Ünïcode 😀 "quoted" \\ \u2028' })])}`
  const whole = await Array.fromAsync(readBundle(sourceOf(text).open()))
  for (const size of [1, 2, 3, 7, 64, 1000])
    expect(await Array.fromAsync(readBundle(sourceOf(text, { size }).open()))).toEqual(whole)
  expect(whole.map(entry => [entry.type, entry.at.line])).toEqual([
    ['Patient', 5],
    ['Claim', 20],
  ])
})

test('a damaged file is refused or read, and never breaks the reader', async () => {
  const good = Buffer.from(bundleOf([PATIENT, claim({})]))
  await fc.assert(
    fc.asyncProperty(
      fc.nat(good.length - 1),
      fc.constantFrom('', '{', '}', '[', ']', '"', ',', ':', '\\', '0', 'e', '\0', '\xff'),
      async (at, byte) => {
        const damaged = Buffer.concat([good.subarray(0, at), Buffer.from(byte, 'latin1'), good.subarray(at + 1)])
        await mapText(damaged).catch(error => expect(error).toBeInstanceOf(Unreadable))
      },
    ),
    { numRuns: 500 },
  )
})

test('a truncated Synthea file is refused wherever it ends', async () => {
  const text = syntheaText('kermit')
  for (const part of [0.001, 0.1, 0.5, 0.999]) {
    const { why, at } = await refusal(text.slice(0, Math.floor(text.length * part)))
    expect(why).toBe('The file is not JSON: it ends in the middle.')
    expect(at).toMatch(/^line \d+, column \d+$/)
  }
})
