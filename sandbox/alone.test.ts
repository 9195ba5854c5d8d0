import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { paying, type Running, rawPost, refusal, removeData, startSandbox } from './running.ts'

const LISTED = ['4242424242424242', '4000000000000002', '5555555555554444']
/** Numbers with a right check digit that no list of test cards has. */
const OTHERS = ['4111111111111111', '5105105105105100', '378734493671000', '4000000000000010']

let sandbox: Running
let stripe: Stripe
beforeAll(async () => {
  // A folder and a file as an earlier version made them, and a setting that it had.
  const data = mkdtempSync(join(tmpdir(), 'portico-sandbox-'))
  mkdirSync(join(data, 'sandbox'), { mode: 0o755 })
  new DatabaseSync(join(data, 'sandbox', 'sandbox.db')).close()
  chmodSync(join(data, 'sandbox', 'sandbox.db'), 0o644)
  sandbox = await startSandbox({ HOST: '0.0.0.0' }, data)
  const account = await sandbox.sdk().accounts.create({ business_profile: { name: 'Riverside Family Medicine' } })
  stripe = sandbox.sdk(account.id)
})
afterAll(async () => {
  await sandbox.stop()
  removeData(sandbox)
})

const typed = (number: string) => ({
  type: 'card' as const,
  card: { number, exp_month: 12, exp_year: 2035, cvc: number.startsWith('3') ? '1234' : '123' },
})
const typeOnPage = async (number: string) => {
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ price_data: { currency: 'usd', unit_amount: 18500, product_data: { name: 'Bill' } }, quantity: 1 }],
    success_url: 'http://localhost/done',
  })
  const fields = { number, expiry: '12 / 35', cvc: number.startsWith('3') ? '1234' : '123', postalCode: '97201' }
  return fetch(session.url ?? '', { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) })
}

/** The status of a request whose Host header is this one. */
function asHost(host: string): Promise<number | undefined> {
  return new Promise((done, fail) => {
    request(`${sandbox.url}/healthz`, { headers: { Host: host } }, answer => done(answer.resume().statusCode))
      .once('error', fail)
      .end()
  })
}

test('it listens on the loopback address alone, whatever HOST says', async () => {
  const other = connect(Number(new URL(sandbox.url).port), '127.0.0.2')
  const ended = await new Promise<string>(done =>
    other.once('connect', () => done('connected')).once('error', () => done('refused')),
  )
  other.destroy()
  expect(ended).toBe('refused')
})

test('a name that somebody made to lead here opens nothing', async () => {
  for (const host of ['localhost', '127.0.0.1:3001', '[::1]:3001', 'portal.localhost'])
    expect(await asHost(host), host).toBe(200)
  for (const host of ['evil.example', '192.168.1.5:3001', 'localhost.evil.example', '127.0.0.1.nip.io'])
    expect(await asHost(host), host).toBe(421)
})

test('no answer lets a page of another origin read it', async () => {
  const headers = { Authorization: 'Bearer pk_test_x', Origin: 'https://evil.example' }
  const answers = await Promise.all([
    ...[
      '/v1/payment_intents',
      '/v3/stripe.js',
      '/assets/card-frame.js',
      '/frame/card',
      '/sandbox/faults',
      '/healthz',
    ].map(path => fetch(`${sandbox.url}${path}`, { headers })),
    fetch(`${sandbox.url}/v1/payment_methods`, {
      method: 'OPTIONS',
      headers: { ...headers, 'Access-Control-Request-Method': 'POST' },
    }),
  ])
  for (const answer of answers)
    expect(
      [...answer.headers.keys()].filter(name => name.startsWith('access-control')),
      answer.url,
    ).toEqual([])
  expect(answers.at(-1)?.ok).toBe(false)
})

test('the listed test cards alone are taken, by the API and on the hosted page', async () => {
  for (const number of LISTED)
    expect((await stripe.paymentMethods.create(typed(number))).card?.last4).toBe(number.slice(-4))
  for (const number of OTHERS) {
    expect(await refusal(stripe.paymentMethods.create(typed(number))), number).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'test_mode_live_card',
      param: 'number',
    })
    const page = await typeOnPage(number)
    expect(page.status).toBe(422)
    const html = await page.text()
    expect(html).toContain('Test cards alone work here')
    expect(html).not.toContain(number)
  }
})

test('no card number is in its store, and nobody else may read that', async () => {
  const { id } = await stripe.paymentMethods.create(typed('4242424242424242'), { idempotencyKey: 'typed once' })
  await stripe.paymentIntents.create(paying(id))
  expect((await typeOnPage('5555555555554444')).status).toBe(303)
  const fields = {
    type: 'card',
    'card[number]': '4111 1111 1111 1111',
    'card[exp_month]': '12',
    'card[exp_year]': '2035',
  }
  const refused = await rawPost(sandbox.url, '/v1/payment_methods', fields, { 'Idempotency-Key': 'refused' })
  expect(refused.status).toBe(402)
  const folder = join(sandbox.data, 'sandbox')
  const files = readdirSync(folder)
  expect(files.sort()).toEqual(['sandbox.db', 'sandbox.db-shm', 'sandbox.db-wal'])
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  for (const file of files) {
    const bytes = readFileSync(join(folder, file), 'latin1')
    for (const number of [...LISTED, ...OTHERS, '4111 1111 1111 1111', '4111+1111'])
      expect(bytes.includes(number), `${number} in ${file}`).toBe(false)
    expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600)
  }
})

test('a store that kept numbers forgets them, and its cards do what they did', async () => {
  const saved = await stripe.paymentMethods.create(typed('4242424242424242'))
  const strange = await stripe.paymentMethods.create(typed('4242424242424242'))
  const customer = await stripe.customers.create({})
  await sandbox.stop()
  const file = join(sandbox.data, 'sandbox', 'sandbox.db')
  const db = new DatabaseSync(file)
  const put = db.prepare(`update objects set hidden = json_object('number', ?) where id = ?`)
  put.run('4242424242424242', saved.id)
  put.run('4111111111111111', strange.id)
  db.close()
  sandbox = await startSandbox({}, sandbox.data)
  const bytes = readFileSync(file, 'latin1')
  for (const number of ['4242424242424242', '4111111111111111']) expect(bytes.includes(number), number).toBe(false)
  const again = sandbox.sdk((await sandbox.sdk().accounts.list()).data[0]?.id)
  expect((await again.paymentMethods.attach(saved.id, { customer: customer.id })).customer).toBe(customer.id)
  expect(await refusal(again.paymentMethods.attach(strange.id, { customer: customer.id }))).toMatchObject({
    code: 'card_declined',
  })
})
