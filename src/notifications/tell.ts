import { findEvent, type RecordedEvent } from '../audit/events.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { EventId, PracticeId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { writeBillMail } from './bill-mail.ts'
import { writeCodeMail } from './code-mail.ts'
import type { Letter } from './letter.ts'
import { writeInvitation, writeLinkMail } from './link-mail.ts'
import { recordMessage, wasTold } from './messages.ts'
import { writeDeclined, writeReceipt, writeRefund } from './payment-mails.ts'
import { writeUnlockMail } from './unlock-mail.ts'

/**
 * Tells whoever an event concerns: reads the event after its commit, writes the letters, sends each once. A letter that could not
 * be sent throws, and the job comes back; one sent before is not sent again.
 */
export async function tell(app: PaymentsApp, practice: PracticeId, id: EventId): Promise<void> {
  const event = await transact(app.db, wholePractice(practice), tx => findEvent(tx, practice, id))
  if (!event) return
  for (const letter of await write(app, practice, event)) await send(app, practice, letter)
}

async function write(app: PaymentsApp, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  switch (event.type) {
    case 'link.asked':
      return writeLinkMail(app, practice, event)
    case 'code.asked':
      return writeCodeMail(app, practice, event)
    case 'staff.locked':
      return writeUnlockMail(app, practice, event)
    case 'staff.invited':
      return writeInvitation(app, practice, event)
    case 'invoice.mailed':
      return writeBillMail(app, practice, event)
    case 'payment.succeeded':
      return writeReceipt(app, practice, event)
    case 'payment.failed':
      return writeDeclined(app, practice, event)
    case 'refund.succeeded':
      return writeRefund(app, practice, event)
    default:
      return []
  }
}

/** No network inside a transaction: it is sent, then noted as told; a job that dies in between tells twice rather than never. */
async function send(app: PaymentsApp, practice: PracticeId, letter: Letter): Promise<void> {
  const { about, kind, to, account, mail } = letter
  const scope = wholePractice(practice)
  if (await transact(app.db, scope, tx => wasTold(tx, practice, { about, kind, recipient: to }))) return
  await app.mailer.send({ to, from: app.config.mailFrom, ...mail })
  app.failpoint('outbox.sent')
  await transact(app.db, scope, tx => recordMessage(tx, practice, { about, kind, recipient: to, account }))
}
