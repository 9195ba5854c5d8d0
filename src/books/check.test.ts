import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeHousehold, makeWorld, newPayment, type World } from '../../test/support/world.ts'
import { system } from '../kernel/actor.ts'
import { newId, type PaymentId } from '../kernel/ids.ts'
import { recordDeskPayment } from '../payments/desk.ts'
import { payBills } from '../payments/pay.ts'
import { reconcile } from '../recovery/reconcile.ts'
import { refundPayment } from '../returns/refund.ts'
import { checkLedger } from './check.ts'

let world: World
let paid: PaymentId
let credited: PaymentId
let superuser: pg.Client

beforeAll(async () => {
  world = await makeWorld({ settings: { overpaying: 'on' } })
  superuser = new pg.Client({ connectionString: world.database.superuserUrl })
  await superuser.connect()
  const { account, bills } = await makeHousehold(world, [10000n, 5000n])
  paid = await pay(account, 7000n, 'pm_card_visa')
  await refundPayment(world.app, actor(), {
    refund: newId('rfd'),
    payment: paid,
    amount: 500n,
    reopens: true,
    reason: '',
  })
  await pay(account, 1000n, 'pm_card_createDispute')
  await pay(account, 800n, 'pm_card_authenticationRequired')
  await refundThere(paid, 300)
  credited = newPayment()
  await recordDeskPayment(world.app, actor(), {
    payment: credited,
    account,
    bills,
    amount: 9000n,
    kind: 'cash',
    reference: '',
  })
  await reconcile(world.app, world.practice.id)
}, 60_000)
afterAll(async () => {
  await superuser?.end()
  await world?.end()
})

/** Somebody refunds a payment at the processor itself. */
async function refundThere(payment: PaymentId, amount: number) {
  const { rows } = await superuser.query('select intent_id from payments.payment where id = $1', [payment])
  return world.sandbox.control('refunds', { payment_intent: rows[0].intent_id, amount })
}

const actor = () => system(world.practice.id, 'test')
const check = () => checkLedger(world.app, world.practice.id)

async function pay(account: `acc_${string}`, amount: bigint, card: string): Promise<PaymentId> {
  const order = { payment: newPayment(), account, bills: [], amount, with: { card, keep: 'no' as const } }
  return (await payBills(world.app, actor(), order)).id
}

test('healthy books are ok, and the check says how much it looked at', async () => {
  const found = await check()
  expect(found).toMatchObject({ ok: true, differences: [] })
  expect(found.counts).toMatchObject({
    invoices: 2,
    payments: 4,
    refunds: 2,
    disputes: 1,
    processorCharges: 2,
    differences: 0,
  })
  expect((await checkLedger(world.app, world.other.id)).ok).toBe(true)
})

