import pg from 'pg'
import { test } from 'vitest'
import { checkLedger } from '../../src/payments/check.ts'
import { bankOf } from '../support/bank.ts'
import { makeHousehold, makeWorld } from '../support/world.ts'

test('speed', { timeout: 200_000 }, async () => {
  const world = await makeWorld()
  const bank = bankOf(world)
  const { account } = await makeHousehold(world, [3000n])
  await bank.pay({ account, amount: 3000n })
  const client = new pg.Client({ connectionString: world.database.superuserUrl })
  await client.connect()
  await client.query('set session_replication_role = replica')
  const t0 = Date.now()
  const copy = async (table: string, ids: string[]) => {
    const { rows } = await client.query(`select column_name as c from information_schema.columns where table_schema || '.' || table_name = $1 and is_generated = 'NEVER' order by ordinal_position`, [table])
    const cols = rows.map(r => r.c)
    const sel = cols.map(c => (ids.includes(c) ? `t.${c} || '_' || g` : `t.${c}`))
    await client.query(`insert into ${table} (${cols.join()}) select ${sel.join()} from ${table} t, generate_series(1, 10000) g`)
  }
  await copy('billing.charge', ['id', 'account_id', 'patient_id', 'source'])
  await copy('billing.invoice', ['id', 'account_id', 'patient_id', 'number'])
  await copy('billing.invoice_line', ['id', 'account_id', 'patient_id', 'invoice_id', 'charge_id'])
  await copy('billing.allocation', ['id', 'account_id', 'patient_id', 'invoice_id', 'invoice_line_id', 'entry_id', 'payment_id'])
  await copy('ledger.entry', ['id', 'source'])
  await copy('ledger.line', ['entry_id', 'account_id', 'patient_id', 'payment_id'])
  await copy('ledger.receivable', ['account_id', 'patient_id'])
  await copy('payments.payment', ['id', 'account_id', 'intent_id'])
  process.stderr.write(`filled ${Date.now() - t0}\n`)
  for (const n of [1, 2]) {
    const start = Date.now()
    const found = await checkLedger(world.app, world.practice.id)
    process.stderr.write(`check ${n}: ${Date.now() - start} ms ${JSON.stringify(found.counts)}\n`)
    await client.query('analyze')
  }
  const { ledgerChecks } = await import('../../src/payments/check-ledger.ts')
  const { billChecks } = await import('../../src/payments/check-bills.ts')
  const { paymentChecks } = await import('../../src/payments/check-payments.ts')
  const { returnChecks } = await import('../../src/payments/check-returns.ts')
  const p = world.practice.id
  for (const each of [...ledgerChecks(p), ...billChecks(p), ...paymentChecks(p), ...returnChecks(p)]) {
    const s = Date.now()
    await bank.read(tx => each.broken.execute(tx))
    process.stderr.write(`${each.kind} ${Date.now() - s}\n`)
  }
  await client.end()
  await world.end()
})
