import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { billClaim } from '../../src/billing/bill-claim.ts'
import { readClaimBooks } from '../../src/billing/claim-books.ts'
import { checkLedger } from '../../src/books/check.ts'
import { lockAccount } from '../../src/identity/accounts.ts'
import { recordPatient } from '../../src/identity/patients.ts'
import { wholePractice } from '../../src/kernel/actor.ts'
import { type AccountId, type InvoiceId, newId, type PatientId, type PaymentId } from '../../src/kernel/ids.ts'
import { type Cents, decimalText, parseDollars } from '../../src/kernel/money.ts'
import { postPayment, recordDeskPayment } from '../../src/payments/desk.ts'
import { transact } from '../../src/platform/database.ts'
import { lookForReturns } from '../../src/recovery/look-for-returns.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { lower, withdraw } from '../support/claim-acts.ts'
import { claimLine, makeWorld, newPayment, query, TODAY, type World } from '../support/world.ts'

/*
 * docs/accounting.md, performed: each `## 1. …` of it is an act below with the same words, and the entries that the act
 * makes are the tables under that heading, line by line.
 */

type Section = { readonly title: string; readonly tables: readonly (readonly string[][])[] }
type Written = { readonly kind: string; readonly lines: readonly string[][] }
type PatientName = 'Maria' | 'Leo'
type PaymentName = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M'

const sections = readSections(readFileSync('docs/accounting.md', 'utf8'))
const payments = new Map<PaymentName, PaymentId>()
const patients = new Map<PatientName, PatientId>()
const seen = new Set<string>()
let world: World
let bank: Bank
let at: string
let account: AccountId

beforeAll(async () => {
  world = await makeWorld({ settings: { posting: 'manual', overpaying: 'on' } })
  bank = bankOf(world)
  at = await bank.processorAccount()
  const maria = await addPatient('Maria', '1988-03-14')
  account = maria.account
  await addPatient('Leo', '2016-09-02', account)
}, 60_000)
afterAll(() => world?.end())

const ACTS: Record<string, () => Promise<unknown>> = {
  'A bill is issued': () => issue('Maria', { charged: 24000n, insurancePaid: 15000n, discount: 5000n }),
  'A charge waits for insurance': () => issue('Leo', { charged: 9000n, source: 'x-ray', waiting: true }),
  'The insurer answers': () =>
    issue('Leo', { charged: 9000n, insurancePaid: 6000n, discount: 1000n, source: 'x-ray', daysLater: 1 }),
  'Insurance bears all of it': () => issue('Leo', { charged: 5000n, insurancePaid: 4200n, discount: 800n }),
  'A card payment is received': () => payByCard('A', 6000n),
  'Staff post it': () => post('A'),
  'Cash at the desk, and more than is owed': async () => {
    await issue('Leo', { charged: 3000n })
    await payCash('B', 5000n)
    await post('B')
  },
  'Credit alone pays a bill': async () => {
    await issue('Maria', { charged: 1500n })
    await payByCard('C', 1500n)
  },
  'Credit first, then the card': async () => {
    await issue('Leo', { charged: 4500n })
    await payByCard('D', 4500n)
    await post('D')
  },
  'A refund that opens the debt again': () => refund('A', 1000n),
  'A refund that leaves the bill paid': () => refund('A', 500n, false),
  'Cash is handed back': () => refund('B', 800n),
  'A refund before posting': async () => {
    await payByCard('E', 1800n)
    await refund('E', 600n)
    await post('E')
  },
  'A refund takes left credit first': async () => {
    await payCash('F', 1000n)
    await post('F')
    await refund('F', 500n)
  },
  'The processor refuses a refund': async () => {
    const bill = await issue('Maria', { charged: 3000n })
    await payByCard('G', 3000n, { bill, card: 'pm_card_createDispute' })
    await post('G')
    expect((await refund('G', 1000n)).status).toBe('failed')
  },
  'A dispute is opened': () => bank.takeDispute(at, idOf('G')),
  'A dispute is won': () => decide('G', 'winning_evidence'),
  'A dispute is lost, and the debt is owed again': async () => {
    const bill = await issue('Maria', { charged: 2500n })
    await payDisputed('H', bill, 2500n)
    await bank.book(idOf('H'), true)
  },
  'A dispute is lost, and written off': async () => {
    const { lines } = await bank.owed(account)
    await payDisputed('I', lines.find(line => line.patient === patients.get('Maria'))?.invoice, 2500n)
    await bank.book(idOf('I'), false)
  },
  'A lost dispute of what nobody had posted, written off': async () => {
    const bill = await issue('Maria', { charged: 1200n })
    await payByCard('J', 1200n, { bill })
    await lose('J')
    await bank.book(idOf('J'), false)
  },
  'The bank takes what was refunded already': async () => {
    const bill = await issue('Leo', { charged: 2000n })
    await payByCard('K', 2000n, { bill })
    await post('K')
    await refund('K', 2000n, false)
    await lose('K')
    await bank.book(idOf('K'), true)
  },
  'A refund reaches what its credit paid for': () => refund('B', 4200n),
  'Somebody refunds at the processor itself': async () => {
    const bill = await issue('Leo', { charged: 1600n })
    await payByCard('M', 1600n, { bill })
    await post('M')
    await refundThere('M', 600)
  },
  'Staff say what it means': () => bank.book(idOf('M'), true),
  'Such a refund is sent back': async () => {
    const refund = await refundThere('M', 400)
    await world.sandbox.control('refunds/end', { refund, status: 'failed' })
    await lookForReturns(bank.app, bank.practice, { wanted: 'all' })
  },
  'Settled before Portico': () => issue('Maria', { charged: 8000n, insurancePaid: 5500n, open: false }),
  'Paid at the visit, as the insurer says': () =>
    issue('Maria', { charged: 8000n, insurancePaid: 5000n, paidBefore: 3000n }),
  'A bill is withdrawn': async () => {
    await issue('Leo', { charged: 8000n, insurancePaid: 5000n, discount: 1000n, source: 'error' })
    await withdraw(bank, 'error')
  },
  'A claim without a bill is withdrawn': async () => {
    await issue('Leo', { charged: 5000n, insurancePaid: 5000n, source: 'no bill' })
    await withdraw(bank, 'no bill')
  },
  'A next payer bears part of a bill': async () => {
    await issue('Maria', { charged: 10000n, insurancePaid: 6000n, source: 'surgery' })
    await lower(bank, 'surgery', { 1: 1500n })
  },
  'A next payer bears what was paid already': async () => {
    const [bill] = (await booksOf('surgery'))?.bills ?? []
    await payByCard('L', 1500n, { bill: bill?.id })
    await post('L')
    await lower(bank, 'surgery', { 1: 500n }, 'third')
  },
  'A bill on which something was paid is withdrawn': () => withdraw(bank, 'surgery'),
}