/** Each changes what no verb would, past triggers and policies; answers the ref that the check must name. */
const FAULTS: readonly { told: string; kind: string; plant: string; ref: string }[] = [
  {
    told: 'a cached balance one cent off',
    kind: 'receivable.balance',
    plant: 'update ledger.receivable set balance_cents = balance_cents + 1',
    ref: 'select patient_id as ref from ledger.receivable',
  },
  {
    told: 'an entry that does not balance',
    kind: 'entry.balance',
    plant: `update ledger.line set cents = cents + 1 where payment_id = $1 and ledger_account = 'processor-clearing' and cents > 0`,
    ref: `select id as ref from ledger.entry where kind = 'success' and source = $1`,
  },
  {
    told: 'a line on the wrong ledger account',
    kind: 'entry.lines',
    plant: `update ledger.line set ledger_account = 'cash-and-cheque' where ledger_account = 'unposted-payments' and cents < 0 and payment_id = $1`,
    ref: `select id as ref from ledger.entry where kind = 'success' and source = $1`,
  },
  {
    told: 'a balance after an entry that does not follow from the one before',
    kind: 'receivable.chain',
    plant: `update ledger.line set balance_after_cents = balance_after_cents - 1 where ledger_account = 'receivable' and version = 1`,
    ref: `select entry_id as ref from ledger.line where ledger_account = 'receivable' and version = 1`,
  },
  {
    told: 'an orphan allocation',
    kind: 'allocation.entry',
    plant: `insert into billing.allocation (practice_id, id, entry_id, invoice_id, invoice_line_id, account_id, patient_id, cents)
      select practice_id, 'alc_orphan', 'ent_orphan', invoice_id, id, account_id, patient_id, 1 from billing.invoice_line limit 1`,
    ref: `select 'ent_orphan' as ref`,
  },
  {
    told: 'a bill that says it is less open than it is',
    kind: 'invoice.open',
    plant:
      'update billing.invoice set open_cents = total_cents - 1, closed_at = null where id = (select min(id) from billing.invoice)',
    ref: 'select min(id) as ref from billing.invoice',
  },
  {
    told: 'a charge whose share is not what was billed',
    kind: 'charge.billed',
    plant:
      'update billing.charge set share_cents = share_cents + 1, discount_cents = discount_cents - 1 where id = (select min(id) from billing.charge)',
    ref: 'select min(id) as ref from billing.charge',
  },
  {
    told: 'a received payment without its entry',
    kind: 'payment.entry',
    plant: `update ledger.entry set source = 'pay_nobody' where kind = 'success' and source = $1`,
    ref: 'select $1 as ref',
  },
  {
    told: 'a payment that is marked posted and is not',
    kind: 'payment.posting',
    plant: `update ledger.entry set source = 'pay_nobody' where kind = 'posting' and source = $1`,
    ref: `select 'pay_nobody' as ref`,
  },
  {
    told: 'a payment that waits to be posted though nothing is left of it',
    kind: 'payment.nothing-to-post',
    plant: `update payments.payment set posted_at = null where id = $1`,
    ref: 'select $1 as ref',
  },
  {
    told: 'credit of which more was taken back than was used',
    kind: 'credit.taken-back',
    plant: `insert into payments.credit_taken_back (practice_id, entry_id, credit_of, used_by, account_id, cents)
      select practice_id, 'ent_orphan', $2, id, account_id, 1 from payments.payment where id = $1`,
    ref: 'select $1 as ref',
  },
  {
    told: 'a reservation that outlived its payment',
    kind: 'reservation.state',
    plant: `insert into payments.reservation (practice_id, payment_id, invoice_line_id, invoice_id, account_id, patient_id, cents)
      select practice_id, $1, id, invoice_id, account_id, patient_id, 1 from billing.invoice_line limit 1`,
    ref: 'select $1 as ref',
  },
  {
    told: 'a refund that the books do not know',
    kind: 'refund.entry',
    plant: 'update payments.refund set amount_cents = amount_cents - 1 where not outside',
    ref: 'select id as ref from payments.refund where not outside',
  },
  {
    told: 'an outside refund that is said to be decided and is not booked',
    kind: 'refund.outside',
    plant: 'update payments.refund set booked_at = now(), reopens = true where outside',
    ref: 'select id as ref from payments.refund where outside',
  },
  {
    told: 'an outside refund that the books hold no longer',
    kind: 'dispute.balance',
    plant: `update payments.refund set status = 'failed' where outside`,
    ref: 'select $1 as ref',
  },
  {
    told: 'a dispute that the books do not know',
    kind: 'dispute.entry',
    plant: 'update payments.dispute set amount_cents = amount_cents - 1',
    ref: 'select id as ref from payments.dispute',
  },
  {
    told: 'a bill that is gone without a credit note',
    kind: 'invoice.withdrawn',
    plant:
      'update billing.invoice set withdrawn_at = now() where id = (select min(id) from billing.invoice where open_cents = 0)',
    ref: 'select min(id) as ref from billing.invoice where open_cents = 0',
  },
  {
    told: 'a charge that is gone while its bill stands',
    kind: 'charge.withdrawn',
    plant: 'update billing.charge set withdrawn_at = now() where id = (select min(id) from billing.charge)',
    ref: `select min(invoice_id) as ref from billing.invoice_line where charge_id = (select min(id) from billing.charge)`,
  },
  {
    told: 'credit that was used twice',
    kind: 'payment.credit',
    plant: `insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, payment_id, currency, cents)
      select practice_id, entry_id, 99, 'unapplied-credit', account_id, payment_id, currency, 100000 from ledger.line
      where ledger_account = 'unapplied-credit' and payment_id = $2`,
    ref: 'select $2 as ref',
  },
]

