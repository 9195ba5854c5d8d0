import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../test/support/bank.ts'
import { type Client, type Site, serveWorld, signIn } from '../../test/support/http.ts'
import { caseFile, take } from '../../test/support/imports.ts'
import { type Household, makeHousehold, makeWorld, newPayment, query, type World } from '../../test/support/world.ts'
import { system } from '../kernel/actor.ts'
import type { AccountId, InvoiceId, PatientId } from '../kernel/ids.ts'
import { recordDeskPayment } from '../payments/desk.ts'
import { setSettings } from '../practice/settings.ts'

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

/** Every page on which a bill could be paid. */
async function pagesOf(client: Client, bill: InvoiceId | undefined) {
  const read = async (path: string) => (await client.get(`/riverside/${path}`)).body
  return {
    home: await read('home'),
    bills: await read('bills'),
    bill: await read(`bills/${bill}`),
    pay: await read('payments/new'),
    payBill: await read(`payments/new?bill=${bill}`),
  }
}

const NONE = 'No card can be charged for less than $0.50. Pay the $0.30'
const TOGETHER = 'so $0.30 cannot be paid by itself'
const ASKS_FOR_CARD = /name="method" value="new"|data-card/
const LEADS_TO_PAY = /href="[^"]*\/payments\/new/

async function imported(): Promise<Household> {
  await take(world, world.practice, caseFile('b11-thirty-cents.json'))
  const [row] = await query<{ account: AccountId; patient: PatientId; bill: InvoiceId }>(
    world,
    `select account_id as account, patient_id as patient, id as bill from billing.invoice where total_cents = 30`,
  )
  if (!row) throw new Error('thirty cents are billed')
  return { account: row.account, patient: row.patient, bills: [row.bill] }
}

test('a bill of thirty cents offers no card anywhere, says what to do, and can be paid at the practice', async () => {
  const household = await imported()
  const client = await signIn(world, site, household)
  const pages = await pagesOf(client, household.bills[0])
  for (const [name, body] of Object.entries(pages)) {
    expect(body, name).toContain(NONE)
    expect(body, name).toContain('tel:5550104410')
    expect(body, name).not.toMatch(ASKS_FOR_CARD)
    expect(body, name).not.toMatch(LEADS_TO_PAY)
  }
  await recordDeskPayment(world.app, system(world.practice.id, 'test'), {
    payment: newPayment(),
    account: household.account,
    bills: household.bills,
    amount: 30n,
    kind: 'cash',
    reference: '',
  })
  expect((await bankOf(world).owed(household.account)).total).toBe(0n)
})

test('beside other bills it is paid together with them, by the card that it cannot be charged to alone', async () => {
  const household = await makeHousehold(world, [30n, 2000n])
  const client = await signIn(world, site, household)
  const { home, bill, payBill } = await pagesOf(client, household.bills[0])
  expect(home).not.toContain('No card can be charged')
  expect(home).toMatch(LEADS_TO_PAY)
  expect(bill).toContain(TOGETHER)
  expect(bill).toContain('Pay all, $20.30')
  expect(bill).not.toContain(`payments/new?bill=${household.bills[0]}`)
  expect(payBill).toContain(TOGETHER)
  expect(payBill).toContain('value="20.30"')
  expect(payBill).not.toContain('name="pick" value="0.30"')
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(payBill)?.[1] ?? ''
  const answer = await client.post('/riverside/payments', {
    _csrf: field('_csrf'),
    payment: field('payment'),
    bill: household.bills[0] ?? '',
    shown: field('shown'),
    pick: '20.30',
    method: 'new',
    payment_method: 'pm_card_visa',
  })
  expect(answer.status).toBe(303)
  expect((await bankOf(world).owed(household.account)).total).toBe(0n)
})

test('fifty cents are enough, and one cent less is not', async () => {
  for (const [cents, offers] of [
    [50n, true],
    [49n, false],
  ] as const) {
    const household = await makeHousehold(world, [cents])
    const client = await signIn(world, site, household)
    const { home, bill, payBill } = await pagesOf(client, household.bills[0])
    for (const body of [home, bill]) expect(LEADS_TO_PAY.test(body)).toBe(offers)
    expect(ASKS_FOR_CARD.test(payBill)).toBe(offers)
  }
})

test('credit pays what no card can; where more than is owed may be paid, the least that a card takes is offered', async () => {
  const settings = (overpaying: 'on' | 'off') =>
    setSettings(world.app, system(world.practice.id, 'test'), { overpaying })
  await settings('on')
  const household = await makeHousehold(world, [30n])
  const client = await signIn(world, site, household)
  const offered = await pagesOf(client, household.bills[0])
  expect(offered.bill).toMatch(LEADS_TO_PAY)
  expect(offered.payBill).toContain('value="0.50"')
  expect(offered.payBill).not.toContain('name="pick" value="0.30"')
  const bank = bankOf(world)
  await bank.pay({ account: household.account, amount: 100n })
  await settings('off')
  expect(await bank.owed(household.account)).toMatchObject({ total: 0n, creditTotal: 70n })
})