test('the story has the acts that are told, in their order', () => {
  expect(sections.map(section => section.title)).toEqual([...Object.keys(ACTS), 'Where it stands'])
})

for (const { title, tables } of sections.filter(section => section.title in ACTS))
  test(title, async () => {
    await ACTS[title]?.()
    expect(await newEntries()).toEqual(tables.map(asWritten))
  })

test('where it stands: every ledger account adds up to what is told, and nothing differs from bills or processor', async () => {
  const found = await query<{ name: string; cents: string }>(
    world,
    `select ledger_account as name, sum(cents)::text as cents from ledger.line where practice_id = $1 group by 1 having sum(cents) <> 0`,
    [bank.practice],
  )
  const told = sections.at(-1)?.tables[0]?.slice(1) ?? []
  const sums = found.map(({ name, cents }) => [name, ...debitCredit(BigInt(cents))])
  expect(sums.sort()).toEqual(told.filter(([name]) => name !== '').sort())
  const total = (column: number) =>
    told.slice(0, -1).reduce((sum, row) => sum + (parseDollars(row[column] ?? '') ?? 0n), 0n)
  expect(told.at(-1)).toEqual(['', decimalText(total(1)), decimalText(total(2))])
  expect(total(1)).toBe(total(2))
  expect(await checkLedger(bank.app, bank.practice)).toMatchObject({ ok: true, differences: [] })
})

async function addPatient(givenName: PatientName, born: string, household?: AccountId) {
  const patient = await transact(bank.app.db, wholePractice(bank.practice), tx =>
    recordPatient(tx, bank.practice, {
      givenName,
      familyName: 'Ortega',
      bornOn: Temporal.PlainDate.from(born),
      gender: givenName === 'Maria' ? 'female' : 'male',
      email: null,
      phone: null,
      address: {},
      recordNumber: null,
      ...(household ? { account: household } : {}),
    }),
  )
  patients.set(givenName, patient.id)
  return patient
}

let issued = 0

/** Bills a claim of one line; the patient's share is what insurance neither paid nor took off. */
async function issue(
  name: PatientName,
  claim: {
    charged: Cents
    insurancePaid?: Cents
    discount?: Cents
    waiting?: boolean
    open?: boolean
    paidBefore?: Cents
    source?: string
    daysLater?: number
  },
): Promise<InvoiceId | undefined> {
  const {
    charged,
    insurancePaid = 0n,
    discount = 0n,
    waiting = false,
    open = true,
    paidBefore = 0n,
    source = newId('src'),
  } = claim
  const patientShare = waiting ? 0n : charged - insurancePaid - discount
  // Each bill is due a day after the one before, so that which is the oldest never depends on chance.
  const issuedOn = TODAY.subtract({ days: 60 - issued++ })
  const { invoice } = await transact(bank.app.db, wholePractice(bank.practice), async tx => {
    await lockAccount(tx, bank.practice, account)
    return billClaim(bank.app, tx, bank.actor, {
      account,
      patient: patients.get(name) ?? 'pat_',
      source,
      title: 'Visit',
      clinician: null,
      location: null,
      payer: 'Humana',
      servicedOn: issuedOn.subtract({ days: 10 }),
      issuedOn,
      open,
      paidBefore,
      lines: [{ ...claimLine(1, patientShare), charged, insurancePaid, discount, waiting }],
    })
  })
  return invoice ?? undefined
}

