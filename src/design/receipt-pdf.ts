import type { Cents } from '../kernel/money.ts'
import { letterheadOf, type Sender } from './bill-pdf.ts'
import { renderDocument } from './pdf/document.ts'
import type { Words } from './words.ts'

export type ReceiptDocument = {
  words: Words
  zone: string
  sender: Sender
  number: string
  amount: Cents
  paidAt: Temporal.Instant
  paidBy: string
  /** "Visa ending 4242", "Cash". */
  method: string
  /** How much of it was credit; zero leaves it out. */
  credit: Cents
  /** True until the practice has given it to the bills: it then says where it will go. */
  beingPosted: boolean
  /** Where it went, as on the page. */
  parts: readonly { bill: string; number: string; patient: string; paid: Cents; left: Cents | null }[]
  /** Kept for the account; zero leaves it out. */
  keptAsCredit: Cents
  refunds: readonly { amount: Cents; on: Temporal.PlainDate }[]
}

/** A receipt as a tagged PDF: what was paid, with what, and where it went. */
export function receiptPdf(receipt: ReceiptDocument): Promise<Buffer> {
  const { words, sender } = receipt
  const { t, money } = words
  return renderDocument({
    lang: words.locale,
    title: t('pdf.receipt.title', { number: receipt.number, practice: sender.name }),
    at: receipt.paidAt,
    letterhead: letterheadOf(words, sender),
    heading: `${t('pdf.receipt')} ${receipt.number}`,
    answer: { label: t('payment.amount'), value: money(receipt.amount) },
    facts: [
      { name: t('payment.when'), value: words.dateTime(receipt.paidAt, receipt.zone) },
      { name: t('payment.with'), value: receipt.method },
      { name: t('payment.by'), value: receipt.paidBy },
      { name: t('payment.to'), value: sender.name },
    ],
    tables: [
      {
        title: t(receipt.beingPosted ? 'payment.where.will' : 'payment.where'),
        columns: [
          { head: t('payment.where.bill'), share: 36 },
          { head: t('pdf.number'), share: 18 },
          { head: t('pdf.patient'), share: 22 },
          { head: t('payment.where.part'), share: 14, num: true },
          { head: t('payment.where.left'), share: 14, num: true },
        ],
        rows: rowsOf(receipt),
      },
    ],
    sums: sumsOf(receipt),
    paragraphs: [
      ...(receipt.beingPosted ? [t('mail.receipt.posting', { practice: sender.name })] : []),
      ...receipt.refunds.map(({ amount, on }) =>
        t('payment.refunded', { amount, when: t('past.on', { day: words.dayFull(on) }) }),
      ),
      t('pdf.thanks'),
    ],
    footer: `${sender.name} · ${receipt.number}`,
    page: (page, pages) => t('pdf.page', { page, pages }),
  })
}

function rowsOf({ words: { t, money }, parts, keptAsCredit, beingPosted }: ReceiptDocument): string[][] {
  const rows = parts.map(({ bill, number, patient, paid, left }) => [
    bill,
    number,
    patient,
    money(paid),
    left === null ? '' : money(left),
  ])
  return keptAsCredit
    ? [
        ...rows,
        [t(beingPosted ? 'payment.where.credit.will' : 'payment.where.credit'), '', '', money(keptAsCredit), ''],
      ]
    : rows
}

function sumsOf({ words: { t, money }, credit, amount }: ReceiptDocument) {
  return [
    ...(credit
      ? [
          { name: t('payment.credit'), value: money(credit) },
          { name: t('payment.card'), value: money(amount - credit) },
        ]
      : []),
    { name: t('payment.amount'), value: money(amount), strong: true },
  ]
}
