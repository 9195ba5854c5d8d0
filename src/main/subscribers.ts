import type { Subscribers } from '../audit/subscribers.ts'
import { outbox } from '../notifications/outbox.ts'
import type { PaymentsApp } from '../processor/processor.ts'

/** Who listens to what happens. Each has a job of its own for each event, so that one that fails repeats nothing of another's. */
export const subscribers: Subscribers<PaymentsApp> = {
  'link.asked': [outbox('link')],
  'code.asked': [outbox('code')],
  'staff.invited': [outbox('invitation')],
  'staff.locked': [outbox('unlock')],
  'invoice.mailed': [outbox('bill')],
  'payment.succeeded': [outbox('receipt')],
  'payment.failed': [outbox('declined')],
  'refund.succeeded': [outbox('refund')],
  'refund.booked': [outbox('refund')],
}
