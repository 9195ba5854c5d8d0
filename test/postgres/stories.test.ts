import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPaymentStory } from '../../src/documents/payment-story.ts'
import type { PaymentId } from '../../src/kernel/ids.ts'
import { readMailbox } from '../../src/platform/mail.ts'
import { setSettings } from '../../src/practice/settings.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { type Client, type Site, serveWorld, signIn, signInStaff } from '../support/http.ts'
import { deliver } from '../support/letters.ts'
import { readPdfText } from '../support/pdf-text.ts'
import { type Household, makeHousehold, makeWorld, query, type World } from '../support/world.ts'

let world: World
let site: Site
let bank: Bank
let staff: Client
beforeAll(async () => {
  world = await makeWorld({ settings: { overpaying: 'on' }, env: { PORTICO_LIMITS: 'off' } })
  site = await serveWorld(world)
  bank = bankOf(world)
  staff = await signInStaff(world, site)
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

const plain = (html: string) =>
  html
    .replace(/<style.*?<\/style>/gs, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

async function open(amounts: readonly bigint[]): Promise<{ household: Household; client: Client }> {
  const household = await makeHousehold(world, amounts)
  const email = `${household.patient}@example.org`
  return { household, client: await signIn(world, site, household, { email }) }
}

/** What is said of a payment to its payer, to staff, on paper and by mail. */
async function everyTelling(payment: PaymentId, { household, client }: Awaited<ReturnType<typeof open>>) {
  await deliver(world, bank.practice, { type: 'payment.succeeded', subject: payment })
  const [mail] = await readMailbox(world.config.dataFolder, `${household.patient}@example.org`)
  return {
    page: plain((await client.get(`/riverside/payments/${payment}`)).body),
    office: plain((await staff.get(`/riverside/office/transactions/${payment}`)).body),
    receipt: (await readPdfText((await client.get(`/riverside/payments/${payment}/receipt.pdf`)).bytes)).replace(
      /\s+/g,
      ' ',
    ),
    mail: mail?.text ?? '',
  }
}

const partsOf = async (payment: PaymentId) => {
  const { parts, toCredit } = await bank.read(async tx => {
    const found = await bank.payment(payment)
    if (!found) throw new Error('there is no such payment')
    return readPaymentStory(tx, bank.practice, found)
  })
  return { parts: parts.map(({ cents, takenBack, left }) => [cents, takenBack, left]), toCredit }
}

test.each([
  ['posted by itself', 'auto'],
  ['waiting to be posted', 'manual'],
])('page, office, receipt and mail say the same of a payment %s', async (_, posting) => {
  await setSettings(world.app, bank.actor, { posting })
  const home = await open([5000n, 3000n])
  const { account } = home.household
  const { id } = await bank.pay({ account, amount: 9100n })
  const told = await everyTelling(id, home)
  const numbers = await query<{ number: string }>(
    world,
    'select number from billing.invoice where account_id = $1 order by id',
    [account],
  )
  const facts = [...numbers.map(({ number }) => number), '$50.00', '$30.00', '$11.00', '$91.00']
  for (const [where, text] of Object.entries(told))
    for (const fact of facts) expect(text, `${where} says ${fact}`).toContain(fact)
  expect(await partsOf(id)).toEqual({
    parts: [
      [5000n, 0n, 0n],
      [3000n, 0n, 0n],
    ],
    toCredit: 1100n,
  })
})

test('what was refunded is told as taken back, and what a refund that failed took is not', async () => {
  await setSettings(world.app, bank.actor, { posting: 'auto' })
  const home = await open([5000n, 3000n])
  const { id } = await bank.pay({ account: home.household.account, amount: 9100n, card: 'pm_card_createDispute' })
  expect(await partsOf(id)).toMatchObject({ toCredit: 1100n })
  // Disputed at the processor, not known here yet: it refuses, and what the refund took of credit and bills is given back.
  expect((await bank.refund(id, 3000n)).status).toBe('failed')
  const failed = await partsOf(id)
  expect(failed).toEqual({
    parts: [
      [5000n, 0n, 0n],
      [3000n, 0n, 0n],
    ],
    toCredit: 1100n,
  })
  const { page, office, receipt } = await everyTelling(id, home)
  expect(office).not.toContain('taken back')
  for (const text of [page, receipt]) {
    expect(text).toContain('$50.00')
    expect(text).not.toContain('$80.00')
  }
})

test('a receipt keeps saying what was paid to each bill after some of it went back', async () => {
  const home = await open([5000n, 3000n])
  const { id } = await bank.pay({ account: home.household.account, amount: 8000n })
  await bank.refund(id, 1000n)
  expect(await partsOf(id)).toEqual({
    parts: [
      [5000n, 0n, 0n],
      [3000n, 1000n, 1000n],
    ],
    toCredit: 0n,
  })
  const { page, office, receipt, mail } = await everyTelling(id, home)
  for (const text of [page, office, receipt, mail]) expect(text).toContain('$30.00')
  expect(office).toContain('$10.00 taken back')
})
