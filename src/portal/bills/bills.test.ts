import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../../test/support/bank.ts'
import { lower, withdraw } from '../../../test/support/claim-acts.ts'
import { type Site, serveWorld, signIn } from '../../../test/support/http.ts'
import { claimLine, makeBill, makeHousehold, makeWorld, type World } from '../../../test/support/world.ts'

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

test('a bill says of each line which part is the patient’s, and sums it up between what was charged and what is owed', async () => {
  const household = await makeHousehold(world, [5000n])
  const client = await signIn(world, site, household)
  const { body } = await client.get(`/riverside/bills/${household.bills[0]}`)
  expect(body).toMatch(/Your part of \$[\d.]+</)
  expect(body).toMatch(/<dt>Insurance discount<[\s\S]*<dt>Your part<[\s\S]*\$50\.00[\s\S]*<dt>You owe</)
})

test('a paid bill says on a phone when its visit was and what the patient’s part was', async () => {
  const household = await makeHousehold(world, [5000n])
  const client = await signIn(world, site, household)
  await bankOf(world).pay({ account: household.account, amount: 5000n })
  for (const show of ['paid', 'all']) {
    const { body } = await client.get(`/riverside/bills?show=${show}`)
    expect(body).toMatch(/<span class="only-narrow"> · [A-Z][^<]*\d/)
    expect(body).toMatch(/<span class="wide">–<\/span><span class="only-narrow muted"><span class="money">\$50\.00/)
  }
})

test('home says once that nothing is owed, without an empty card of open bills', async () => {
  const household = await makeHousehold(world, [5000n])
  const client = await signIn(world, site, household)
  expect((await client.get('/riverside/home')).body).toContain('Open bills')
  await bankOf(world).pay({ account: household.account, amount: 5000n })
  const { body } = await client.get('/riverside/home')
  expect(body.match(/Nothing to pay/g)).toHaveLength(1)
  expect(body).not.toContain('Open bills')
})

test('a bill tells what was paid before, what the insurer sent the patient, and what a line is made of', async () => {
  const household = await makeHousehold(world, [])
  const lines = [{ ...claimLine(1, 3000n), items: ['MRI', 'Contrast dye'] }]
  const bill = await makeBill(world, household, { lines, paidBefore: 3000n, paidToPatient: 1500n })
  const other = await makeBill(world, household, { lines: [claimLine(1, 4000n)] })
  const client = await signIn(world, site, household)
  const { body } = await client.get(`/riverside/bills/${bill}`)
  expect(body).toMatch(/<dt>Paid before, your insurer says<[\s\S]*−\$30\.00[\s\S]*<dt>You owe<[\s\S]*\$0\.00/)
  expect(body).toContain('$30.00 paid before, your insurer says')
  expect(body).toContain('Your insurer says that it sent $15.00 for this to you, not to the practice.')
  expect(body).toContain('MRI · Contrast dye')
  const plain = (await client.get(`/riverside/bills/${other}`)).body
  for (const told of ['your insurer says', 'sent $', '·</span>']) expect(plain).not.toContain(told)
})

test('a bill tells what a next insurer bears, what became credit of it, and that it was withdrawn', async () => {
  const bank = bankOf(world)
  const household = await makeHousehold(world, [])
  const bill = await makeBill(world, household, { source: 'surgery', lines: [claimLine(1, 5000n)] })
  const client = await signIn(world, site, household)
  const read = async () => (await client.get(`/riverside/bills/${bill}`)).body
  await bank.pay({ account: household.account, amount: 4000n })
  await lower(bank, 'surgery', { 1: 3000n })
  const lowered = await read()
  expect(lowered).toMatch(/<dt>Your next insurer paid<[\s\S]*−\$20\.00[\s\S]*<dt>You paid<[\s\S]*−\$30\.00/)
  expect(lowered).toContain('Your next insurer answered and bears $20.00')
  expect(lowered).toContain('$10.00 of it is your credit now')
  await withdraw(bank, 'surgery')
  const gone = await read()
  expect(gone).toMatch(/<dt>Withdrawn<[\s\S]*−\$50\.00[\s\S]*<dt>You owe<[\s\S]*\$0\.00/)
  expect(gone).toContain('This bill was withdrawn. You owe nothing for it.')
  expect(gone).toContain('Bill withdrawn')
  for (const told of ['Bill paid', 'This bill is paid', 'You paid']) expect(gone).not.toContain(told)
  const { body } = await client.get('/riverside/bills?show=all')
  expect(body).toMatch(/class="tag[^"]*"[^>]*>Withdrawn</)
})