async function booksOf(source: string) {
  return bank.read(async tx => (await readClaimBooks(tx, bank.practice, [source])).get(source))
}

async function payByCard(
  name: PaymentName,
  amount: Cents,
  { bill, card }: { bill?: InvoiceId | undefined; card?: string } = {},
) {
  const paid = await bank.pay({ account, amount, ...(card ? { card } : {}), bills: bill ? [bill] : [] })
  expect(paid.status).toBe('succeeded')
  payments.set(name, paid.id)
}

async function payCash(name: PaymentName, amount: Cents) {
  const payment = newPayment()
  payments.set(name, payment)
  await recordDeskPayment(bank.app, bank.actor, { payment, account, bills: [], amount, kind: 'cash', reference: '' })
}

async function payDisputed(name: PaymentName, bill: InvoiceId | undefined, amount: Cents) {
  await payByCard(name, amount, { bill, card: 'pm_card_createDispute' })
  await post(name)
  await bank.takeDispute(at, idOf(name))
  await decide(name, 'losing_evidence')
}

/** The card holder's bank disputes all of a payment, and wins. */
async function lose(name: PaymentName) {
  const paid = await bank.payment(idOf(name))
  await world.sandbox.control('disputes', { payment_intent: paid?.intent, amount: Number(paid?.amount) })
  await decide(name, 'losing_evidence')
}

/** Somebody refunds a part of a payment at the processor itself, and Portico looks. */
async function refundThere(name: PaymentName, amount: number): Promise<string> {
  const paid = await bank.payment(idOf(name))
  const { id } = await world.sandbox.control('refunds', { payment_intent: paid?.intent, amount })
  await lookForReturns(bank.app, bank.practice, { wanted: 'all' })
  return String(id)
}

async function decide(name: PaymentName, verdict: 'winning_evidence' | 'losing_evidence') {
  await bank.decideDispute(at, await bank.takeDispute(at, idOf(name)), verdict)
  await bank.takeDispute(at, idOf(name))
}

const idOf = (name: PaymentName): PaymentId => payments.get(name) ?? 'pay_'
const post = (name: PaymentName) => postPayment(bank.app, bank.actor, idOf(name))
const refund = (name: PaymentName, amount: Cents, reopens = true) => bank.refund(idOf(name), amount, { reopens })

/** The entries made since the last look, as the document writes them. */
async function newEntries(): Promise<Written[]> {
  const lines = await query<{
    id: string
    kind: string
    name: string
    patient: PatientId | null
    payment: PaymentId | null
    cents: string
  }>(
    world,
    `select e.id, e.kind, l.ledger_account as name, l.patient_id as patient, l.payment_id as payment, l.cents::text as cents
      from ledger.entry e join ledger.line l on l.practice_id = e.practice_id and l.entry_id = e.id where e.practice_id = $1 order by e.id, l.n`,
    [bank.practice],
  )
  const fresh = Map.groupBy(
    lines.filter(line => !seen.has(line.id)),
    line => line.id,
  )
  for (const id of fresh.keys()) seen.add(id)
  return [...fresh.values()].map(of => ({
    kind: of[0]?.kind ?? '',
    lines: of.map(line => [
      line.name,
      nameIn(patients, line.patient),
      nameIn(payments, line.payment),
      ...debitCredit(BigInt(line.cents)),
    ]),
  }))
}

function nameIn<Name extends string>(names: ReadonlyMap<Name, string>, id: string | null): string {
  return id === null ? '' : ([...names].find(([, each]) => each === id)?.[0] ?? id)
}

function debitCredit(cents: Cents): [debit: string, credit: string] {
  return cents > 0n ? [decimalText(cents), ''] : ['', decimalText(-cents)]
}

/** A table of the document whose first heading names the kind of entry. */
function asWritten([heading, ...lines]: readonly string[][]): Written {
  return { kind: heading?.[0] ?? '', lines }
}

/** The numbered sections of the document, each with its tables as rows of cells, without the ruled line. */
function readSections(text: string): Section[] {
  return text
    .split(/^## \d+\. /m)
    .slice(1)
    .map(section => {
      const [title = '', ...lines] = section.split(/\n## (?!\d)/)[0]?.split('\n') ?? []
      const tables: string[][][] = []
      for (const [index, line] of lines.entries()) {
        if (!line.startsWith('|')) continue
        if (!lines[index - 1]?.startsWith('|')) tables.push([])
        if (!/^[|\s:-]+$/.test(line)) tables.at(-1)?.push(cellsOf(line))
      }
      return { title, tables }
    })
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|\s*$/g, '')
    .split('|')
    .map(cell => cell.replaceAll(/[`*]/g, '').trim())
}
