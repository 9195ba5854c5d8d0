import type { RecordedEvent } from '../audit/events.ts'
import { findInvoice } from '../billing/invoices.ts'
import type { Words } from '../design/words.ts'
import { mintLink } from '../identity/links.ts'
import { wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { type InvoiceId, isId, type LoginId, type PracticeId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import { getOwed, owedOf } from '../payments/owed.ts'
import type { App } from '../platform/app.ts'
import { transact } from '../platform/database.ts'
import { type Letter, letter, openDesk, readersOf } from './letter.ts'

/** A bill's mail with a link that opens that bill: nothing of what it is for stands in it, and one that was paid meanwhile is not sent. */
export async function writeBillMail(app: App, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  if (!isId('inv', event.subject)) return []
  const id: InvoiceId = event.subject
  return transact(app.db, wholePractice(practice), async tx => {
    const bill = await findInvoice(tx, practice, id)
    // What payments under way will cover is not asked for.
    const toPay = bill && owedOf(await getOwed(tx, practice, bill.account), [id])
    if (!bill || !toPay) return []
    const desk = await openDesk(app, tx, practice)
    const today = dayIn(desk.practice.timeZone, app.now())
    const letters: Letter[] = []
    for (const reader of await readersOf(tx, practice, bill.account)) {
      const { token } = await mintLink(tx, practice, {
        login: reader.login as LoginId,
        purpose: 'access',
        destination: paths.bill(desk.practice.slug, id),
      })
      const href = desk.url(paths.link(desk.practice.slug, token))
      letters.push(
        letter(desk, reader, { about: event.id, kind: 'bill', account: bill.account }, words => ({
          subject: words.t('mail.bill.subject', { practice: desk.practice.name }),
          title: words.t('mail.bill.title', { amount: toPay }),
          paragraphs: [askOf(words, bill.dueOn, today)],
          button: { label: words.t('mail.bill.button'), href },
        })),
      )
    }
    return letters
  })
}

/** When the bill is or was due, and what the link does; another year is named. */
function askOf(words: Words, dueOn: Temporal.PlainDate, today: Temporal.PlainDate): string {
  const isLate = Temporal.PlainDate.compare(dueOn, today) < 0
  return words.t(isLate ? 'mail.bill.bodyLate' : 'mail.bill.body', { day: words.dayOfMonth(dueOn, today) })
}
