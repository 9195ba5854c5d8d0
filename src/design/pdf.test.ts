import { inflateSync } from 'node:zlib'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { expect, test } from 'vitest'
import { type BillDocument, billPdf } from './bill-pdf.ts'
import { receiptPdf } from './receipt-pdf.ts'
import { wordsFor } from './words.ts'

type Node = { role?: string; lang?: string; alt?: string; type?: string; children?: Node[] }

const words = wordsFor('en')
const at = Temporal.Instant.from('2026-11-22T03:41:00Z')
const sender = {
  name: 'Riverside Family Medicine',
  brand: '#005e5d',
  address: ['418 Mill Street, Suite 2', 'Springfield, MA 01103'],
  phone: '(555) 010-4410',
  taxId: '04-0000000',
}

function bill(lines: number, more: Partial<BillDocument> = {}): BillDocument {
  const each = { charged: 24000n, insurancePaid: 9600n, discount: 6400n, share: 8000n }
  const times = (cents: bigint) => cents * BigInt(lines)
  return {
    words,
    zone: 'America/New_York',
    at,
    sender,
    number: 'INV-2041',
    title: 'Annual physical with labs',
    patient: 'Leo Ortega',
    guarantor: 'Maria Ortega',
    issuedOn: Temporal.PlainDate.from('2026-11-14'),
    dueOn: Temporal.PlainDate.from('2026-12-05'),
    visitOn: Temporal.PlainDate.from('2026-11-12'),
    clinician: 'Dr. Amara Okafor',
    insurer: 'Blue Cross Blue Shield',
    lines: Array.from({ length: lines }, (_, i) => ({
      ...each,
      service: `Service number ${i + 1}`,
      code: `9${1000 + i}`,
    })),
    charged: times(each.charged),
    insurancePaid: times(each.insurancePaid),
    discount: times(each.discount),
    share: times(each.share),
    settled: 0n,
    withdrawn: false,
    paidBefore: 0n,
    nextPaid: 0n,
    writtenOff: 0n,
    paid: 4000n,
    underway: 0n,
    owed: times(each.share) - 4000n,
    payUrl: 'https://portal.example.org/riverside/bills/inv_01',
    ...more,
  }
}

/** What a second reader finds in a file. */
async function read(bytes: Buffer) {
  const file = await getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise
  let tree: Node = {}
  const pages: string[] = []
  for (let n = 1; n <= file.numPages; n++) {
    const page = await file.getPage(n)
    const text = await page.getTextContent()
    pages.push(text.items.map(item => ('str' in item ? item.str : '')).join(' '))
    tree = (await page.getStructTree()) as Node // the whole document's, from any page
  }
  const flat: Node[] = []
  const walk = (node: Node) => {
    flat.push(node)
    for (const child of node.children ?? []) walk(child)
  }
  walk(tree)
  const marks = (await file.getMarkInfo()) as unknown as Map<string, unknown> | null
  const preferences = (await file.getViewerPreferences()) as Map<string, unknown> | null
  const { info } = await file.getMetadata()
  return {
    pages,
    text: pages.join(' '),
    title: (info as { Title?: string }).Title,
    language: (info as { Language?: string }).Language,
    marked: marks?.get('Marked'),
    displayTitle: preferences?.get('DisplayDocTitle'),
    roles: flat.map(node => node.role).filter(role => role !== undefined),
    alts: flat.map(node => node.alt).filter(alt => alt !== undefined),
  }
}

const count = (roles: string[], role: string) => roles.filter(found => found === role).length

test('a bill is a tagged document with language, title, headings, a table with headers, and a described QR code', async () => {
  const found = await read(await billPdf(bill(4)))
  expect(found.marked).toBe(true)
  expect(found.displayTitle).toBe(true)
  expect(found.language).toBe('en')
  expect(found.title).toBe('Bill INV-2041 from Riverside Family Medicine')
  expect(count(found.roles, 'H1')).toBe(1)
  expect(count(found.roles, 'Table')).toBe(1)
  expect(count(found.roles, 'TH')).toBe(6 + 4)
  expect(count(found.roles, 'TD')).toBe(4 * 5)
  expect(found.alts).toEqual(['QR code that opens https://portal.example.org/riverside/bills/inv_01'])
})

