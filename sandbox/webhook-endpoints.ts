import type Stripe from 'stripe'
import { type Call, innerCall, PLATFORM, type Sandbox } from './call.ts'
import { forgetEndpoints } from './deliveries.ts'
import { invalid } from './errors.ts'
import { newId } from './ids.ts'
import { API_VERSION, type Hidden } from './kinds.ts'
import { LIST_PARAMS, listPage } from './lists.ts'
import { deleteObject, getObject, insertObject, saveObject, selectObjects } from './objects.ts'
import { allowOnly, emptyParams, flag, has, mergedMetadata, required, text, textOrNull, texts } from './params.ts'
import { inTransaction, now, sql } from './store.ts'

type Endpoint = Stripe.WebhookEndpoint

/** Makes an endpoint; its secret is in this answer and never again. */
export function createEndpoint(call: Call): Endpoint {
  const { params } = call
  allowOnly(params, ['enabled_events', 'url', 'api_version', 'connect', 'description', 'metadata'])
  const url = required(params, 'url')
  if (!URL.canParse(url)) throw invalid('Invalid URL: An explicit scheme (such as https) must be provided.', 'url')
  const events = texts(params, 'enabled_events')
  if (events.length === 0)
    throw invalid('Missing required param: enabled_events.', 'enabled_events', 'parameter_missing')
  const secret = newId('whsec', 32)
  const endpoint = endpointBody(call, url, events)
  endpoint.description = textOrNull(params, 'description')
  endpoint.metadata = mergedMetadata(params)
  insertObject(call, 'webhook_endpoint', endpoint, { secret, connect: flag(params, 'connect') ?? false })
  forgetEndpoints(call.sandbox)
  return { ...endpoint, secret }
}

function endpointBody(call: Call, url: string, events: string[]): Endpoint {
  return {
    id: newId('we'),
    object: 'webhook_endpoint',
    api_version: textOrNull(call.params, 'api_version') ?? API_VERSION,
    application: null,
    created: call.now,
    description: null,
    enabled_events: events,
    livemode: false,
    metadata: {},
    status: 'enabled',
    url,
  }
}

export function retrieveEndpoint(call: Call, id: string): Endpoint {
  return getObject(call, 'webhook_endpoint', id).body
}

export function updateEndpoint(call: Call, id: string): Endpoint {
  const { params } = call
  allowOnly(params, ['enabled_events', 'url', 'description', 'disabled', 'metadata'])
  const kept = getObject(call, 'webhook_endpoint', id)
  if (text(params, 'url')) kept.body.url = required(params, 'url')
  if (has(params, 'enabled_events')) kept.body.enabled_events = texts(params, 'enabled_events')
  if (has(params, 'description')) kept.body.description = textOrNull(params, 'description')
  const disabled = flag(params, 'disabled')
  if (disabled !== undefined) kept.body.status = disabled ? 'disabled' : 'enabled'
  kept.body.metadata = mergedMetadata(params, kept.body.metadata)
  saveObject(call.sandbox.store, 'webhook_endpoint', kept)
  forgetEndpoints(call.sandbox)
  return kept.body
}

export function listEndpoints(call: Call) {
  allowOnly(call.params, LIST_PARAMS)
  return listPage(call, 'webhook_endpoint', '/v1/webhook_endpoints')
}

export function deleteEndpoint(call: Call, id: string) {
  getObject(call, 'webhook_endpoint', id)
  deleteObject(call.sandbox.store, id)
  sql(call.sandbox.store, 'delete from deliveries where endpoint = ?').run(id)
  forgetEndpoints(call.sandbox)
  return { id, object: 'webhook_endpoint', deleted: true }
}

/** At boot: one endpoint for connected accounts exists with exactly the url and secret of the settings. */
export function ensureEndpoint(sandbox: Sandbox, url: string, secret: string): void {
  const { store } = sandbox
  inTransaction(store, () => {
    const hidden: Hidden = { secret, connect: true }
    const [kept, ...extra] = selectObjects(store, 'webhook_endpoint', `json_extract(body, '$.url') = ?`, [url])
    for (const { body } of extra) deleteObject(store, body.id)
    if (kept) return saveObject(store, 'webhook_endpoint', { body: { ...kept.body, status: 'enabled' }, hidden })
    const call = innerCall(sandbox, PLATFORM, now(store), emptyParams())
    insertObject(call, 'webhook_endpoint', endpointBody(call, url, ['*']), hidden)
  })
  forgetEndpoints(sandbox)
}
