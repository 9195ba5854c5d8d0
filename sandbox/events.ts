import type Stripe from 'stripe'
import { type Call, PLATFORM } from './call.ts'
import { endpointsFor, enqueue } from './deliveries.ts'
import { newId } from './ids.ts'
import { API_VERSION } from './kinds.ts'
import { type Filter, LIST_PARAMS, listPage } from './lists.ts'
import { getObject, insertObject } from './objects.ts'
import { allowOnly, text, texts } from './params.ts'

/** Records that something happened, with the object as it is now, and queues it for every endpoint that asked. */
export function recordEvent(call: Call, type: string, object: object, previous?: object): void {
  const endpoints = endpointsFor(call.sandbox, call.account, type)
  const event = {
    id: newId('evt'),
    object: 'event',
    ...(call.account === PLATFORM ? {} : { account: call.account }),
    api_version: API_VERSION,
    created: call.now,
    data: { object, ...(previous ? { previous_attributes: previous } : {}) },
    livemode: false,
    pending_webhooks: endpoints.length,
    request: { id: call.requestId || null, idempotency_key: call.idempotencyKey },
    type,
  } as unknown as Stripe.Event
  insertObject(call, 'event', event)
  for (const endpoint of endpoints) enqueue(call.sandbox, event.id, endpoint)
}

export function retrieveEvent(call: Call, id: string): Stripe.Event {
  return getObject(call, 'event', id).body
}

export function listEvents(call: Call) {
  allowOnly(call.params, [...LIST_PARAMS, 'type', 'types', 'delivery_success'])
  const filters: Filter[] = []
  const type = text(call.params, 'type')
  if (type) filters.push(['facet glob ?', type])
  const types = texts(call.params, 'types')
  if (types.length > 0) filters.push([`facet in (${types.map(() => '?').join(', ')})`, ...types])
  return listPage(call, 'event', '/v1/events', filters)
}
