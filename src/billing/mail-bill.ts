import { recordEvent } from '../audit/events.ts'
import { selectRecipients } from '../identity/logins.ts'
import { type StaffActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import { rows, transact } from '../platform/database.ts'
import type { Invoice } from './invoices.ts'

/**
 * Has a bill mailed to its household: a job sends each person who may see it a link that opens it; staff may. Answers the
 * addresses. Refuses `bill.noAddress` where nobody can be written to. Records invoice.mailed.
 */
export async function mailBill(
  app: App,
  actor: StaffActor | SystemActor,
  invoice: Pick<Invoice, 'id' | 'account' | 'patient'>,
): Promise<string[]> {
  return transact(app.db, wholePractice(actor.practice), async tx => {
    const household = await rows(tx, selectRecipients(actor.practice, invoice.account))
    const recipients = household.filter(({ patients }) => patients.includes(invoice.patient))
    if (recipients.length === 0) throw new Refusal('conflict', 'bill.noAddress')
    await recordEvent(app, tx, actor, {
      type: 'invoice.mailed',
      subject: invoice.id,
      account: invoice.account,
      patient: invoice.patient,
    })
    return recipients.map(each => each.email)
  })
}
