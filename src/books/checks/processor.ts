import { sql } from 'kysely'
import { wholePractice } from '../../kernel/actor.ts'
import type { PaymentId, PracticeId } from '../../kernel/ids.ts'
import type { Cents } from '../../kernel/money.ts'
import { list, rows, transact } from '../../platform/database.ts'
import { listConnections } from '../../processor/connections.ts'
import type { ListedCharge, PaymentsApp } from '../../processor/processor.ts'
import type { Difference } from '../difference.ts'
import { readWidely } from './ledger.ts'

/** What the processor holds of one payment, by all its charges. */
type Held = { net: Cents; charges: number }
type Listing = {
  charges: number
  readonly held: Map<string, Held>
  readonly strangers: ListedCharge[]
  readonly silent: string[]
}

/** A charge or refund that was sent this lately may be answered any moment: the processor may be ahead of us. */
const ANSWER_SECONDS = 60

/** Compares what the processor holds of each payment with what the ledger says it holds, connection by connection. */
export async function compareProcessor(
  app: PaymentsApp,
  practice: PracticeId,
): Promise<{ charges: number; differences: Difference[] }> {
  const listing = await listProcessor(app, practice)
  const silent = listing.silent.map(ref => ({ kind: 'processor.silent', ref, ours: null, theirs: null }))
  const strangers = listing.strangers.map(charge => ({
    kind: 'processor.unknown',
    ref: charge.payment ?? (charge.intent || charge.charge),
    ours: null,
    theirs: charge.net.toString(),
  }))
  // Part of a listing proves nothing: then the silence is all there is to say.
  const differing = silent.length > 0 ? [] : await compareHeld(app, practice, listing.held)
  return { charges: listing.charges, differences: [...silent, ...strangers, ...differing] }
}

async function listProcessor(app: PaymentsApp, practice: PracticeId): Promise<Listing> {
  const connections = await transact(app.db, wholePractice(practice), tx => listConnections(tx, practice))
  const listing: Listing = { charges: 0, held: new Map(), strangers: [], silent: [] }
  for (const { processorAccount } of connections) {
    for await (const page of app.processor.listHeld(processorAccount)) {
      if (!('value' in page)) listing.silent.push(processorAccount)
      else for (const charge of page.value) takeCharge(listing, practice, charge)
    }
  }
  return listing
}

function takeCharge(listing: Listing, practice: PracticeId, charge: ListedCharge): void {
  if (charge.captured === 0n) return
  listing.charges++
  if (!charge.payment || charge.practice !== practice) {
    listing.strangers.push(charge)
    return
  }
  const known = listing.held.get(charge.payment) ?? { net: 0n, charges: 0 }
  listing.held.set(charge.payment, { net: known.net + charge.net, charges: known.charges + 1 })
}

type Ours = {
  readonly payment: PaymentId
  readonly received: boolean
  readonly held: Cents
  /** Whether an answer is still awaited, so that the processor may be ahead of us. */
  readonly awaited: boolean
}

async function compareHeld(
  app: PaymentsApp,
  practice: PracticeId,
  theirs: ReadonlyMap<string, Held>,
): Promise<Difference[]> {
  const suspects = differing(await listOurs(app, practice, null), theirs).map(difference => difference.ref)
  if (suspects.length === 0) return []
  // The listing took its time: what was settled meanwhile is read again before it is called a difference.
  return differing(await listOurs(app, practice, suspects), new Map(suspects.map(id => [id, theirs.get(id)])))
}

function differing(
  ours: readonly Ours[],
  theirs: ReadonlyMap<string, Held | undefined>,
): (Difference & { ref: string })[] {
  const found: Difference[] = []
  const known = new Set<string>(ours.map(each => each.payment))
  for (const { payment, received, held, awaited } of ours) {
    const there = theirs.get(payment)
    const net = there?.net ?? 0n
    const of = { ref: payment, ours: held.toString(), theirs: net.toString() }
    if ((there?.charges ?? 0) > 1) found.push({ kind: 'processor.doubled', ...of })
    else if (received && !there) found.push({ kind: 'processor.missing', ...of, theirs: null })
    else if (net !== held && !awaited) found.push({ kind: received ? 'processor.held' : 'processor.unsettled', ...of })
  }
  for (const [ref, held] of theirs)
    if (held && !known.has(ref)) found.push({ kind: 'processor.unknown', ref, ours: null, theirs: held.net.toString() })
  return found
}

/** Every card payment, or those named, with what the ledger says the processor holds of it. */
async function listOurs(app: PaymentsApp, practice: PracticeId, only: readonly string[] | null): Promise<Ours[]> {
  const named = only ? sql`and p.id = any (${list(only)})` : sql``
  return transact(app.db, wholePractice(practice), async tx => {
    await readWidely(tx)
    return rows(
      tx,
      sql<Ours>`select p.id as payment, p.status = 'succeeded' as received, coalesce(b.cents, 0)::bigint as held,
          (p.status in ('submitted', 'requires_action', 'clearing') and p.check_at is not null and p.submitted_at > clock_timestamp() - make_interval(secs => ${ANSWER_SECONDS}))
          or exists (select from payments.refund r where r.practice_id = p.practice_id and r.payment_id = p.id and r.status = 'submitted'
            and r.submitted_at > clock_timestamp() - make_interval(secs => ${ANSWER_SECONDS})) as awaited
        from payments.payment p left join (select payment_id, cents from ledger.by_payment where practice_id = ${practice}) b on b.payment_id = p.id
        where p.practice_id = ${practice} and p.method_kind = 'card' ${named}`,
    )
  })
}
