import { afterAll, beforeAll, expect, test } from 'vitest'
import { bankOf } from '../../test/support/bank.ts'
import { makeOpenBills } from '../../test/support/crowd.ts'
import { type Client, type Site, serveWorld, signIn } from '../../test/support/http.ts'
import { type Household, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { wordsFor } from '../design/words.ts'

const BILLS = 1_200
/** 10.01, 10.02 and so on to 22.00. */
const ALL = BILLS * 1000 + (BILLS * (BILLS + 1)) / 2

let world: World
let site: Site
let household: Household
let payer: Client
beforeAll(async () => {
  world = await makeWorld({ env: { PORTICO_LIMITS: 'off' } })
  site = await serveWorld(world)
  household = await makeHousehold(world, [])
  await makeOpenBills(world.database.superuserUrl, world.practice, { ...household, bills: BILLS })
  payer = await signIn(world, site, household)
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

/** What each row of the preview says is open, in cents. */
const rowsOf = (body: string) => [...body.matchAll(/<tr data-open="(\d+)"/g)].map(([, cents]) => Number(cents))
const sum = (cents: readonly number[]) => cents.reduce((total, each) => total + each, 0)

test('a household with a thousand open bills reads what it owes, page by page', async () => {
  const home = (await payer.get('/riverside/home')).body
  const bills = (await payer.get('/riverside/bills')).body
  for (const body of [home, bills]) expect(body.replace(/<[^>]+>/g, '')).toContain(wordsFor('en').money(BigInt(ALL)))
  expect(bills).toContain('Open 999+')
  expect(bills).toContain('Paid 0')
  expect(bills.split('<tr').length - 2).toBe(50)
})

test('the pay form lists the first fifty bills and the others as one row: together all that is owed', async () => {
  const rows = rowsOf((await payer.get('/riverside/payments/new')).body)
  expect(rows).toHaveLength(51)
  expect(sum(rows)).toBe(ALL)
})

test('a chosen bill that is due last is the first of the list, and its amount is what is paid', async () => {
  const [last] = await query<{ id: string; open: string }>(
    world,
    `select id, open_cents::text as open from billing.invoice where account_id = $1 order by due_on desc, id desc limit 1`,
    [household.account],
  )
  const { body } = await payer.get(`/riverside/payments/new?bill=${last?.id}`)
  const rows = rowsOf(body)
  expect(rows[0]).toBe(Number(last?.open))
  expect(sum(rows)).toBe(ALL)
  expect(body).toContain(`value="${(Number(last?.open) / 100).toFixed(2)}"`)
})

test('paid at once, all of it is gone; what is owed and what the books keep agree', async () => {
  await bankOf(world).pay({ account: household.account, amount: BigInt(ALL) })
  const bills = (await payer.get('/riverside/bills')).body
  expect(bills).toContain('Open 0')
  expect(bills).toContain('Paid 999+')
  expect((await bankOf(world).owed(household.account)).total).toBe(0n)
})
