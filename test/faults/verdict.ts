import type { Stand } from '../support/stand.ts'
import type { Press } from './payers.ts'

export type Verdict = {
  readonly payments: number
  /** Money that the processor took and the ledger does not hold, in cents. */
  readonly lostCents: number
  /** Money that was taken twice, or that the ledger holds and the processor does not, in cents. */
  readonly doubledCents: number
  /** Payments that the processor took more than one charge for. */
  readonly chargedTwice: number
  /** Cards still submitted or clearing when the patience was over. */
  readonly stillSubmitted: number
  /** Accepted forms whose payment does not exist. */
  readonly forgotten: number
  /** What `portico ledger check` finds. */
  readonly broken: readonly unknown[]
  readonly byStatus: Readonly<Record<string, number>>
}

type Held = { payment_id: string | null; cents: number; charges: number }
type Ours = { id: string; status: string; tendered: number; ledger: number }

/** Holds the processor's own records against the ledger, payment by payment and to the cent. */
export async function judge(stand: Stand, presses: readonly Press[]): Promise<Verdict> {
  const { byPayment } = (await stand.sandbox.control('summary')) as { byPayment: Held[] }
  const ours = await stand.look<Ours>(
    `select p.id, p.status, (p.amount_cents - p.credit_cents)::float8 as tendered, coalesce(b.cents, 0)::float8 as ledger
     from payments.payment p left join ledger.by_payment b on b.practice_id = p.practice_id and b.payment_id = p.id`,
  )
  const held = new Map(byPayment.map(each => [each.payment_id, each]))
  const known = new Set(ours.map(each => each.id))
  const strangers = byPayment.filter(each => !known.has(each.payment_id ?? ''))
  const over = ours.map(each => (held.get(each.id)?.cents ?? 0) - each.ledger)
  const twice = ours.filter(each => (held.get(each.id)?.charges ?? 0) > 1)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return {
    payments: ours.length,
    lostCents: sum(over.filter(cents => cents > 0)) + sum(strangers.map(each => each.cents)),
    doubledCents: -sum(over.filter(cents => cents < 0)) + sum(twice.map(each => extra(each, held))),
    chargedTwice: twice.length,
    stillSubmitted: ours.filter(each => SENT.includes(each.status)).length,
    forgotten: presses.filter(press => press.status === 303 && !known.has(press.payment)).length,
    broken: await brokenInvariants(stand),
    byStatus: countBy(ours.map(each => each.status)),
  }
}

function extra({ id, tendered }: Ours, held: ReadonlyMap<string | null, Held>): number {
  return Math.max(0, (held.get(id)?.cents ?? 0) - tendered)
}

/** What must have ended; waiting for its payer at the bank is no fault, and one that was never sent is freed after its minute. */
export const SENT: readonly string[] = ['submitted', 'clearing']

async function brokenInvariants(stand: Stand): Promise<unknown[]> {
  const { out, said } = await stand.run(['ledger', 'check', '--json'])
  if (!out.startsWith('{')) return [`ledger check failed: ${said}`]
  const { ok, differences } = JSON.parse(out) as { ok: boolean; differences: unknown[] }
  return ok || differences.length > 0 ? differences : ['ledger check is not ok']
}

export function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
