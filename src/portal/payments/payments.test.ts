import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bankOf } from '../../../test/support/bank.ts'
import { type Client, type Site, serveWorld, signIn } from '../../../test/support/http.ts'
import { claimLine, type Household, makeHousehold, makeWorld, TODAY, type World } from '../../../test/support/world.ts'
import { billClaim } from '../../billing/bill-claim.ts'
import { lockAccount } from '../../identity/accounts.ts'
import { system, wholePractice } from '../../kernel/actor.ts'
import { isId, newId, type PaymentId } from '../../kernel/ids.ts'
import { transact } from '../../platform/database.ts'
import { setSettings } from '../../practice/settings.ts'

let world: World
let site: Site

beforeAll(async () => {
  world = await makeWorld({ env: { PORTICO_LIMITS: 'off' } })
  site = await serveWorld(world)
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

async function addBill({ app, practice }: World, { account, patient }: Household, share: bigint): Promise<void> {
  const claim = {
    account,
    patient,
    source: newId('src'),
    title: 'Follow-up',
    clinician: null,
    location: null,
    payer: null,
  }
  const dates = { servicedOn: TODAY, issuedOn: TODAY, open: true }
  await transact(app.db, wholePractice(practice.id), async tx => {
    await lockAccount(tx, practice.id, account)
    await billClaim(app, tx, system(practice.id, 'test'), { ...claim, ...dates, lines: [claimLine(1, share)] })
  })
}

type Payer = { household: Household; client: Client; csrf: string }

async function payer(amounts: bigint[]): Promise<Payer> {
  const household = await makeHousehold(world, amounts)
  const client = await signIn(world, site, household)
  return { household, client, csrf: await client.csrf('/riverside/home') }
}

/** The fields that a page's pay form carries unseen. */
async function formAt(client: Client, path = '/riverside/payments/new'): Promise<{ _csrf: string; payment: string }> {
  const { body } = await client.get(path)
  const value = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(body)?.[1] ?? ''
  return { _csrf: value('_csrf'), payment: value('payment') }
}

const NEW = { method: 'new', payment_method: 'pm_card_visa' }
const idOf = (location: string | null): PaymentId => {
  const id = location?.split('/').at(-1) ?? ''
  if (!isId('pay', id)) throw new Error(`${location} is no payment's page`)
  return id
}

async function pay(client: Client, order: Record<string, string | string[]>) {
  const answer = await client.post('/riverside/payments', { ...(await formAt(client)), ...order })
  return { ...answer, page: answer.location ? await client.get(answer.location) : undefined }
}

test('the form starts with all that is owed, its button names it, and the table shows where it goes', async () => {
  const { client, household } = await payer([18500n, 6150n])
  const { status, body, headers } = await client.get('/riverside/payments/new')
  expect(status).toBe(200)
  expect(body).toContain('You owe $246.50')
  expect(body).toMatch(/data-charged[^>]*>\$246\.50/)
  expect(body).toMatch(/data-open="18500"[\s\S]*data-open="6150"/)
  expect(headers.get('content-security-policy')).toContain(`form-action 'self' ${new URL(world.sandbox.url).origin}`)
  const bill = await client.get(`/riverside/payments/new?bill=${household.bills[1]}`)
  expect(bill.body).toMatch(/data-charged[^>]*>\$61\.50/)
  expect(bill.body).toMatch(/data-open="6150"[\s\S]*data-open="18500"/)
  expect(bill.body).toContain('value="246.50"')
})

test('paying once leads to the receipt; sent twice it shows the same payment and is charged once', async () => {
  const { client, household } = await payer([18500n, 6150n])
  const order = { ...(await formAt(client)), bill: household.bills[1] ?? '', amount: '100', ...NEW }
  const first = await client.post('/riverside/payments', order)
  const second = await client.post('/riverside/payments', order)
  expect([first.status, second.status]).toEqual([303, 303])
  expect(second.location).toBe(first.location)
  const { body } = await client.get(first.location ?? '')
  expect(body).toContain('You paid $100.00')
  expect(body).toMatch(/Visit 2[\s\S]*\$61\.50[\s\S]*Visit 1[\s\S]*\$38\.50[\s\S]*\$146\.50/)
  expect(body).toContain('You still owe $146.50.')
  expect(body).toContain('Visa ending 4242')
  expect(await bankOf(world).atProcessor(idOf(first.location))).toEqual({ charges: 1, cents: 10000 })
  const list = await client.get('/riverside/payments')
  expect(list.body).toContain('2 bills')
  expect(list.body).toContain(`${first.location}/receipt.pdf`)
})

test('the same form with another amount is refused, and nothing more is charged', async () => {
  const { client } = await payer([5000n])
  const form = await formAt(client)
  const paid = await client.post('/riverside/payments', { ...form, amount: '10.00', ...NEW })
  const other = await client.post('/riverside/payments', { ...form, amount: '20.00', ...NEW })
  expect(other.status).toBe(422)
  expect(other.body).toContain('already sent with another amount')
  expect(other.body).not.toContain(form.payment)
  expect(await bankOf(world).atProcessor(idOf(paid.location))).toEqual({ charges: 1, cents: 1000 })
})

describe('a refused order', () => {
  test('keeps what was typed and says what is wrong beside the field', async () => {
    const { client } = await payer([5000n])
    const form = await formAt(client)
    const refused = await client.post('/riverside/payments', {
      ...form,
      pick: 'other',
      amount: '70.00',
      ...NEW,
      save: 'yes',
    })
    expect(refused.status).toBe(422)
    expect(refused.body).toContain('The most you can pay now is $50.00.')
    expect(refused.body).toContain('value="70.00"')
    expect(refused.body).toMatch(/id="save"[^>]*checked/)
    expect(refused.body).toContain(`name="payment" value="${form.payment}"`)
    const again = await client.post('/riverside/payments', { ...form, pick: 'other', amount: '50.00', ...NEW })
    expect(again.location).toBe(`/riverside/payments/${form.payment}`)
  })

  test('without an amount, with nonsense, or with two amounts is not guessed', async () => {
    const { client } = await payer([5000n])
    const say = async (order: Record<string, string>) => (await pay(client, { ...NEW, ...order })).body
    expect(await say({})).toContain('Choose how much you pay.')
    expect(await say({ amount: 'lots' })).toContain('Type an amount in dollars above zero')
    expect(await say({ amount: 'lots' })).toContain('value="lots"')
    expect(await say({ pick: '50.00', amount: '20.00' })).toContain('You chose $50.00 and typed 20.00.')
    expect(await say({ amount: '10', method: '' })).toContain('Choose a card to pay with.')
    expect((await pay(client, { amount: '0.50', method: 'new', payment_method: '4242424242424242' })).status).toBe(422)
  })

  test('says the new amount when what is owed changed meanwhile', async () => {
    const { client, household } = await payer([5000n])
    const form = await formAt(client)
    await bankOf(world).pay({ account: household.account, amount: 3000n })
    const late = await client.post('/riverside/payments', { ...form, pick: '50.00', amount: '', ...NEW })
    expect(late.status).toBe(422)
    expect(late.body).toContain('What you owe changed while this page was open. It is $20.00 now.')
    expect(late.body).toMatch(/value="20\.00" checked/)
    await bankOf(world).pay({ account: household.account, amount: 2000n })
    const later = await client.post('/riverside/payments', { ...form, pick: '20.00', amount: '', ...NEW })
    expect(later.status).toBe(422)
    expect(later.body).toContain('It may have been paid a moment ago')
  })

  test('without its payment id, or from elsewhere, changes nothing', async () => {
    const { client, csrf } = await payer([5000n])
    const form = await formAt(client)
    const order = { ...form, amount: '10.00', ...NEW }
    const status = async (more: Record<string, string>, headers: Record<string, string> = {}) =>
      (await client.post('/riverside/payments', { ...order, ...more }, headers)).status
    expect(await status({ _csrf: 'wrong' })).toBe(403)
    expect(await status({}, { Origin: 'https://evil.example' })).toBe(403)
    expect(await status({ payment: newId('pay') })).toBe(404)
    expect(await status({ payment: '' })).toBe(400)
    expect((await client.get('/riverside/payments')).body).toContain('No payments yet')
    expect(await status({ _csrf: csrf })).toBe(303)
  })
})

test("another household's bill, payment or method is the same 404 everywhere", async () => {
  const mine = await payer([5000n])
  const theirs = await payer([7000n])
  const paid = await pay(theirs.client, { amount: '10.00', ...NEW, save: 'yes' })
  const method = /id="(mth_[0-9a-z]{26})"/.exec((await theirs.client.get('/riverside/payments/new')).body)?.[1] ?? ''
  expect(method).not.toBe('')
  const bill = theirs.household.bills[0] ?? ''
  const gets = [
    `/riverside/payments/new?bill=${bill}`,
    `/riverside/payments?after=${idOf(paid.location)}`,
    paid.location ?? '',
    `${paid.location}/receipt.pdf`,
    `/riverside/bills/${bill}/bill.pdf`,
    `/riverside/methods/${method}/removal`,
  ]
  for (const path of gets) {
    expect([path, (await theirs.client.get(path)).status]).toEqual([path, 200])
    expect([path, (await mine.client.get(path)).status]).toEqual([path, 404])
  }
  const form = await formAt(mine.client)
  const post = async (path: string, more: Record<string, string> = {}) =>
    (await mine.client.post(path, { ...form, amount: '10.00', ...NEW, ...more })).status
  expect(await post('/riverside/payments', { bill })).toBe(404)
  expect(await post('/riverside/payments', { method })).toBe(404)
  expect(await post('/riverside/payments', { payment: (await formAt(theirs.client)).payment })).toBe(404)
  expect(await post(`${paid.location}/cancellation`)).toBe(404)
  expect(await post(`/riverside/methods/${method}/removal`)).toBe(404)
  expect(await post(`/riverside/methods/${method}/default`)).toBe(404)
})

test('a declined card ends in a page that says why, charges nothing, and lets the payer try again', async () => {
  const { client, household } = await payer([5000n])
  const { page } = await pay(client, {
    bill: household.bills[0] ?? '',
    amount: '50.00',
    method: 'new',
    payment_method: 'pm_card_chargeDeclinedInsufficientFunds',
  })
  expect(page?.body).toContain('Your payment of $50.00 did not go through')
  expect(page?.body).toContain('There is not enough money on this card.')
  expect(page?.body).toMatch(/<dt>Card<[\s\S]*<dt>From<[\s\S]*<dt>To</)
  expect(page?.body).not.toMatch(/<dt>Paid (with|by|to)</)
  expect(page?.body).toContain(`/riverside/payments/new?bill=${household.bills[0]}`)
  expect((await client.get('/riverside/payments/new')).body).toContain('You owe $50.00')
})

describe("the bank's authentication", () => {
  const CHALLENGE = { amount: '50.00', method: 'new', payment_method: 'pm_card_threeDSecure2Required' }

  test('is a page that leads to the bank; coming back settles what the bank decided', async () => {
    const { client } = await payer([5000n])
    const { location, page } = await pay(client, CHALLENGE)
    expect(page?.body).toContain('Your bank wants to know it is you')
    expect(page?.headers.has('refresh')).toBe(false)
    const payment = await bankOf(world).payment(idOf(location))
    expect(page?.body).toContain(payment?.actionUrl?.replaceAll('&', '&amp;'))
    await bankOf(world).authenticate({ actionUrl: payment?.actionUrl ?? null }, 'complete')
    const back = await client.get(`${location}?payment_intent=pi_1&payment_intent_client_secret=secret`)
    expect(back).toMatchObject({ status: 303, location })
    expect((await client.get(location ?? '')).body).toContain('You paid $50.00')
  })

  test('that fails is a declined payment, and one can be cancelled', async () => {
    const { client, csrf } = await payer([5000n])
    const failed = await pay(client, CHALLENGE)
    const payment = await bankOf(world).payment(idOf(failed.location))
    await bankOf(world).authenticate({ actionUrl: payment?.actionUrl ?? null }, 'fail')
    const told = (await client.get(failed.location ?? '')).body
    expect(told).toContain('did not go through')
    expect(told).toContain('could not make sure it was you')
    const open = await pay(client, CHALLENGE)
    const canceled = await client.post(`${open.location}/cancellation`, { _csrf: csrf })
    expect(canceled).toMatchObject({ status: 303, location: open.location })
    expect((await client.get(open.location ?? '')).body).toContain('was canceled')
    expect((await client.get('/riverside/payments/new')).body).toContain('You owe $50.00')
  })
})

test('an attempt that waits for its payer lowers nothing that they see, and is replaced when they pay again', async () => {
  const { client, household } = await payer([5000n, 3000n])
  const father = await signIn(world, site, household, { email: `father-${household.patient}@example.org` })
  const waiting = await pay(client, { amount: '80.00', method: 'new', payment_method: 'pm_card_threeDSecure2Required' })
  for (const path of ['/riverside/home', '/riverside/payments/new']) {
    const own = (await client.get(path)).body
    expect(own).toContain('$80.00')
    expect(own).toContain(waiting.location)
    expect(own).toContain('waits for you to confirm it')
  }
  expect((await father.get('/riverside/payments/new')).body).toContain('What you owe is already being paid.')
  const [bill = ''] = household.bills
  const again = await pay(client, { bill, amount: '50.00', shown: '50.00', ...NEW })
  expect(again.page?.body).toContain('You paid $50.00')
  expect((await client.get(waiting.location ?? '')).body).toContain('was canceled')
  expect((await father.get('/riverside/payments/new')).body).toContain('You owe $30.00')
})

test('a payer sees and pays the bills of the patients their access covers, and no others', async () => {
  const { client, household } = await payer([5000n])
  const bank = bankOf(world)
  await makeHousehold(world, [3000n], world.practice, 'Ben', household.account)
  expect((await client.get('/riverside/payments/new')).body).toContain('You owe $50.00')
  const refused = await client.post('/riverside/payments', { ...(await formAt(client)), amount: '80.00', ...NEW })
  expect(refused.body).toContain('The most you can pay now is $50.00.')
  await setSettings(world.app, bank.actor, { overpaying: 'on' })
  const over = await pay(client, { amount: '80.00', ...NEW })
  await setSettings(world.app, bank.actor, { overpaying: 'off' })
  expect(over.page?.body).toContain('You paid $80.00')
  expect(await bank.owed(household.account)).toMatchObject({ total: 3000n, creditTotal: 3000n })
})

test("without script the card is asked for on the processor's page, and coming back shows the receipt", async () => {
  const { client } = await payer([5000n])
  const { location, page } = await pay(client, { pick: '50.00', amount: '', method: 'new', payment_method: '' })
  expect(page?.body).toContain('Enter your card to finish')
  expect(page?.body).toContain('Continue to the card page')
  const payment = await bankOf(world).payment(idOf(location))
  expect(await bankOf(world).typeCard({ actionUrl: payment?.actionUrl ?? null }, '4242424242424242')).toBeLessThan(400)
  expect((await client.get(location ?? '')).body).toContain('You paid $50.00')
})

test('a lost answer is "checking with your bank", which asks again by itself and never says failed', async () => {
  const { client } = await payer([5000n])
  const form = await formAt(client)
  await world.sandbox.control('faults', { rules: [{ method: 'POST', path: '/v1/payment_intents', fault: 'lost' }] })
  const sent = await client.post('/riverside/payments', { ...form, amount: '50.00', ...NEW })
  await world.sandbox.control('faults', { rules: [] })
  expect(sent.status).toBe(303)
  const { body, headers } = await client.get(sent.location ?? '')
  expect(body).toContain('We are checking with your bank')
  expect(body).not.toContain('did not go through')
  expect(headers.get('refresh')).toBe('5')
})

test('credit is used first and said so; a choice that it covers asks for no card', async () => {
  const { client, household } = await payer([5000n])
  const bank = bankOf(world)
  await setSettings(world.app, bank.actor, { overpaying: 'on' })
  await bank.pay({ account: household.account, amount: 6000n })
  await setSettings(world.app, bank.actor, { overpaying: 'off' })
  expect((await client.get('/riverside/payments/new')).body).toContain('Nothing to pay')
  await addBill(world, household, 4000n)
  const form = await client.get('/riverside/payments/new')
  expect(form.body).toMatch(/data-used[^>]*>\$10\.00<[\s\S]*of your credit is used first/)
  expect(form.body).toMatch(/data-charged[^>]*>\$30\.00/)
  const part = await pay(client, { amount: '10.00', ...NEW })
  expect(part.page?.body).toContain('Your credit')
  expect(await bank.atProcessor(idOf(part.location))).toEqual({ charges: 0, cents: 0 })
  const rest = await pay(client, { amount: '30.00', ...NEW })
  expect(await bank.atProcessor(idOf(rest.location))).toEqual({ charges: 1, cents: 3000 })
})

test('more than is owed is refused without a promise of credit, unless the practice keeps credit', async () => {
  const { client } = await payer([5000n])
  const refused = await client.post('/riverside/payments', { ...(await formAt(client)), amount: '60.00', ...NEW })
  expect(refused.status).toBe(422)
  expect(refused.body).toContain('The most you can pay now is $50.00.')
  expect(refused.body).toContain('data-most="5000"')
  expect(refused.body).toMatch(/<tr data-credit-row[^>]* hidden/)
  expect(refused.body).not.toContain('data-known')
  await setSettings(world.app, bankOf(world).actor, { overpaying: 'on' })
  const open = await client.get('/riverside/payments/new')
  await setSettings(world.app, bankOf(world).actor, { overpaying: 'off' })
  expect(open.body).not.toContain('data-most')
})

test('the pay page of a paid bill says that it is paid, and leads to the rest', async () => {
  const { client, household } = await payer([5000n, 3000n])
  const [bill = ''] = household.bills
  await pay(client, { bill, amount: '50.00', ...NEW })
  const { body } = await client.get(`/riverside/payments/new?bill=${bill}`)
  expect(body).toMatch(/<h1[^>]*>This bill is paid</)
  expect(body).toContain('You still owe $30.00.')
  expect(body).toContain('Pay the rest, $30.00')
})

test('where posting is by hand the receipt says it is being posted, with the same lines', async () => {
  const { client } = await payer([5000n])
  await setSettings(world.app, bankOf(world).actor, { posting: 'manual' })
  const { page } = await pay(client, { amount: '50.00', ...NEW })
  await setSettings(world.app, bankOf(world).actor, { posting: 'auto' })
  expect(page?.body).toContain('We have your payment of $50.00')
  expect(page?.body).toContain('is posting it to your bills')
  expect(page?.body).toContain('Where it will go')
  expect((await client.get('/riverside/payments/new')).body).toContain('What you owe is already being paid.')
})

test('receipt and bill come as PDF files; a payment without money has no receipt', async () => {
  const { client, household } = await payer([5000n])
  const paid = await pay(client, { amount: '20.00', ...NEW })
  for (const path of [`${paid.location}/receipt.pdf`, `/riverside/bills/${household.bills[0]}/bill.pdf`]) {
    const { status, headers, bytes } = await client.get(path)
    expect([status, headers.get('content-type'), bytes.subarray(0, 5).toString()]).toEqual([
      200,
      'application/pdf',
      '%PDF-',
    ])
  }
  const declined = await pay(client, { amount: '20.00', method: 'new', payment_method: 'pm_card_chargeDeclined' })
  expect((await client.get(`${declined.location}/receipt.pdf`)).status).toBe(404)
})

test('a bill tells what went back of its payment, and what the practice bears instead', async () => {
  const { household, client } = await payer([10000n])
  const bank = bankOf(world)
  const { id } = await bank.pay({ account: household.account, amount: 10000n })
  await bank.refund(id, 3000n, { reopens: false })
  await bank.refund(id, 2000n)
  const { body } = await client.get(`/riverside/bills/${household.bills[0]}`)
  const text = body.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
  for (const said of [
    'Written off by the practice −$30.00',
    'You paid −$50.00',
    '$100.00 paid',
    '$50.00 refunded',
    '$30.00 written off by the practice',
  ])
    expect(text).toContain(said)
})

test('a payment that its bank took back for good says so, in its list and on its page', async () => {
  const bank = bankOf(world)
  const at = await bank.processorAccount()
  const { client, household } = await payer([3000n])
  const { id } = await bank.pay({ account: household.account, amount: 3000n, card: 'pm_card_createDispute' })
  await bank.decideDispute(at, await bank.takeDispute(at, id), 'losing_evidence')
  await bank.takeDispute(at, id)
  expect((await client.get('/riverside/payments')).body).toContain('Returned by your bank')
  expect((await client.get(`/riverside/payments/${id}`)).body).toContain('Your bank took back your payment of $30.00')
})
