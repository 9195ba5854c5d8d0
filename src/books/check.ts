import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { one, rows, type Tx, transact } from '../platform/database.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { billChecks } from './checks/bills.ts'
import { type Check, ledgerChecks, readWidely } from './checks/ledger.ts'
import { paymentChecks } from './checks/payments.ts'
import { compareProcessor } from './checks/processor.ts'
import { returnChecks } from './checks/returns.ts'
import type { Difference } from './difference.ts'

export type LedgerCheck = {
  readonly ok: boolean
  /** How many of each were looked at, and how many differences there are, shown or not. */
  readonly counts: Readonly<Record<string, number>>
  /** The first of each kind. */
  readonly differences: readonly Difference[]
}

const SHOWN_OF_A_KIND = 50

/**
 * Recomputes every balance of a practice and compares ledger, bills, payments and the processor's own list; changes nothing
 * and may run beside everything else. Portico's command line and staff may. A processor that does not answer is a difference.
 */
export async function checkLedger(app: PaymentsApp, practice: PracticeId): Promise<LedgerCheck> {
  const { counts, broken } = await transact(app.db, wholePractice(practice), async tx => {
    await readWidely(tx)
    return { counts: await countLooked(tx, practice), broken: await listBroken(tx, practice) }
  })
  const processor = await compareProcessor(app, practice)
  const count = broken.total + processor.differences.length
  return {
    ok: count === 0,
    counts: { ...counts, processorCharges: processor.charges, differences: count },
    differences: [...broken.shown, ...firstOfEach(processor.differences)],
  }
}

/** Every check in one statement, so that all of them see the same instant. */
async function listBroken(tx: Tx, practice: PracticeId): Promise<{ total: number; shown: Difference[] }> {
  const checks = [
    ...ledgerChecks(practice),
    ...billChecks(practice),
    ...paymentChecks(practice),
    ...returnChecks(practice),
  ]
  const found = await rows(
    tx,
    sql<Difference & { total: bigint }>`${sql.join(checks.map(selectBroken), sql` union all `)}`,
  )
  const totals = new Map(found.map(({ kind, total }) => [kind, Number(total)]))
  return {
    total: [...totals.values()].reduce((sum, total) => sum + total, 0),
    shown: found.map(({ kind, ref, ours, theirs }) => ({ kind, ref, ours, theirs })),
  }
}

function selectBroken({ kind, broken }: Check) {
  return sql`(select ${kind}::text as kind, ref::text, ours::text, theirs::text, count(*) over () as total from (${broken}) broken order by ref limit ${SHOWN_OF_A_KIND})`
}

function firstOfEach(differences: readonly Difference[]): Difference[] {
  return [...Map.groupBy(differences, each => each.kind).values()].flatMap(each => each.slice(0, SHOWN_OF_A_KIND))
}

async function countLooked(tx: Tx, practice: PracticeId): Promise<Record<string, number>> {
  const tables = {
    entries: 'ledger.entry',
    lines: 'ledger.line',
    receivables: 'ledger.receivable',
    charges: 'billing.charge',
    invoices: 'billing.invoice',
    allocations: 'billing.allocation',
    payments: 'payments.payment',
    refunds: 'payments.refund',
    disputes: 'payments.dispute',
  }
  const columns = Object.entries(tables).map(
    ([name, table]) =>
      sql`(select count(*) from ${sql.table(table)} where practice_id = ${practice}) as ${sql.ref(name)}`,
  )
  const counted = await one(tx, sql<Record<string, bigint>>`select ${sql.join(columns)}`)
  return Object.fromEntries(Object.entries(counted).map(([name, n]) => [name, Number(n)]))
}