test('every amount of a bill can be read, with its page number', async () => {
  const { text } = await read(await billPdf(bill(4)))
  for (const amount of [
    '$960.00',
    '−$384.00',
    '−$256.00',
    '$320.00',
    '−$40.00',
    '$280.00',
    '$240.00',
    '−$96.00',
    '$80.00',
  ])
    expect(text).toContain(amount)
  expect(text).toContain('Page 1 of 1')
  expect(text).toContain('Leo Ortega')
})

/** How deep marked content stands open after each operator that opens or closes it, for each page, as its bytes say it. */
function depthsOf(bytes: Buffer): number[][] {
  const streams = [...bytes.toString('latin1').matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].map(
    ([, text = '']) => text,
  )
  const contents = streams.flatMap(text => {
    try {
      return [inflateSync(Buffer.from(text, 'latin1')).toString('latin1')]
    } catch {
      return []
    }
  })
  return contents.flatMap(content => {
    const marks = content.match(/(?<=\s)(BMC|BDC|EMC)(?=\s|$)/g)
    let depth = 0
    return marks ? [marks.map(mark => (depth += mark === 'EMC' ? -1 : 1))] : []
  })
}

test('what is marked on a page is closed as often as it is opened, one within none, also where a table goes on', async () => {
  const pages = depthsOf(await billPdf(bill(120)))
  expect(pages.length).toBeGreaterThan(3)
  for (const [n, depths] of pages.entries()) {
    expect(depths.length, `page ${n + 1}`).toBeGreaterThan(20)
    expect(depths, `page ${n + 1}`).toEqual(depths.map((_, i) => (i % 2 ? 0 : 1)))
  }
})

test('a bill of ordinary length is small, and the same twice', async () => {
  const bytes = await billPdf(bill(12))
  expect(bytes.length).toBeLessThan(30 * 1024)
  expect(await billPdf(bill(12))).toEqual(bytes)
})

test('300 lines run over pages, the head standing again on each, and leave the event loop free', async () => {
  let turns = 0
  let running = true
  const turn = () => {
    turns++
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  const bytes = await billPdf(bill(300))
  running = false
  const { pages, roles } = await read(bytes)
  expect(pages.length).toBeGreaterThan(8)
  expect(pages.filter(text => text.includes('Charged')).length).toBeGreaterThanOrEqual(pages.length - 1)
  pages.forEach((text, i) => {
    expect(text).toContain(`Page ${i + 1} of ${pages.length}`)
  })
  expect(pages.join(' ')).toContain('Service number 300')
  expect(roles.filter(role => role === 'TD').length).toBe(1500)
  expect(turns).toBeGreaterThan(12) // others had their turn at least every 25 rows
})

test('names of any script, length and malice make a document', async () => {
  const names = [
    'Zoë Müller-Łukasiewicz Ñandú Ő',
    'ليو أورتيغا',
    '李小龍 🎉',
    'W'.repeat(400),
    '\u0000\u202e\ud800 (\\) <script>',
    '  ',
    '',
  ]
  for (const name of names) {
    const { text } = await read(await billPdf(bill(2, { patient: name, title: name || 'Bill', clinician: name })))
    expect(text).toContain('$160.00')
  }
  const { text } = await read(await billPdf(bill(1, { patient: names[0] ?? '' })))
  expect(text).toContain('Zoë Müller-Łukasiewicz Ñandú Ő')
})

test('a receipt says what was paid, with what, and where it went, in Spanish too', async () => {
  const found = await read(
    await receiptPdf({
      words: wordsFor('es'),
      zone: 'America/New_York',
      sender,
      number: 'R-10243',
      amount: 18500n,
      paidAt: at,
      paidBy: 'Lucía Fernández',
      method: 'Visa terminada en 4242',
      credit: 2000n,
      beingPosted: true,
      parts: [{ bill: 'Consulta', number: 'INV-2041', patient: 'Lucía Fernández', paid: 18000n, left: 0n }],
      keptAsCredit: 500n,
      refunds: [{ amount: 1000n, on: Temporal.PlainDate.from('2026-11-25') }],
    }),
  )
  for (const piece of ['$185.00', '$20.00', '$165.00', '$180.00', '$5.00', '$10.00', 'R-10243', 'Lucía Fernández'])
    expect(found.text).toContain(piece)
  expect(found.language).toBe('es')
  expect(count(found.roles, 'TH')).toBe(5 + 2)
})
