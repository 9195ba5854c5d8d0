import { randomBytes } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'
import Stripe from 'stripe'

/**
 * What Portico is measured against, in a process of its own: bare Hono handlers on the same tables, past row-level security,
 * with no session, token, lock, key or audit, each transaction one message.
 */
const { PORT = '0', REFERENCE_DATABASE, REFERENCE_SANDBOX = '', REFERENCE_PAGE = '{}' } = process.env
const pool = new pg.Pool({ connectionString: REFERENCE_DATABASE, max: 16 })
const sandbox = new URL(REFERENCE_SANDBOX)
const stripe = new Stripe('sk_test_sandbox', {
  host: sandbox.hostname,
  port: Number(sandbox.port),
  protocol: 'http',
  maxNetworkRetries: 0,
  telemetry: false,
})
const app = new Hono()

export type ReferencePayment = {
  readonly practice: string
  readonly account: string
  readonly patient: string
  readonly invoice: string
  readonly line: string
  readonly connection: string
  readonly at: string
  readonly cents: number
}

const id = (prefix: string) => `${prefix}_${Date.now().toString(32)}${randomBytes(10).toString('hex')}`

/** Two commits of the rows that a payment of ours writes, and one call of the processor between them. */
app.post('/pay', async http => {
  const p: ReferencePayment = await http.req.json()
  const payment = id('pay')
  await pool.query(firstCommit(p, payment))
  const intent = await stripe.paymentIntents.create(
    {
      amount: p.cents,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_visa',
      allowed_payment_method_types: ['card'],
      return_url: 'http://127.0.0.1/back',
      metadata: { practice: p.practice, payment_id: payment },
      expand: ['payment_method'],
    },
    { stripeAccount: p.at, idempotencyKey: payment },
  )
  await pool.query(secondCommit(p, payment, intent.id))
  return http.redirect(`/payments/${payment}`, 303)
})

function firstCommit(p: ReferencePayment, payment: string): string {
  return `begin;
    insert into payments.payment (practice_id, id, account_id, origin, method_kind, status, currency, ordered_cents, amount_cents, connection_id, processor_method, actor, submitted_at, check_at)
      values ('${p.practice}', '${payment}', '${p.account}', 'portal', 'card', 'submitted', 'usd', ${p.cents}, ${p.cents}, '${p.connection}', 'pm_card_visa', 'bench', now(), now() + interval '1 hour');
    insert into payments.reservation (practice_id, payment_id, invoice_line_id, invoice_id, account_id, patient_id, cents)
      values ('${p.practice}', '${payment}', '${p.line}', '${p.invoice}', '${p.account}', '${p.patient}', ${p.cents});
    ${event(p, payment, 'payment.started')}
    commit`
}

function secondCommit(p: ReferencePayment, payment: string, intent: string): string {
  return `begin;
    update payments.payment set status = 'succeeded', intent_id = '${intent}', card_brand = 'visa', card_last4 = '4242', received_at = now(), finished_at = now(), posted_at = now(), check_at = null
      where practice_id = '${p.practice}' and id = '${payment}';
    ${entry(p, payment, 'success', ['processor-clearing', 'unposted-payments'])}
    ${entry(p, payment, 'posting', ['unposted-payments', 'receivable'])}
    update billing.invoice_line set open_cents = open_cents - ${p.cents} where practice_id = '${p.practice}' and id = '${p.line}';
    update billing.invoice set open_cents = open_cents - ${p.cents} where practice_id = '${p.practice}' and id = '${p.invoice}';
    delete from payments.reservation where practice_id = '${p.practice}' and payment_id = '${payment}';
    ${event(p, payment, 'payment.succeeded')}
    ${event(p, payment, 'payment.posted')}
    insert into pgboss.job (name, data) values ('events', '{"practice":"${p.practice}","event":"none"}');
    commit`
}

function event(p: ReferencePayment, payment: string, type: string): string {
  return `insert into audit.event (practice_id, id, type, subject, account_id, actor, data)
    values ('${p.practice}', '${id('evt')}', '${type}', '${payment}', '${p.account}', 'bench', '{}');`
}

function entry(p: ReferencePayment, payment: string, kind: string, [from, to]: [string, string]): string {
  const made = id('ent')
  const posts = to === 'receivable'
  const kept = posts
    ? `with kept as (update ledger.receivable set balance_cents = balance_cents - ${p.cents}, version = version + 1
        where practice_id = '${p.practice}' and account_id = '${p.account}' and patient_id = '${p.patient}' returning balance_cents, version)`
    : 'with kept as (select null::bigint as balance_cents, null::bigint as version)'
  const allocation = `insert into billing.allocation (practice_id, id, entry_id, invoice_id, invoice_line_id, account_id, patient_id, payment_id, cents)
    values ('${p.practice}', '${id('alc')}', '${made}', '${p.invoice}', '${p.line}', '${p.account}', '${p.patient}', '${payment}', ${p.cents});`
  return `insert into ledger.entry (practice_id, id, kind, source, occurred_on, actor) values ('${p.practice}', '${made}', '${kind}', '${payment}', current_date, 'bench');
    ${kept} insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, patient_id, payment_id, currency, cents, balance_after_cents, version)
      select '${p.practice}', '${made}', 1, '${from}', '${p.account}', null, '${payment}', 'usd', ${p.cents}, null, null
      union all select '${p.practice}', '${made}', 2, '${to}', '${p.account}', ${posts ? `'${p.patient}'` : 'null'}, ${posts ? 'null' : `'${payment}'`}, 'usd', -${p.cents}, kept.balance_cents, kept.version from kept;
    ${posts ? allocation : ''}`
}

/** One query, one inserted row, and a template of as many bytes. */
export type ReferencePage = {
  readonly query: string
  readonly values: readonly unknown[]
  readonly head: string
  readonly rowBytes: number
  readonly audit: { readonly practice: string; readonly account: string }
}

const page: Partial<ReferencePage> = JSON.parse(REFERENCE_PAGE)
const filler = 'x'.repeat(4000)

app.get('/page', async http => {
  const { query = 'select', values = [], head = '', rowBytes = 0, audit } = page
  const [found] = await Promise.all([
    pool.query(query, [...values]),
    pool.query(
      "insert into audit.read (practice_id, id, what, account_id, actor) values ($1, $2, 'bench', $3, 'bench')",
      [audit?.practice, id('aud'), audit?.account],
    ),
  ])
  const rows = found.rows.slice(0, 50).map(row => {
    const text = `<tr><td>${row.number}</td><td>${row.title}</td><td>${row.dueOn}</td><td>${row.total}</td><td>${row.open}</td></tr>`
    return `${text}${filler.slice(0, rowBytes - text.length)}`
  })
  return http.html(`${head}${rows.join('')}`)
})

app.get('/', http => http.text('ready'))

serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' })
