import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bankOf } from '../../../test/support/bank.ts'
import { type Client, type Site, serveWorld, signIn } from '../../../test/support/http.ts'
import { type Household, makeHousehold, makeWorld, query, type World } from '../../../test/support/world.ts'
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

type Holder = { household: Household; client: Client; csrf: string }

async function holder(): Promise<Holder> {
  const household = await makeHousehold(world, [5000n])
  const client = await signIn(world, site, household)
  return { household, client, csrf: await client.csrf('/riverside/home') }
}

async function save({ client, csrf }: Holder, card: string, more: Record<string, string> = {}) {
  return client.post('/riverside/methods', { _csrf: csrf, payment_method: card, ...more })
}

const methodsOf = ({ household }: Holder) =>
  query<{ id: string; last4: string; is_default: boolean }>(
    world,
    'select id, last4, is_default from payments.method where account_id = $1 and removed_at is null order by saved_at',
    [household.account],
  )

test('a card is saved, another made default, and one removed; each is said on the page', async () => {
  const me = await holder()
  expect((await me.client.get('/riverside/methods')).body).toContain('No saved cards')
  const saved = await save(me, 'pm_card_visa')
  expect(saved.status).toBe(303)
  expect((await me.client.get(saved.location ?? '')).body).toContain('Visa ending 4242 is saved.')
  await save(me, 'pm_card_mastercard', { default: 'yes' })
  const [visa, mastercard] = await methodsOf(me)
  expect([visa?.is_default, mastercard?.is_default]).toEqual([false, true])
  const made = await me.client.post(`/riverside/methods/${visa?.id}/default`, { _csrf: me.csrf })
  expect((await me.client.get(made.location ?? '')).body).toContain('Visa ending 4242 is now your default card.')
  expect((await me.client.get(`/riverside/methods/${visa?.id}/removal`)).body).toContain('Remove Visa ending 4242?')
  const removed = await me.client.post(`/riverside/methods/${visa?.id}/removal`, { _csrf: me.csrf })
  expect((await me.client.get(removed.location ?? '')).body).toContain('Visa ending 4242 is removed.')
  expect((await methodsOf(me)).map(method => method.is_default)).toEqual([true])
})

test('an address alone says nothing: no card is called saved, default or removed that is not', async () => {
  const me = await holder()
  await save(me, 'pm_card_visa')
  await save(me, 'pm_card_mastercard')
  const [visa, mastercard] = await methodsOf(me)
  const said = async (done: string, card: string | undefined) => {
    const { status, body } = await me.client.get(`/riverside/methods?done=${done}&card=${card}`)
    expect(status).toBe(200)
    return /role="status"[^>]*>.*?(Visa|Mastercard) ending \d{4} is/.test(body)
  }
  expect(await said('removed', visa?.id)).toBe(false)
  expect(await said('default', mastercard?.id)).toBe(false)
  await me.client.post(`/riverside/methods/${mastercard?.id}/removal`, { _csrf: me.csrf })
  expect(await said('removed', mastercard?.id)).toBe(true)
  expect(await said('saved', mastercard?.id)).toBe(false)
  await query(world, `update payments.method set removed_at = now() - interval '11 minutes' where id = $1`, [
    mastercard?.id,
  ])
  expect(await said('removed', mastercard?.id)).toBe(false)
  const other = await holder()
  await save(other, 'pm_card_visa')
  const [theirs] = await methodsOf(other)
  expect(await said('saved', theirs?.id)).toBe(false)
  expect(await said('saved', 'mth_00000000000000000000000000')).toBe(false)
})

test('a card that was removed and is entered again is kept again', async () => {
  const me = await holder()
  await save(me, 'pm_card_visa')
  const [first] = await methodsOf(me)
  await me.client.post(`/riverside/methods/${first?.id}/removal`, { _csrf: me.csrf })
  expect(await methodsOf(me)).toEqual([])
  const again = await save(me, 'pm_card_visa')
  expect((await me.client.get(again.location ?? '')).body).toContain('Visa ending 4242 is saved.')
  const kept = await methodsOf(me)
  expect(kept).toMatchObject([{ last4: '4242', is_default: true }])
  await save(me, 'pm_card_visa')
  expect(await methodsOf(me)).toEqual(kept)
})

