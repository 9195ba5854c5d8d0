import type { Cents } from '../kernel/money.ts'
import { renderDocument } from './pdf/document.ts'
import type { Words } from './words.ts'

/** The sender of a document. */
export type Sender = {
  name: string
  brand: string
  /** Street, town and so on, one line each. */
  address: readonly string[]
  phone: string | null
  taxId: string | null
}

export type BillDocument = {
  words: Words
  zone: string
  /** The instant whose balance it shows. */
  at: Temporal.Instant
  sender: Sender
  number: string
  title: string
  patient: string
  guarantor: string
  issuedOn: Temporal.PlainDate
  dueOn: Temporal.PlainDate | null
  visitOn: Temporal.PlainDate | null
  clinician: string | null
  insurer: string | null
  lines: readonly {
    service: string
    code: string | null
    charged: Cents
    insurancePaid: Cents
    discount: Cents
    share: Cents
  }[]
  charged: Cents
  insurancePaid: Cents
  discount: Cents
  share: Cents
  /** Taken back whole by a credit note: nothing of it is owed, nor was paid. */
  withdrawn: boolean
  /** Settled before this portal. */
  settled: Cents
  /** Paid at the visit, as the insurer says. */
  paidBefore: Cents
  /** Borne by a later payer. */
  nextPaid: Cents
  /** Borne by the practice, because what was paid went back. */
  writtenOff: Cents
  paid: Cents
  underway: Cents
  /** What is open minus what is being paid. */
  owed: Cents
  /** Where the bill can be paid, while something is owed. */
  payUrl: string | null
}

/** A bill as a tagged PDF: whose, for what, what insurance did, what is owed and how to pay it. */
export function billPdf(bill: BillDocument): Promise<Buffer> {
  const { words, sender } = bill
  const { t, money } = words
  const less = (cents: Cents) => money(-cents)
  return renderDocument({
    lang: words.locale,
    title: t('pdf.bill.title', { number: bill.number, practice: sender.name }),
    at: bill.at,
    letterhead: letterheadOf(words, sender),
    heading: `${t('pdf.bill')} ${bill.number}`,
    answer: { label: t('pdf.asOf', { time: words.dateTime(bill.at, bill.zone) }), value: money(bill.owed) },
    facts: factsOf(bill),
    tables: [
      {
        title: bill.title,
        columns: [
          { head: t('bill.service'), share: 33 },
          { head: t('pdf.code'), share: 15 },
          { head: t('bill.charged'), share: 13, num: true },
          { head: t('bill.insurancePaid'), share: 14, num: true },
          { head: t('bill.discount'), share: 14, num: true },
          { head: t('bill.yourPart'), share: 13, num: true },
        ],
        rows: bill.lines.map(line => [
          line.service,
          line.code ?? '',
          money(line.charged),
          less(line.insurancePaid),
          less(line.discount),
          money(line.share),
        ]),
      },
    ],
    sums: [
      { name: t('bill.charges'), value: money(bill.charged) },
      { name: t('bill.insurancePaid'), value: less(bill.insurancePaid) },
      { name: t('bill.discount'), value: less(bill.discount) },
      { name: t('bill.yourPart'), value: money(bill.share), strong: true },
      ...closedBy(bill),
      ...(bill.underway ? [{ name: t('bill.underway'), value: less(bill.underway) }] : []),
      { name: t('bill.youOwe'), value: money(bill.owed), strong: true },
    ],
    ...(bill.payUrl && bill.owed > 0n ? { pay: howToPay(words, sender, bill.payUrl) } : {}),
    footer: `${sender.name} · ${bill.number}`,
    page: (page, pages) => t('pdf.page', { page, pages }),
  })
}

/** What closed part of the bill, or all of it. */
function closedBy(bill: BillDocument) {
  const { t, money } = bill.words
  const sums: [string, Cents][] = bill.withdrawn
    ? [[t('bill.status.withdrawn'), bill.share]]
    : [
        [t('bill.status.settled'), bill.settled],
        [t('bill.paidBefore'), bill.paidBefore],
        [t('bill.nextPaid'), bill.nextPaid],
        [t('bill.writtenOff'), bill.writtenOff],
        [t('bill.paid'), bill.paid],
      ]
  return sums.flatMap(([name, cents]) => (cents ? [{ name, value: money(-cents) }] : []))
}

function factsOf(bill: BillDocument) {
  const { t, dayFull } = bill.words
  const facts: [string, string | null][] = [
    [t('pdf.patient'), bill.patient],
    [t('pdf.account'), bill.guarantor],
    [t('pdf.issued'), dayFull(bill.issuedOn)],
    [t('pdf.due'), bill.dueOn && dayFull(bill.dueOn)],
    [t('pdf.visit'), bill.visitOn && dayFull(bill.visitOn)],
    [t('pdf.clinician'), bill.clinician],
    [t('pdf.insurer'), bill.insurer],
  ]
  return facts.flatMap(([name, value]) => (value ? [{ name, value }] : []))
}

/** The practice's name over its address, phone and tax number. */
export function letterheadOf({ t }: Words, { name, brand, address, phone, taxId }: Sender) {
  const lines = [address.join(', '), phone, taxId && t('pdf.taxId', { id: taxId })].filter(line => !!line)
  return { name, brand, lines: lines as string[] }
}

function howToPay({ t }: Words, { phone }: Sender, url: string) {
  return {
    heading: t('pdf.howToPay'),
    lines: [t('pdf.howToPay.online', { url }), ...(phone ? [t('pdf.howToPay.phone', { phone })] : [])],
    qr: { url, alt: t('pdf.qr', { url }) },
  }
}