for (const { told, kind, plant, ref } of FAULTS)
  test(`${told} is named ${kind}`, async () => {
    const put = await planted(plant)
    try {
      const wanted = await superuser.query<{ ref: string }>(
        ref.replace('$1', `'${paid}'`).replace('$2', `'${credited}'`),
      )
      const found = await check()
      expect(found.ok).toBe(false)
      expect(found.differences).toContainEqual(expect.objectContaining({ kind, ref: wanted.rows[0]?.ref }))
    } finally {
      await put.takeBack()
    }
    expect((await check()).differences).toEqual([])
  })

const TABLES = [
  'ledger.entry',
  'ledger.line',
  'ledger.receivable',
  'billing.invoice',
  'billing.invoice_line',
  'billing.charge',
  'billing.allocation',
  'payments.payment',
  'payments.refund',
  'payments.dispute',
  'payments.credit_taken_back',
  'payments.reservation',
]

/** Does it past triggers and foreign keys; taking it back puts every table's rows where they were. */
async function planted(plant: string): Promise<{ takeBack(): Promise<void> }> {
  await superuser.query(`set session_replication_role = replica`)
  for (const table of TABLES) await superuser.query(`create temp table if not exists "kept ${table}" as table ${table}`)
  const done = await superuser.query(plant.replace('$1', `'${paid}'`).replace('$2', `'${credited}'`))
  expect(done.rowCount, 'the fault was planted').toBeGreaterThan(0)
  return {
    takeBack: async () => {
      for (const table of TABLES) {
        await superuser.query(`delete from ${table}`)
        await superuser.query(`insert into ${table} table "kept ${table}"`)
        await superuser.query(`drop table "kept ${table}"`)
      }
    },
  }
}

test('a charge made at the processor by another hand is named', async () => {
  const stripe = world.sandbox.sdk(await processorAccount())
  const strange = await stripe.paymentIntents.create({
    amount: 4200,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
    allowed_payment_method_types: ['card'],
    metadata: { practice: world.practice.id, payment_id: 'pay_nobody' },
  })
  const found = await check()
  expect(found.differences).toEqual([{ kind: 'processor.unknown', ref: 'pay_nobody', ours: null, theirs: '4200' }])
  await world.sandbox.control('objects/delete', { id: strange.latest_charge })
})

test('money the processor sent back without us is named', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const payment = await pay(account, 3000n, 'pm_card_visa')
  const { rows } = await superuser.query('select intent_id from payments.payment where id = $1', [payment])
  const stripe = world.sandbox.sdk(await processorAccount())
  const refund = await stripe.refunds.create({ payment_intent: rows[0].intent_id, amount: 100 })
  const held = { kind: 'processor.held', ref: payment, ours: '3000', theirs: '2900' }
  expect((await check()).differences).toEqual([held])
  await world.sandbox.control('objects/delete', { id: refund.charge })
  const missing = { kind: 'processor.missing', ref: payment, ours: '3000', theirs: null }
  expect((await check()).differences).toEqual([missing])
})

test('a processor that does not answer is a difference, and nothing else is concluded from its silence', async () => {
  await world.sandbox.control('faults', { rules: [{ method: 'GET', path: '/v1/charges', fault: 'reset' }] })
  const found = await check()
  await world.sandbox.control('faults', { rules: [] })
  expect(found.ok).toBe(false)
  expect(found.differences).toEqual([
    { kind: 'processor.silent', ref: await processorAccount(), ours: null, theirs: null },
  ])
})

async function processorAccount(): Promise<string> {
  const { rows } = await superuser.query('select processor_account from payments.connection where practice_id = $1', [
    world.practice.id,
  ])
  return rows[0].processor_account
}