test("coming back to the processor's answer after the card was removed does not call it saved", async () => {
  const me = await holder()
  const asked = await save(me, 'pm_card_threeDSecure2Required')
  await bankOf(world).authenticate({ actionUrl: asked.location }, 'complete')
  const address = `/riverside/methods/new?setup_intent=${/seti_\w+/.exec(asked.location ?? '')?.[0]}`
  await me.client.get(address)
  const [method] = await methodsOf(me)
  await me.client.post(`/riverside/methods/${method?.id}/removal`, { _csrf: me.csrf })
  const back = await me.client.get(address)
  expect((await me.client.get(back.location ?? '')).body).not.toContain('is saved.')
  expect(await methodsOf(me)).toEqual([])
})

test('a card that its bank declines is not saved, and the page says why', async () => {
  const me = await holder()
  const answer = await save(me, 'pm_card_chargeDeclined')
  expect(answer.status).toBe(422)
  expect(answer.body).toContain('The card was not saved')
  expect(await methodsOf(me)).toEqual([])
})

test("without script the processor's page asks for the card, and coming back keeps it once", async () => {
  const me = await holder()
  const answer = await save(me, '', { default: 'yes' })
  expect(answer.status).toBe(303)
  expect(answer.location?.startsWith(world.sandbox.url)).toBe(true)
  const form = new URLSearchParams({ number: '4242424242424242', expiry: '12 / 35', cvc: '123', postalCode: '97201' })
  const typed = await fetch(answer.location ?? '', { method: 'POST', redirect: 'manual', body: form })
  const back = new URL(typed.headers.get('location') ?? '')
  expect(back.pathname).toBe('/riverside/methods/new')
  for (let visits = 0; visits < 2; visits++) {
    const answer = await me.client.get(`${back.pathname}${back.search}`)
    expect(answer.status).toBe(303)
    expect((await me.client.get(answer.location ?? '')).body).toContain('Visa ending 4242 is saved.')
  }
  expect(await methodsOf(me)).toHaveLength(1)
  const other = await holder()
  expect((await other.client.get(`${back.pathname}${back.search}`)).status).toBe(404)
  expect(await methodsOf(other)).toEqual([])
})

test('an authentication that the bank asks for leads there, and back to the saved card', async () => {
  const me = await holder()
  const asked = await save(me, 'pm_card_threeDSecure2Required')
  expect(asked.location?.startsWith(world.sandbox.url)).toBe(true)
  await bankOf(world).authenticate({ actionUrl: asked.location }, 'complete')
  const setup = /seti_\w+/.exec(asked.location ?? '')?.[0]
  expect(setup).toBeDefined()
  const back = await me.client.get(`/riverside/methods/new?setup_intent=${setup}&redirect_status=succeeded`)
  expect(back.location).toContain('/riverside/methods?done=saved')
  expect(await methodsOf(me)).toHaveLength(1)
})

test('an authentication that fails is said by what the processor shows, to its household alone', async () => {
  const me = await holder()
  const asked = await save(me, 'pm_card_threeDSecure2Required')
  await bankOf(world).authenticate({ actionUrl: asked.location }, 'fail')
  const setup = /seti_\w+/.exec(asked.location ?? '')?.[0]
  const back = await me.client.get(`/riverside/methods/new?setup_intent=${setup}&setup_intent_client_secret=abc`)
  expect(back).toMatchObject({ status: 303, location: `/riverside/methods/new?declined=${setup}` })
  const reads = () =>
    query(world, `select id from audit.read where what = 'method.new' and account_id = $1`, [me.household.account])
  const before = (await reads()).length
  const told = await me.client.get(back.location ?? '')
  expect(told.status).toBe(200)
  expect(told.body).toContain('The card was not saved')
  expect(await reads()).toHaveLength(before + 1)
  expect(await methodsOf(me)).toEqual([])
  expect((await (await holder()).client.get(back.location ?? '')).status).toBe(404)
  expect((await me.client.get('/riverside/methods/new?declined=seti_unknown')).status).toBe(404)
  for (const made of ['card_declined', ''])
    expect((await me.client.get(`/riverside/methods/new?declined=${made}`)).body, made).not.toContain('was not saved')
})

