import { idOf, selectObjects } from './objects.ts'
import { requestCounts } from './request-counts.ts'
import { type Store, sql } from './store.ts'

interface PaymentSum {
  payment_id: string | null
  practice: string | null
  account: string
  cents: number
  charges: number
}

/** What the processor holds, of one account or of all: totals, and the net of each payment by its metadata. */
export function summary(store: Store, account?: string) {
  const where = account ? 'account = ?' : '1 = 1'
  const values = account ? [account] : []
  const disputed = new Map<string, number>()
  for (const { body } of selectObjects(store, 'dispute', where, values)) {
    const charge = idOf(body.charge) ?? ''
    if (body.status !== 'won' && !body.status.startsWith('warning_'))
      disputed.set(charge, (disputed.get(charge) ?? 0) + body.amount)
  }
  const charges = { count: 0, succeededCents: 0, refundedCents: 0, disputedCents: 0 }
  const payments = new Map<string, PaymentSum>()
  for (const row of succeededCharges(store, where, values)) {
    const lost = disputed.get(row.id) ?? 0
    charges.count += 1
    charges.succeededCents += row.captured
    charges.refundedCents += row.refunded
    charges.disputedCents += lost
    const key = `${row.account} ${row.payment ?? row.id}`
    const sum = payments.get(key) ?? emptySum(row)
    sum.cents += row.captured - row.refunded - lost
    sum.charges += 1
    payments.set(key, sum)
  }
  return { charges, byPayment: [...payments.values()], requests: requestCounts() }
}

interface ChargeRow {
  id: string
  account: string
  captured: number
  refunded: number
  payment: string | null
  practice: string | null
}

function emptySum({ account, payment, practice }: ChargeRow): PaymentSum {
  return { payment_id: payment, practice, account, cents: 0, charges: 0 }
}

function succeededCharges(store: Store, where: string, values: string[]): ChargeRow[] {
  const rows = sql(
    store,
    `select id, account, json_extract(body, '$.amount_captured') as captured,
       json_extract(body, '$.amount_refunded') as refunded,
       json_extract(body, '$.metadata.payment_id') as payment, json_extract(body, '$.metadata.practice') as practice
     from objects where kind = 'charge' and json_extract(body, '$.status') = 'succeeded' and ${where} order by seq`,
  ).all(...values)
  const orNull = (value: unknown) => (value === null ? null : String(value))
  return rows.map(row => ({
    id: String(row.id),
    account: String(row.account),
    captured: Number(row.captured),
    refunded: Number(row.refunded),
    payment: orNull(row.payment),
    practice: orNull(row.practice),
  }))
}
