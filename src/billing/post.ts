import type { Actor } from '../kernel/actor.ts'
import type { AccountId, EntryId, PaymentId } from '../kernel/ids.ts'
import { type Cents, type Currency, leastCents, sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { credit, debit, recordEntry } from '../ledger/entries.ts'
import type { Tx } from '../platform/database.ts'
import { givenBy, recordAllocations, type Share } from './allocations.ts'

export type Posting = {
  readonly account: AccountId
  readonly payment: PaymentId
  readonly currency: Currency
  readonly occurredOn: Temporal.PlainDate
  /** What is unposted of the payment: all of it is posted. */
  readonly cents: Cents
  /** Where it should go, with what is open there, read under the locks; what the bills no longer need of it becomes credit. */
  readonly shares: readonly (Share & { readonly open: Cents })[]
}

/**
 * Gives a received payment to the bills: unposted payments / receivable and unapplied credit, with the allocations.
 * The caller holds the household's lock.
 */
export async function postToBills(
  tx: Tx,
  actor: Actor,
  posting: Posting,
): Promise<{ entry: EntryId; shares: Share[]; credited: Cents }> {
  const { account, payment, currency, occurredOn } = posting
  const shares = stillNeeded(posting)
  const credited = posting.cents - sumCents(shares.map(share => share.cents))
  assert(credited >= 0n, 'a posting gives no more than was received')
  const entry = await recordEntry(tx, actor, {
    kind: 'posting',
    source: payment,
    currency,
    occurredOn,
    lines: [
      debit('unposted-payments', posting.cents, { account, payment }),
      ...shares.map(share => credit('receivable', share.cents, { account, patient: share.patient })),
      credit('unapplied-credit', credited, { account, payment }),
    ],
  })
  await recordAllocations(tx, actor.practice, { account, entry, given: givenBy(payment, shares) })
  return { entry, shares, credited }
}

function stillNeeded({ shares, cents }: Posting): Share[] {
  let left = cents
  const kept: Share[] = []
  for (const { open, ...share } of shares) {
    const given = leastCents(left, leastCents(share.cents, open))
    if (given <= 0n) continue
    left -= given
    kept.push({ ...share, cents: given })
  }
  return kept
}