test('a card that a payment under way needs stays, with adding another offered', async () => {
  const me = await holder()
  await save(me, 'pm_card_visa')
  const [method] = await methodsOf(me)
  await query(
    world,
    `insert into payments.payment (practice_id, id, account_id, origin, method_kind, status, currency, ordered_cents, amount_cents, connection_id, method_id, actor)
     select practice_id, 'pay_00000000000000000000000001', account_id, 'portal', 'card', 'submitted', 'usd', 100, 100, connection_id, id, 'test' from payments.method where id = $1`,
    [method?.id],
  )
  const refused = await me.client.post(`/riverside/methods/${method?.id}/removal`, { _csrf: me.csrf })
  expect(refused.status).toBe(422)
  expect(refused.body).toContain('still depends on this card')
  expect(refused.body).toContain('/riverside/methods/new')
})

describe('where a link is not enough', () => {
  test('cards ask for a fresh code first, and come back to where the person was', async () => {
    const me = await holder()
    await setSettings(world.app, bankOf(world).actor, { linkIsEnough: 'off' })
    const referer = { Referer: `${world.config.url}/riverside/methods/new` }
    const body = { _csrf: me.csrf, payment_method: 'pm_card_visa' }
    const turned = await me.client.post('/riverside/methods', body, referer)
    expect(turned).toMatchObject({ status: 303, location: '/riverside/code?next=%2Friverside%2Fmethods%2Fnew' })
    expect((await me.client.get(turned.location ?? '')).body).toContain('Email me the code')
    const next = '/riverside/methods/new'
    const asked = await me.client.post('/riverside/code', { _csrf: me.csrf, ask: 'yes', next })
    expect(asked.location).toBe('/riverside/code?next=%2Friverside%2Fmethods%2Fnew&sent=yes')
    expect((await me.client.get(asked.location ?? '')).body).toContain('Six-digit code')
    const wrong = await me.client.post('/riverside/code', { _csrf: me.csrf, code: '000000x', next })
    expect(wrong.status).toBe(422)
    expect(wrong.body).toContain('not the code we sent last')
    expect(wrong.body).toContain(`value="${next}"`)
    await query(world, 'update identity.session set stepped_up_at = now()')
    expect((await me.client.get(asked.location ?? '')).location).toBe(next)
    expect((await save(me, 'pm_card_visa')).location).toContain('done=saved')
    await setSettings(world.app, bankOf(world).actor, { linkIsEnough: 'on' })
  })

  test('no code is called sent that was not asked for', async () => {
    const me = await holder()
    for (const sent of ['yes', 'again']) {
      const { body } = await me.client.get(`/riverside/code?sent=${sent}`)
      expect(body).toContain('Email me the code')
      expect(body).not.toContain('on its way')
    }
    await me.client.post('/riverside/code', { _csrf: me.csrf, ask: 'yes' })
    const again = await me.client.post('/riverside/code', { _csrf: me.csrf, ask: 'again' })
    expect((await me.client.get(again.location ?? '')).body).toContain('A new code is on its way.')
  })

  test('a destination outside this practice is not followed', async () => {
    const me = await holder()
    await query(world, 'update identity.session set stepped_up_at = now()')
    for (const next of ['https://evil.example/', '//evil.example', '/harbor/home', '/riverside/../x'])
      expect((await me.client.get(`/riverside/code?next=${encodeURIComponent(next)}`)).location).toBe(
        '/riverside/methods',
      )
  })
})
