import { findInvoice, type Invoice } from '../billing/invoices.ts'
import type { Words } from '../design/words.ts'
import { readBillStory } from '../documents/bill-story.ts'
import { mintLink } from '../identity/links.ts'
import { getPatient } from '../identity/patients.ts'
import { dayIn } from '../kernel/dates.ts'
import { isId, type PracticeId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import type { Tx } from '../platform/database.ts'
import { addressHousehold, findReader, type LetterKind, letter } from './letter.ts'

/** A bill's mail with a link that opens that bill: nothing of what it is for stands in it, and one that was paid meanwhile is not sent. */
export const billLetter: LetterKind = {
  kind: 'bill',
  async address(tx, practice, event) {
    const bill = await findBill(tx, practice, event.subject)
    return bill ? addressHousehold(tx, practice, bill, event.id) : []
  },
  async write(app, tx, sheet) {
    const { id: practice, slug, name, timeZone } = sheet.practice
    const bill = await findBill(tx, practice, sheet.event.subject)
    const reader = bill && (await findReader(tx, sheet, bill.account))
    if (!bill || !reader?.patients.includes(bill.patient)) return undefined
    // What payments under way will cover is not asked for.
    const { toPay } = await readBillStory(tx, sheet.practice, bill)
    if (toPay === 0n) return undefined
    const destination = paths.bill(slug, bill.id)
    const { token } = await mintLink(tx, practice, { login: reader.login, purpose: 'access', destination })
    const today = dayIn(timeZone, app.now())
    const { deceased } = await getPatient(tx, practice, bill.patient)
    return letter(sheet, reader.locale, words => ({
      subject: words.t('mail.bill.subject', { practice: name }),
      title: words.t(deceased ? 'mail.bill.deceased.title' : 'mail.bill.title', { amount: toPay }),
      paragraphs: [askOf(words, bill.dueOn, { today, deceased })],
      button: { label: words.t('mail.bill.button'), href: sheet.url(paths.link(slug, token)) },
    }))
  },
}

async function findBill(tx: Tx, practice: PracticeId, id: string): Promise<Invoice | undefined> {
  return isId('inv', id) ? findInvoice(tx, practice, id) : undefined
}

/** When the bill is or was due, and what the link does; another year is named. In other words where its patient died. */
function askOf(
  words: Words,
  dueOn: Temporal.PlainDate,
  { today, deceased }: { today: Temporal.PlainDate; deceased: boolean },
): string {
  const isLate = Temporal.PlainDate.compare(dueOn, today) < 0
  const body = isLate ? 'bodyLate' : 'body'
  return words.t(deceased ? `mail.bill.deceased.${body}` : `mail.bill.${body}`, {
    day: words.dayOfMonth(dueOn, today),
  })
}
