import type Stripe from 'stripe'
import { addressOf } from './addresses.ts'
import type { Call } from './call.ts'
import { recordEvent } from './events.ts'
import { newId, randomText } from './ids.ts'
import { LIST_PARAMS, listPage } from './lists.ts'
import { findObject, getObject, insertObject, namedObject, saveObject, selectObjects } from './objects.ts'
import { allowOnly, has, mergedMetadata, text, textOrNull, texts } from './params.ts'
import { attachTo, detachFrom, resolveMethod } from './payment-methods.ts'

const PARAMS = [
  'address',
  'balance',
  'description',
  'email',
  'invoice_settings',
  'metadata',
  'name',
  'phone',
  'preferred_locales',
  'shipping',
  'tax_exempt',
]

export function createCustomer(call: Call): Stripe.Customer {
  allowOnly(call.params, [...PARAMS, 'payment_method'])
  const customer = customerBody(call)
  applyParams(call, customer)
  insertObject(call, 'customer', customer)
  const method = text(call.params, 'payment_method')
  if (method) attachTo(call, resolveMethod(call, method, 'payment_method'), customer.id)
  recordEvent(call, 'customer.created', customer)
  return customer
}

/** A customer or, once deleted, Stripe's stub of it. */
export function retrieveCustomer(call: Call, id: string): Stripe.Customer | Stripe.DeletedCustomer {
  return (
    findObject(call.sandbox.store, call.account, 'deleted_customer', id)?.body ?? getObject(call, 'customer', id).body
  )
}

export function updateCustomer(call: Call, id: string): Stripe.Customer {
  allowOnly(call.params, [...PARAMS, 'default_source'])
  const kept = getObject(call, 'customer', id)
  const before = structuredClone(kept.body)
  applyParams(call, kept.body)
  saveObject(call.sandbox.store, 'customer', kept)
  recordEvent(call, 'customer.updated', kept.body, changedFields(before, kept.body))
  return kept.body
}

export function deleteCustomer(call: Call, id: string): Stripe.DeletedCustomer {
  const { body } = getObject(call, 'customer', id)
  const { store } = call.sandbox
  for (const method of selectObjects(store, 'payment_method', 'account = ? and customer = ?', [call.account, id])) {
    detachFrom(call, method)
  }
  const stub: Stripe.DeletedCustomer = { id, object: 'customer', deleted: true }
  saveObject(store, 'deleted_customer', { body: stub, hidden: {} })
  recordEvent(call, 'customer.deleted', body)
  return stub
}

export function listCustomers(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'email'])
  const email = text(call.params, 'email')
  return listPage(call, 'customer', '/v1/customers', email ? [['facet = ?', email]] : [])
}

function applyParams(call: Call, customer: Stripe.Customer): void {
  const { params } = call
  for (const name of ['description', 'email', 'name', 'phone'] as const) {
    if (has(params, name)) customer[name] = textOrNull(params, name)
  }
  if (has(params, 'address')) customer.address = addressOf(params, 'address')
  if (has(params, 'preferred_locales')) customer.preferred_locales = texts(params, 'preferred_locales')
  const method = text(params, 'invoice_settings.default_payment_method')
  if (method !== undefined) customer.invoice_settings.default_payment_method = method || null
  if (method) namedObject(call, 'payment_method', method, 'invoice_settings[default_payment_method]')
  customer.metadata = mergedMetadata(params, customer.metadata)
}

/** The old values of the fields that an update changed. */
export function changedFields(before: object, after: object): object {
  const changed = Object.entries(before).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(after, name)),
  )
  return Object.fromEntries(changed)
}

function customerBody(call: Call): Stripe.Customer {
  return {
    id: newId('cus', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created: call.now,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomText(8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
}
