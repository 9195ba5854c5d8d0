import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { type Client, type Site, serveWorld, signIn, signInStaff } from '../../test/support/http.ts'
import { imbalance, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import type { PaymentId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { setSettings } from '../practice/settings.ts'
import { lookForReturns } from '../recovery/look-for-returns.ts'
import { previewRefund } from '../returns/preview-refund.ts'

let world: World
let site: Site
let staff: Client
let bank: Bank
beforeAll(async () => {
  world = await makeWorld({ settings: { posting: 'manual' }, env: { PORTICO_LIMITS: 'off' } })
  site = await serveWorld(world)
  staff = await signInStaff(world, site)
  bank = bankOf(world)
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

const LIST = '/riverside/office/transactions'
const pathOf = (payment: PaymentId) => `${LIST}/${payment}`

/** A household that paid part of its bill by card, waiting to be posted. */
async function paid(cents: Cents, { name = 'Maria', card = 'pm_card_visa' } = {}) {
  const household = await makeHousehold(world, [20000n], world.practice, name)
  const payment = await bank.pay({ account: household.account, amount: cents, card })
  return { household, payment, path: pathOf(payment.id) }
}

async function post(path: string): Promise<void> {
  await staff.post(`${path}/posting`, { _csrf: await staff.csrf(path) })
}

const ASKED = { amount: '1.00', reopens: 'yes', reason: '' }

/** What is asked before anything is sent back: the page that says what happens then. */
const confirm = (path: string, asked: Record<string, string> = {}) =>
  staff.get(`${path}/refund?${new URLSearchParams({ ...ASKED, ...asked })}`)

/** The form of that page, filled in. */
async function refundForm(path: string, more: Record<string, string>) {
  const { body } = await confirm(path)
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(body)?.[1] ?? ''
  return { ...ASKED, _csrf: field('_csrf'), refund: field('refund'), ...more }
}

test('a payment waits to be posted; posting it from the list gives it to the bill and leads back to the list', async () => {
  const { household, payment, path } = await paid(4000n, { name: 'Posted' })
  const list = `${LIST}?q=Posted&status=to-post`
  const before = await staff.get(list)
  expect(before.body).toContain('Posted Ortega')
  expect(before.body).toContain('1 payment, $40.00 received')
  expect((await bank.owed(household.account)).total).toBe(16000n)
  const form = { _csrf: await staff.csrf(list), q: 'Posted', status: 'to-post', list: 'yes' }
  const posted = await staff.post(`${path}/posting`, form)
  expect(posted).toMatchObject({ status: 303, location: `${LIST}?q=Posted&status=to-post&posted=${payment.id}` })
  expect((await staff.get(posted.location ?? '')).body).toContain('Posted.')
  expect((await staff.get(list)).body).not.toContain('Posted Ortega')
  const page = await staff.get(path)
  expect(page.body).toContain('Posted by Tom Becker')
  expect(page.body).not.toContain('Post this payment')
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('an address alone says nothing: what was not done, or by another, or long ago, is not called done', async () => {
  const { payment, path } = await paid(4000n)
  const said = async (address: string, who = staff) => {
    const { status, body } = await who.get(address)
    expect(status).toBe(200)
    return /role="status"/.test(body)
  }
  for (const done of ['posted', 'recorded', 'refund', 'dispute', 'outside', 'constructor'])
    expect(await said(`${path}?done=${done}`), done).toBe(false)
  expect(await said(`${LIST}?posted=${payment.id}`)).toBe(false)
  await post(path)
  expect(await said(`${path}?done=posted`)).toBe(true)
  expect(await said(`${LIST}?posted=${payment.id}`)).toBe(true)
  const colleague = await signInStaff(world, site, { role: 'owner' })
  expect(await said(`${path}?done=posted`, colleague)).toBe(false)
  expect(await said(`${LIST}?posted=${payment.id}`, colleague)).toBe(false)
  await query(world, 'alter table audit.event disable trigger user')
  await query(world, `update audit.event set at = at - interval '11 minutes' where subject = $1`, [payment.id])
  await query(world, 'alter table audit.event enable trigger user')
  expect(await said(`${path}?done=posted`)).toBe(false)
})

test('posting twice changes nothing', async () => {
  const { payment, path } = await paid(4000n)
  const form = { _csrf: await staff.csrf(path) }
  const answers = await Promise.all(Array.from({ length: 5 }, () => staff.post(`${path}/posting`, form)))
  expect(answers.map(answer => answer.status)).toEqual([303, 303, 303, 303, 303])
  const entries = await query(world, `select id from ledger.entry where kind = 'posting' and source = $1`, [payment.id])
  expect(entries).toHaveLength(1)
})

test('a part is refunded, then the rest, then nothing more; every entry is shown', async () => {
  const { household, payment, path } = await paid(10000n)
  await post(path)
  expect(
    await staff.post(`${path}/refunds`, await refundForm(path, { amount: '30.00', reason: 'Paid twice' })),
  ).toMatchObject({
    status: 303,
    location: `${path}?done=refund`,
  })
  const after = await staff.get(`${path}?done=refund`)
  expect(after.body).toContain('$30.00 is refunded.')
  expect(after.body).toContain('Paid twice')
  expect(after.body).toContain('At most $70.00.')
  expect(after.body).toContain('Refunds to be sent')
  expect((await bank.owed(household.account)).total).toBe(13000n)
  await staff.post(`${path}/refunds`, await refundForm(path, { amount: '70.00', reopens: 'no' }))
  expect((await bank.owed(household.account)).total).toBe(13000n)
  expect((await staff.get(path)).body).not.toContain('id="refund"')
  expect(await bank.atProcessor(payment.id)).toMatchObject({ cents: 0 })
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('too much, no amount and no choice come back with the form and a sentence; nothing is sent', async () => {
  const { payment, path } = await paid(10000n)
  const early = await staff.post(`${path}/refunds`, await refundForm(path, { reopens: 'no' }))
  expect(early.status).toBe(422)
  expect(early.body).toContain('its bills stay owed')
  await post(path)
  for (const [more, said] of [
    [{ amount: '100.01' }, 'The most that can be refunded is $100.00.'],
    [{ amount: '-5' }, 'Type an amount in dollars above zero'],
    [{ amount: '5.00', reopens: 'maybe' }, 'Choose one of the answers.'],
  ] as const) {
    const answer = await staff.post(`${path}/refunds`, await refundForm(path, more))
    expect(answer.status).toBe(422)
    expect(answer.body).toContain(said)
    expect(answer.body).toContain(`value="${more.amount}"`)
  }
  expect(await bank.atProcessor(payment.id)).toMatchObject({ cents: 10000 })
})

test('the same refund sent twenty times at once is one; twenty different ones never exceed what was paid', async () => {
  const { payment, path } = await paid(10000n)
  const once = await refundForm(path, { amount: '10.00' })
  await Promise.all(Array.from({ length: 20 }, () => staff.post(`${path}/refunds`, once)))
  expect(await bank.atProcessor(payment.id)).toMatchObject({ cents: 9000 })
  const forms = await Promise.all(Array.from({ length: 6 }, () => refundForm(path, { amount: '40.00' })))
  const answers = await Promise.all(forms.map(form => staff.post(`${path}/refunds`, form)))
  expect(answers.filter(answer => answer.status === 303)).toHaveLength(2)
  expect(await bank.atProcessor(payment.id)).toMatchObject({ cents: 1000 })
}, 60_000)

test('a refund id of another payment, or made up, is not there', async () => {
  const [one, other] = [await paid(4000n), await paid(4000n)]
  const { refund } = await refundForm(other.path, {})
  for (const id of [refund, 'rfd_00000000000000000000000000', 'x'])
    expect((await staff.post(`${one.path}/refunds`, await refundForm(one.path, { refund: id }))).status).toBe(404)
})

/** The forms by which staff decide about a payment, in the order of the page. */
const outcomesAt = async (path: string) =>
  [...(await staff.get(path)).body.matchAll(/action="([^"]+\/(?:disputes|refunds)\/\w+)"/g)].map(
    ([, action = '']) => action,
  )

test('a lost dispute is booked once as staff choose', async () => {
  const { household, payment, path } = await paid(9900n, { card: 'pm_card_createDispute' })
  await post(path)
  const at = await bank.processorAccount()
  const dispute = await bank.takeDispute(at, payment.id)
  const open = await staff.get(path)
  expect(open.body).toContain('is looking into it')
  expect(open.body).not.toContain('id="refund"')
  const [{ id } = { id: '' }] = await query<{ id: string }>(
    world,
    'select id from payments.dispute where payment_id = $1',
    [payment.id],
  )
  const early = await staff.post(`${path}/disputes/${id}`, { _csrf: await staff.csrf(path), outcome: 'reopen' })
  expect(early.status).toBe(422)
  await bank.decideDispute(at, dispute, 'losing_evidence')
  await bank.takeDispute(at, payment.id)
  const [form = ''] = await outcomesAt(path)
  const _csrf = await staff.csrf(path)
  expect((await staff.post(form, { _csrf, outcome: '' })).status).toBe(422)
  expect(await staff.post(form, { _csrf, outcome: 'reopen' })).toMatchObject({
    status: 303,
    location: `${path}?done=dispute`,
  })
  expect((await staff.get(`${path}?done=dispute`)).body).toContain('The outcome is recorded.')
  expect((await bank.owed(household.account)).total).toBe(20000n)
  const again = await staff.post(form, { _csrf, outcome: 'reopen' })
  expect(again.status).toBe(422)
  expect(again.body).toContain('was decided already')
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('a lost dispute of what nobody posted is written off in the office, and the payment waits for nobody', async () => {
  const { household, payment, path } = await paid(9900n, { name: 'Unposted', card: 'pm_card_createDispute' })
  const at = await bank.processorAccount()
  await bank.decideDispute(at, await bank.takeDispute(at, payment.id), 'losing_evidence')
  await bank.takeDispute(at, payment.id)
  expect((await staff.get(`${LIST}?q=Unposted&status=to-decide`)).body).toContain('To decide')
  const [form = ''] = await outcomesAt(path)
  await staff.post(form, { _csrf: await staff.csrf(path), outcome: 'write-off' })
  expect((await bank.owed(household.account)).total).toBe(10100n)
  const { body } = await staff.get(path)
  expect(body).not.toContain('Post this payment')
  expect(body).toContain('Charged back')
  expect((await staff.get(`${LIST}?q=Unposted&status=to-post`)).body).not.toContain('Unposted Ortega')
})

test('a payment that rests with nothing left to post can be closed', async () => {
  const { payment, path } = await paid(4000n)
  await bank.refund(payment.id, 4000n)
  await query(world, 'update payments.payment set posted_at = null where id = $1', [payment.id])
  expect((await staff.get(path)).body).toContain('Nothing is left of it to give to bills')
  await post(path)
  expect((await bank.payment(payment.id))?.postedAt).not.toBeNull()
  expect((await staff.get(path)).body).not.toContain('Post this payment')
})

test('a refund made at the processor is told in the office, which offers what is left and asks what it means', async () => {
  const { household, payment, path } = await paid(9900n, { name: 'Elsewhere' })
  await post(path)
  const payment_intent = (await bank.payment(payment.id))?.intent
  await world.sandbox.control('refunds', { payment_intent, amount: 2000 })
  await lookForReturns(world.app, bank.practice, { wanted: 'all' })
  const list = await staff.get(LIST)
  expect(list.body).toContain('nobody here has said what becomes of the bills')
  expect((await staff.get(`${LIST}?status=to-decide&days=all`)).body).toContain('Elsewhere Ortega')
  const page = await staff.get(path)
  expect(page.body).toContain('$20.00 went back to the card')
  expect(page.body).toContain('Made at the processor')
  expect(page.body).toContain('At most $79.00.')
  const other = await paid(1000n)
  const [form = ''] = await outcomesAt(path)
  const _csrf = await staff.csrf(path)
  expect((await staff.post(form.replace(payment.id, other.payment.id), { _csrf, outcome: 'reopen' })).status).toBe(404)
  expect(await staff.post(form, { _csrf, outcome: 'reopen' })).toMatchObject({
    status: 303,
    location: `${path}?done=outside`,
  })
  expect((await staff.get(`${path}?done=outside`)).body).toContain('What the refund means is recorded.')
  expect((await bank.owed(household.account)).total).toBe(12100n)
  expect(await outcomesAt(path)).toEqual([])
  expect((await staff.get(`${LIST}?status=to-decide&days=all`)).body).not.toContain('Elsewhere Ortega')
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('a payment is found by name, bill, card, amount and reference, by status, and page by page', async () => {
  const { household } = await paid(7777n, { name: 'Wanted', card: 'pm_card_mastercard' })
  const [bill] = await query<{ number: string }>(world, 'select number from billing.invoice where account_id = $1', [
    household.account,
  ])
  for (const q of ['wanted ort', bill?.number ?? '?', '4444', '77.77', '$77.77'])
    expect((await staff.get(`${LIST}?q=${encodeURIComponent(q)}`)).body).toContain('Wanted Ortega')
  expect((await staff.get(`${LIST}?q=%25`)).body).toContain('No payments here')
  expect((await staff.get(`${LIST}?q=wanted&status=declined`)).body).not.toContain('Wanted Ortega')
  const declined = await bank.pay({
    account: household.account,
    amount: 5000n,
    card: 'pm_card_visa_chargeDeclined',
    bills: household.bills,
  })
  expect((await staff.get(`${LIST}?q=${bill?.number}&status=declined`)).body).toContain('Wanted Ortega')
  await query(world, `update payments.payment set status = 'canceled' where id = $1`, [declined.id])
  expect((await staff.get(`${LIST}?q=wanted`)).body).not.toContain(declined.id)
  expect((await staff.get(`${LIST}?q=wanted&status=canceled`)).body).toContain(declined.id)
  await query(world, `update payments.payment set created_at = created_at - interval '40 days' where account_id = $1`, [
    household.account,
  ])
  expect((await staff.get(`${LIST}?q=wanted`)).body).not.toContain('Wanted Ortega')
  expect((await staff.get(`${LIST}?q=wanted&days=all`)).body).toContain('Wanted Ortega')
  expect((await staff.get(`${LIST}?days=x&status=y&after=z`)).status).toBe(200)
})

test('older pages show every payment once', async () => {
  const { account } = await makeHousehold(world, [100000n], world.practice, 'Paged')
  await query(
    world,
    `insert into payments.payment (practice_id, id, account_id, origin, method_kind, status, currency, ordered_cents, amount_cents, actor, created_at)
      select $1, 'pay_' || lpad(n::text, 26, '0'), $2, 'desk', 'cash', 'failed', 'usd', 100 + n, 100 + n, 'test', now() - interval '1 minute' from generate_series(1, 120) n`,
    [world.practice.id, account],
  )
  const seen: string[] = []
  let next: string | undefined = `${LIST}?q=Paged`
  while (next) {
    const { body } = await staff.get(next)
    seen.push(...[...body.matchAll(/<a href="[^"]+\/(pay_\w+)"/g)].map(match => match[1] ?? ''))
    next = /href="([^"]+)" rel="next"/.exec(body)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen).toHaveLength(120)
  expect(new Set(seen).size).toBe(120)
})

test("another practice's payment, an unknown one and a patient's session are the same page", async () => {
  const { household, path } = await paid(4000n)
  const elsewhere = await signInStaff(world, site, { practice: world.other })
  const patient = await signIn(world, site, household)
  const foreign = path.replace('riverside', 'harbor')
  expect((await elsewhere.get(foreign)).status).toBe(404)
  expect((await staff.get(`${LIST}/pay_00000000000000000000000000`)).status).toBe(404)
  expect((await patient.get(path)).status).toBe(404)
  const _csrf = await elsewhere.csrf('/harbor/office/patients')
  for (const verb of ['posting', 'refunds', 'disputes/dsp_00000000000000000000000000'])
    expect((await elsewhere.post(`${foreign}/${verb}`, { _csrf })).status).toBe(404)
})

test("staff are told for a day that the processor's clock moved, or that it is not known, and all stays ready", async () => {
  const clock = (change: string) =>
    query(world, `update payments.connection set ${change} where practice_id = $1`, [world.practice.id])
  const [told, unknown] = [/clock of this system moved against each other/, /has not told its time yet/]
  const { body } = await staff.get(LIST)
  expect(body).not.toMatch(told)
  await clock("clock_moved = interval '61 minutes', clock_since = now()")
  expect((await staff.get(LIST)).body).toMatch(told)
  expect((await staff.get('/readyz')).status).toBe(200)
  await clock("clock_since = now() - interval '25 hours'")
  expect((await staff.get(LIST)).body).not.toMatch(told)
  await clock('clock_moved = null, clock_offset = null')
  expect((await staff.get(LIST)).body).toMatch(unknown)
  expect((await staff.get('/readyz')).status).toBe(200)
  await clock("clock_offset = interval '0'")
})

test('who looked is in the audit', async () => {
  const { payment, path } = await paid(4000n)
  await staff.get(path)
  await staff.post(`${path}/refunds`, await refundForm(path, { amount: 'x' }))
  const reads = await query(world, `select what from audit.read where subject = $1 and actor like 'staff stf_%'`, [
    payment.id,
  ])
  expect(reads.map(read => read.what)).toEqual(['transaction.see', 'transaction.see', 'transaction.see'])
})

test('the refund form begins empty and sends nothing; one page says what happens to which bills, and its button names the amount', async () => {
  const { household, payment, path } = await paid(10000n)
  const [{ number } = { number: '' }] = await query<{ number: string }>(
    world,
    'select number from billing.invoice where account_id = $1',
    [household.account],
  )
  const unposted = await confirm(path, { amount: '30.00' })
  expect(unposted.body).toContain('Stays owed')
  await post(path)
  const { body } = await staff.get(path)
  const form = /<form method="get"[^>]*action="[^"]*\/refund"[\s\S]*?<\/form>/.exec(body)?.[0] ?? ''
  expect(form).toContain('name="amount"')
  expect(form).not.toMatch(/name="amount"[^>]*value="[^"]/)
  expect(form).not.toContain('checked')
  expect(body).not.toMatch(/<form method="post"[^>]*\/refunds"/)
  for (const [reopens, becomes] of [
    ['yes', 'Owed again'],
    ['no', 'Stays settled'],
  ] as const) {
    const page = await confirm(path, { amount: '30.00', reopens, reason: 'Paid twice' })
    expect(page.status).toBe(200)
    for (const said of ['Refund $30.00?', becomes, number, 'Reason: Paid twice', 'Visa 4242'])
      expect(page.body).toContain(said)
    const sending = /<form method="post"[^>]*\/refunds"[\s\S]*?<\/form>/.exec(page.body)?.[0] ?? ''
    expect(sending).toContain('Refund $30.00')
    expect(sending).not.toMatch(/<input(?! type="hidden")|<textarea|<select/)
  }
  for (const [name, typed] of [
    ['amount', ''],
    ['amount', '100.01'],
    ['reopens', ''],
  ] as const) {
    const refused = await confirm(path, { [name]: typed })
    expect(refused.status).toBe(422)
    expect(refused.body).toContain('class="error"')
  }
  expect((await staff.get(`${path}/refund`)).status).toBe(200)
  expect(await bank.atProcessor(payment.id)).toMatchObject({ cents: 10000 })
})

test('what was collected is told gross, with what went back and what is left of it', async () => {
  const { path } = await paid(10000n)
  await staff.post(`${path}/refunds`, await refundForm(path, { amount: '12.34' }))
  const { body } = await staff.get(LIST)
  const [, gross = '', back = '', net = ''] =
    /Collected today<\/span><b>\$([\d,.]+)<\/b>.*?\$([\d,.]+) returned, \$([\d,.]+) net/s.exec(body) ?? []
  const cents = (said: string) => Math.round(Number(said.replaceAll(',', '')) * 100)
  expect(cents(back)).toBeGreaterThanOrEqual(1234)
  expect(cents(gross) - cents(back)).toBe(cents(net))
})

test('what is said of a refund is what it does: credit first, then the newest bill', async () => {
  const { account } = await makeHousehold(world, [2000n, 3000n])
  await setSettings(world.app, bank.actor, { overpaying: 'on', posting: 'auto' })
  const { id } = await bank.pay({ account, amount: 6000n })
  await setSettings(world.app, bank.actor, { overpaying: 'off', posting: 'manual' })
  const said = await bank.read(async tx => {
    const payment = await bank.payment(id)
    if (!payment) throw new Error('there is no such payment')
    return previewRefund(tx, bank.practice, payment, { amount: 4500n, reopens: true })
  })
  expect(said).toMatchObject({
    credit: 1000n,
    bills: [
      { title: 'Visit 1', cents: 500n },
      { title: 'Visit 2', cents: 3000n },
    ],
  })
  await bank.refund(id, 4500n)
  const open = await query<{ open: string }>(
    world,
    'select open_cents as open from billing.invoice where account_id = $1 order by due_on',
    [account],
  )
  expect(open.map(row => row.open)).toEqual(['500', '3000'])
})
