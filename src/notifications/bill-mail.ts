import { findInvoice, type Invoice } from '../billing/invoices.ts'
import type { Words } from '../design/words.ts'
import { mintLink } from '../identity/links.ts'
import { getPatient } from '../identity/patients.ts'
import { dayIn } from '../kernel/dates.ts'
import { isId, type PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { paths } from '../kernel/paths.ts'
import { getOwed, owedOf } from '../payments/owed.ts'
import type { Tx } from '../platform/database.ts'
import { addressHousehold, findReader, type LetterKind, letter } from './letter.ts'

/** A bill's mail with a link that opens that bill: nothing of what it is for stands in it, and one that was paid meanwhile is not sent. */
export const billLetter: LetterKind = {
  kind: 'bill',
  async address(tx, practice, event) {
    const asked = await findAsked(tx, practice, event.subject)
    return asked ? addressHousehold(tx, practice, asked.bill, event.id) : []
  },
  async write(app, tx, sheet) {
    const { id: practice, slug, name, timeZone } = sheet.practice
    const asked = await findAsked(tx, practice, sheet.event.subject)
    const reader = asked && (await findReader(tx, sheet, asked.bill.account))
    if (!asked || !reader?.patients.includes(asked.bill.patient)) return undefined
    const { bill, toPay } = asked
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

/** The bill, while there is something to pay: what payments under way will cover is not asked for. */
async function findAsked(
  tx: Tx,
  practice: PracticeId,
  id: string,
): Promise<{ bill: Invoice; toPay: Cents } | undefined> {
  const bill = isId('inv', id) ? await findInvoice(tx, practice, id) : undefined
  const toPay = bill && owedOf(await getOwed(tx, practice, bill.account), [bill.id])
  return bill && toPay ? { bill, toPay } : undefined
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
