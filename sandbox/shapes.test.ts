import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Kind } from './kinds.ts'
import { paying, type Running, removeData, startSandbox } from './running.ts'

type Json = null | string | number | boolean | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

const FIXTURES: Record<string, JsonObject> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'resources.json'), 'utf8'),
)

/** Fields that the fixtures still have and the pinned API version (its SDK's types) does not. */
const REMOVED: Record<string, string[]> = {
  charge: ['refunds'], // only by expansion since 2022-11-15
}

/** Objects that the fixture fills with an example, where Stripe's own type says that they may be null or absent. */
const EXAMPLES: Record<string, string[]> = {
  charge: ['shipping', 'source', 'transfer_data'],
  customer: ['discount', 'shipping'],
  payment_intent: ['shipping', 'transfer_data'],
}

let sandbox: Running
let ours: Record<string, JsonObject>

beforeAll(async () => {
  sandbox = await startSandbox()
  ours = await oneOfEach(sandbox)
})

afterAll(async () => {
  await sandbox.stop()
  removeData(sandbox)
})

/** One object of each kind, as the API answers it. */
async function oneOfEach({ sdk, url }: Running): Promise<Record<Kind, JsonObject>> {
  const account = await sdk().accounts.create()
  const stripe = sdk(account.id)
  const customer = await stripe.customers.create({ address: { line1: '1 Main St' } })
  const intent = await stripe.paymentIntents.create(paying('pm_card_createDispute'))
  const paid = await stripe.paymentIntents.create(paying('pm_card_visa', { customer: customer.id }))
  const charge = await stripe.charges.retrieve(String(paid.latest_charge))
  const endpoint = { url: `${url}/nowhere`, enabled_events: ['charge.failed' as const] }
  const objects = {
    account,
    balance_transaction: await stripe.balanceTransactions.retrieve(String(charge.balance_transaction)),
    charge,
    'checkout.session': await stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'http://localhost/',
      line_items: [{ price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Bill' } }, quantity: 1 }],
    }),
    customer,
    deleted_customer: await stripe.customers.del((await stripe.customers.create()).id),
    dispute: (await stripe.disputes.list({ payment_intent: intent.id })).data[0],
    event: (await stripe.events.list()).data[0],
    payment_intent: paid,
    payment_method: await stripe.paymentMethods.retrieve(String(paid.payment_method)),
    refund: await stripe.refunds.create({ payment_intent: paid.id, amount: 100 }),
    setup_intent: await stripe.setupIntents.create({ customer: customer.id }),
    webhook_endpoint: await stripe.webhookEndpoints.create(endpoint),
  }
  return JSON.parse(JSON.stringify(objects))
}

test.each(Object.keys(FIXTURES))('%s has every field of the fixture, of the same type', kind => {
  const skipped = [...(REMOVED[kind] ?? []), ...(EXAMPLES[kind] ?? [])]
  const fixture = FIXTURES[kind] ?? {}
  const kept = Object.fromEntries(Object.entries(fixture).filter(([name]) => !skipped.includes(name)))
  if (kind === 'event') delete kept.data
  expect(differences(kept, ours[kind] ?? null, kind)).toEqual([])
})

/**
 * Paths where ours lacks a field or holds another JSON type. A null of ours passes here, because the compiler has already
 * held every body against the SDK's own types, which say what may be null.
 */
function differences(theirs: Json, mine: Json | undefined, path: string): string[] {
  if (mine === undefined) return [`${path} is missing`]
  if (theirs === null || mine === null) return []
  if (typeOf(theirs) !== typeOf(mine)) return [`${path} is ${typeOf(mine)}, not ${typeOf(theirs)}`]
  if (Array.isArray(theirs) || typeof theirs !== 'object') return []
  if (typeof mine !== 'object' || Array.isArray(mine) || isFree(path)) return []
  return Object.entries(theirs).flatMap(([name, value]) => differences(value, mine[name], `${path}.${name}`))
}

/** Objects whose keys are the user's own, or differ by payment method. */
function isFree(path: string): boolean {
  return /\.(metadata|payment_method_options|capabilities|requirements)$/.test(path)
}

function typeOf(value: Json): string {
  return Array.isArray(value) ? 'array' : typeof value
}

test('ids, times and secrets look like the processor’s', () => {
  expect(ours.payment_intent?.id).toMatch(/^pi_[0-9A-Za-z]{24}$/)
  expect(ours.payment_intent?.client_secret).toMatch(/^pi_[0-9A-Za-z]{24}_secret_[0-9A-Za-z]{25}$/)
  expect(ours['checkout.session']?.id).toMatch(/^cs_test_[0-9A-Za-z]{58}$/)
  expect(ours.account?.id).toMatch(/^acct_[0-9A-Za-z]{16}$/)
  expect(Math.abs(Number(ours.charge?.created) - Date.now() / 1000)).toBeLessThan(60)
})

test('events carry the API version that the SDK pins', () => {
  expect(ours.event?.api_version).toBe(Stripe.API_VERSION)
})
