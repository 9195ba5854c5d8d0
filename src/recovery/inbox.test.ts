import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { signatureHeader } from '../../sandbox/deliveries.ts'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { listEvents, receive } from '../../test/support/deliveries.ts'
import { type Site, serveWorld } from '../../test/support/http.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { processInbox } from './inbox.ts'

let world: World
let bank: Bank
let site: Site
let at: string
beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
  site = await serveWorld(world)
  at = await bank.processorAccount()
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})
afterEach(async () => {
  await world.sandbox.control('faults', { rules: [] })
  await query(world, 'delete from payments.inbox')
})

async function deliver(body: string | Buffer, signed: string | Buffer = body): Promise<number> {
  const now = Math.floor(Date.now() / 1000)
  const answer = await fetch(`${site.origin}/webhooks/stripe`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: { 'Stripe-Signature': signatureHeader(signed, world.config.stripe.webhookSecret, now) },
  })
  await answer.arrayBuffer()
  return answer.status
}

type Stored = { id: string; body: Buffer; outcome: string | null }
const stored = () => query<Stored>(world, 'select event_id as id, body, outcome from payments.inbox')

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const eventWith = (more: string) =>
  `{"id":"evt_strange","type":"payment_intent.succeeded","account":"acct_x","data":{"object":{"id":"pi_x"}},${more}}`

const STRANGE: Record<string, string | Buffer> = {
  'without an id': '{"object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1"}}}',
  'with an id that is no text': '{"id":{"a":1},"type":7,"account":[],"data":{"object":{"id":true}}}',
  'with an id that holds U+0000':
    '{"id":"evt_\\u0000","type":"a\\u0000b","account":"acct_\\u0000","data":{"object":{"id":"pi_\\u0000"}}}',
  'nested deeply': eventWith(`"deep":${nested(100_000)}`),
  'with U+0000 in a text': eventWith('"text":"a\\u0000b"'),
  'with a lone surrogate': eventWith('"text":"\\ud800"'),
  'with a very large number': eventWith(`"number":1e999999,"digits":${'9'.repeat(200_000)}`),
  'of bytes that are no UTF-8': Buffer.concat([Buffer.from(eventWith('"text":"')), Buffer.from([0xff, 0xc0, 0x80])]),
  'that is no JSON': 'not json',
  'that is null': 'null',
  'that is nothing but a byte order mark and a list': '\ufeff[]',
}

for (const [what, body] of Object.entries(STRANGE))
  test(`a signed event ${what} is stored as its bytes, once, answered 200, and worked through`, async () => {
    expect(await deliver(body)).toBe(200)
    expect(await deliver(body)).toBe(200)
    await processInbox(world.app)
    const [only, ...others] = await stored()
    expect(others).toEqual([])
    expect(only?.body.equals(Buffer.from(body))).toBe(true)
    expect(only?.outcome).not.toBeNull()
    expect(await deliver(body, `${body} `)).toBe(400)
  })

test('two events without an id are two', async () => {
  for (const n of [1, 2]) expect(await deliver(`{"n":${n}}`)).toBe(200)
  expect(await stored()).toHaveLength(2)
})

async function paid(): Promise<Awaited<ReturnType<typeof listEvents>>> {
  const { account } = await makeHousehold(world, [3000n])
  const { id } = await bank.pay({ account, amount: 3000n })
  return listEvents(world, at, id)
}

const arrive = async (events: Awaited<ReturnType<typeof paid>>) => {
  for (const event of events) await receive(world.app, JSON.stringify({ ...event, account: at }))
}

const asked = async () => {
  const { requests } = (await world.sandbox.control('summary')) as { requests: Record<string, number> }
  return requests['GET /v1/payment_intents/*'] ?? 0
}

test('nothing is asked for a payment that was received already', async () => {
  const events = await paid()
  const before = await asked()
  await arrive(events)
  expect(await processInbox(world.app)).toBe(events.length)
  expect(await asked()).toBe(before)
  const outcomes = new Set((await stored()).map(({ outcome }) => outcome))
  expect([...outcomes].sort()).toEqual(['nothing to do', 'settled before'])
})

test('an event of a payment that was given up is asked about, and settles it', async () => {
  const { account } = await makeHousehold(world, [3000n])
  await world.sandbox.control('faults', { rules: [{ method: 'POST', path: '/v1/payment_intents', fault: 'lost' }] })
  const { id } = await bank.pay({ account, amount: 3000n })
  await query(world, `update payments.payment set status = 'canceled', check_at = null where id = $1`, [id])
  await arrive(await listEvents(world, at, id))
  await processInbox(world.app)
  expect(await bank.payment(id)).toMatchObject({ status: 'succeeded' })
})

test('what the processor does not know is finished: a payment, a dispute and a refund alike', async () => {
  const types = { 'payment_intent.succeeded': 'pi', 'charge.dispute.created': 'du', 'refund.updated': 're' }
  for (const [type, kind] of Object.entries(types))
    await receive(
      world.app,
      JSON.stringify({ id: `evt_${kind}`, type, account: at, data: { object: { id: `${kind}_of_nobody` } } }),
    )
  await processInbox(world.app)
  expect((await stored()).map(({ outcome }) => outcome === null)).toEqual([false, false, false])
})

test('a worker that stops takes no more events; what it took is due again within half a minute, and others take the rest', async () => {
  const { account } = await makeHousehold(world, [3000n])
  const open = await bank.pay({ account, amount: 3000n, card: 'pm_card_authenticationRequired' })
  const events = (await listEvents(world, at, open.id)).filter(({ type }) => type.startsWith('payment_intent.'))
  await arrive(events)
  let wanted = 1
  expect(await processInbox(world.app, () => wanted-- > 0)).toBe(1)
  await world.sandbox.control('faults', { rules: [{ method: 'GET', fault: '500-before' }] })
  await query(world, 'update payments.inbox set processed_at = null, outcome = null, check_at = now()')
  expect(await processInbox(world.app)).toBe(events.length)
  const [due] = await query<{ most: number }>(
    world,
    'select max(extract(epoch from check_at - clock_timestamp()))::float8 as most from payments.inbox where processed_at is null',
  )
  expect(due?.most).toBeGreaterThan(0)
  expect(due?.most).toBeLessThan(30)
  await world.sandbox.control('faults', { rules: [] })
  await query(world, 'update payments.inbox set check_at = now()')
  const taken = await Promise.all([1, 2, 3].map(() => processInbox(world.app)))
  expect(taken.reduce((sum, each) => sum + each)).toBe(events.length)
})
