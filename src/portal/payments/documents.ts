import { givenWithoutPayment, selectInvoiceAllocations } from '../../billing/allocations.ts'
import { selectInvoiceLines } from '../../billing/invoices.ts'
import { billPdf, type Sender } from '../../design/bill-pdf.ts'
import { paidWith } from '../../design/paid-with.ts'
import { receiptPdf } from '../../design/receipt-pdf.ts'
import { fullName, selectHousehold } from '../../identity/patients.ts'
import { hexOf } from '../../kernel/colour.ts'
import { dayIn } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { owedFrom, owedOf, selectOwed, viewer } from '../../payments/owed.ts'
import { receiptNumber } from '../../payments/payments.ts'
import { batch } from '../../platform/database.ts'
import type { Practice } from '../../practice/practices.ts'
import type { Settings } from '../../practice/settings.ts'
import { pdf } from '../../web/answers.ts'
import { type PatientGet, patientGet, type Route } from '../../web/route.ts'
import { readReceipt } from './receipt.ts'

const billDocument = patientGet(
  { path: '/:practice/bills/:bill/bill.pdf', room: 'billing', audit: 'bill.print', answers: 'pdf' },
  async context => {
    const { app, practice, settings, actor, words, tx, records } = context
    const { bill } = records
    const [lines, allocations, household, ...owedRows] = await batch(tx, [
      selectInvoiceLines(practice.id, bill.id),
      selectInvoiceAllocations(practice.id, bill.id),
      selectHousehold(practice.id, actor.account),
      ...selectOwed(practice.id, actor.account, viewer(actor)),
    ])
    const owed = owedOf(owedFrom(owedRows), [bill.id])
    const { settled, paidBefore, nextPaid, writtenOff } = givenWithoutPayment(allocations)
    const nameOf = (person: (typeof household)[number] | undefined) => (person ? fullName(person) : '')
    const bytes = await billPdf({
      words,
      zone: practice.timeZone,
      at: app.now(),
      sender: senderOf(practice, settings),
      number: bill.number,
      title: bill.title,
      patient: nameOf(household.find(person => person.id === bill.patient)),
      guarantor: nameOf(household[0]),
      issuedOn: bill.issuedOn,
      dueOn: bill.dueOn,
      visitOn: bill.servicedOn,
      clinician: bill.clinicianName,
      insurer: bill.payer,
      lines: lines.map(line => ({ ...line, service: [line.description, ...line.items].join(' · ') })),
      charged: bill.charged,
      insurancePaid: bill.insurancePaid,
      discount: bill.discount,
      share: bill.total,
      withdrawn: bill.withdrawnAt !== null,
      settled,
      paidBefore,
      nextPaid,
      writtenOff,
      paid: bill.total - bill.open - settled - paidBefore - nextPaid - writtenOff,
      underway: bill.open - owed,
      owed,
      payUrl: owed > 0n ? `${app.config.url}${paths.bill(practice.slug, bill.id)}` : null,
    })
    return pdf(bytes, `${bill.number}.pdf`)
  },
)

const receiptDocument = patientGet(
  { path: '/:practice/payments/:payment/receipt.pdf', room: 'payments', audit: 'receipt.print', answers: 'pdf' },
  async context => {
    const { records } = context
    // Only money that came in has a receipt.
    if (records.payment.status !== 'succeeded') throw new Refusal('absent', 'receipt.absent')
    return pdf(await receiptBytes(context), `${receiptNumber(records.payment.id)}.pdf`)
  },
)

async function receiptBytes({
  practice,
  settings,
  words,
  tx,
  records: { payment },
}: PatientGet<'/:practice/payments/:payment'>): Promise<Uint8Array> {
  const { parts, household, refunds, keptAsCredit, paidBy } = await readReceipt(tx, payment, practice.id)
  const nameOf = (id: string) => {
    const patient = household.find(person => person.id === id)
    return patient ? fullName(patient) : ''
  }
  return receiptPdf({
    words,
    zone: practice.timeZone,
    sender: senderOf(practice, settings),
    number: receiptNumber(payment.id),
    amount: payment.amount,
    paidAt: payment.receivedAt ?? payment.createdAt,
    paidBy: paidBy ?? (household[0] ? fullName(household[0]) : ''),
    method: paidWith(words, payment),
    credit: payment.methodKind === 'credit' ? 0n : payment.creditUsed,
    beingPosted: payment.postedAt === null,
    parts: parts.map(({ title, number, patient, cents, left }) => ({
      bill: title,
      number,
      patient: nameOf(patient),
      paid: cents,
      left,
    })),
    keptAsCredit,
    refunds: refunds.flatMap(({ status, amount, finishedAt }) =>
      status === 'succeeded' && finishedAt ? [{ amount, on: dayIn(practice.timeZone, finishedAt) }] : [],
    ),
  })
}

/** The practice as the sender of a document. */
function senderOf({ name, address, phone, taxId }: Practice, { brand }: Settings): Sender {
  const town = [address.city, [address.state, address.postalCode].filter(Boolean).join(' ')].filter(Boolean).join(', ')
  return {
    name,
    brand: hexOf(brand),
    address: [...(address.lines ?? []), town].filter(line => line !== ''),
    phone,
    taxId,
  }
}

/** Bills and receipts to keep and print. */
export const documentRoutes: Route[] = [billDocument, receiptDocument]
