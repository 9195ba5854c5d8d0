import type { PaymentId } from '../kernel/ids.ts'
import type { Connection } from './connections.ts'
import type { AttemptState, PaymentsApp } from './processor.ts'

/**
 * What a complete listing since an instant, by the processor's clock, shows of these payments: of each the attempt that succeeded, else
 * the first. Undefined where part of it was not answered, so that nobody takes a part for the whole.
 */
export async function findAttempts(
  app: PaymentsApp,
  { processorAccount }: Pick<Connection, 'processorAccount'>,
  payments: Iterable<PaymentId>,
  since: Temporal.Instant,
): Promise<Map<PaymentId, AttemptState> | undefined> {
  const sought: ReadonlySet<string> = new Set(payments)
  const found = new Map<PaymentId, AttemptState>()
  for await (const page of app.processor.find(processorAccount, since)) {
    if (!('value' in page)) return undefined
    for (const attempt of page.value) {
      const payment = attempt.payment as PaymentId | undefined
      if (payment === undefined || !sought.has(payment)) continue
      if (attempt.status === 'succeeded' || !found.has(payment)) found.set(payment, attempt)
    }
  }
  return found
}
