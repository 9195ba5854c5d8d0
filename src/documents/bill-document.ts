import { billPdf } from '../design/bill-pdf.ts'
import { paths } from '../kernel/paths.ts'
import type { BillStory } from './bill-story.ts'
import { nameOf, type Sheet, senderOf } from './sheet.ts'

/** A bill to keep and print, as it stands at an instant; `site` is where it can be paid. Needs no database. */
export function drawBill(
  sheet: Sheet,
  story: BillStory,
  { at, site }: { at: Temporal.Instant; site: string },
): Promise<Uint8Array> {
  const { words, practice } = sheet
  const { bill, lines, household, settled, paidBefore, nextPaid, writtenOff, paid, underWay, toPay } = story
  return billPdf({
    words,
    zone: practice.timeZone,
    at,
    sender: senderOf(sheet),
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
    paid,
    underway: underWay,
    owed: toPay,
    payUrl: toPay > 0n ? `${site}${paths.bill(practice.slug, bill.id)}` : null,
  })
}
