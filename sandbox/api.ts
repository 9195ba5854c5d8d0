import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { type Access, readAccess } from './access.ts'
import { actOut, isBefore, sendAnswer } from './answers.ts'
import type { Call, Sandbox } from './call.ts'
import { wake } from './deliveries.ts'
import { ApiError, renderError, unknownRoute } from './errors.ts'
import { expanded } from './expand.ts'
import { type Fault, faultFor } from './faults.ts'
import { type Answer, findAnswer, fingerprint, holdKey, storeAnswer, type Use } from './idempotency.ts'
import { newId } from './ids.ts'
import { emptyParams, parseForm } from './params.ts'
import { countRequest } from './request-counts.ts'
import { findRoute, type Route } from './routes.ts'
import { inSharedTransaction, now } from './store.ts'

const LARGEST_BODY = 1_000_000

interface Request extends Access {
  method: string
  path: string
  form: string
  requestId: string
}

/** Answers one request to `/v1/…`. */
export async function serveApi(sandbox: Sandbox, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const requestId = newId('req', 14)
  const url = new URL(incoming.url ?? '/', 'http://sandbox')
  const method = incoming.method ?? 'GET'
  const body = await readBody(incoming)
  const fault = faultFor(method, url.pathname, header(incoming, 'sandbox-fault'))
  countRequest(method, url.pathname, fault?.name)
  if (fault && isBefore(fault)) return actOut(outgoing, sandbox.store, fault, null, requestId)
  let release = () => {}
  try {
    const access = readAccess(sandbox, incoming.headers)
    const form = method === 'POST' ? body : [url.search.slice(1), body].filter(Boolean).join('&')
    const request: Request = { ...access, method, path: url.pathname, form, requestId }
    const use = useOf(request, header(incoming, 'idempotency-key'))
    if (use) release = holdKey(use)
    const waitMs = sandbox.settings.latencyMs + (fault?.slowMs ?? 0)
    if (waitMs > 0) await wait(waitMs)
    const answer = await execute(sandbox, request, use, fault)
    if (fault?.name !== 'late') release()
    if (fault) await actOut(outgoing, sandbox.store, fault, answer, requestId)
    else sendAnswer(outgoing, sandbox.store, answer, use?.key)
  } catch (error) {
    sendAnswer(outgoing, sandbox.store, errorAnswer(error, requestId))
  } finally {
    release()
  }
}

function header(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function useOf({ method, account, path, form }: Request, key: string | undefined): Use | null {
  if (method !== 'POST' || !key) return null
  if (key.length > 255) {
    throw new ApiError(400, { type: 'idempotency_error', message: 'Idempotency keys can be at most 255 characters.' })
  }
  return { account, key, path, params: fingerprint(form) }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size <= LARGEST_BODY) chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Replays the key's stored answer, or does the work and stores its answer, in one transaction. */
async function execute(sandbox: Sandbox, request: Request, use: Use | null, fault: Fault | undefined): Promise<Answer> {
  const { store } = sandbox
  const at = now(store)
  const stored = use ? findAnswer(store, use, at) : undefined
  if (stored) {
    await store.open
    return stored
  }
  const route = routeOf(request)
  const call: Call = {
    sandbox,
    account: request.account,
    now: at,
    params: request.form ? parseForm(request.form) : emptyParams(),
    requestId: request.requestId,
    idempotencyKey: use?.key ?? null,
    publishable: request.publishable,
  }
  if (request.method === 'GET') {
    const answer = perform(call, route)
    await store.open
    return answer
  }
  const answer = await inSharedTransaction(store, () => {
    const performed = perform(call, route)
    const kept = fault?.name === '500-after' ? errorAnswer(null, request.requestId) : performed
    if (use) storeAnswer(store, use, kept, at)
    return kept
  })
  wake(sandbox)
  return answer
}

function routeOf(request: Request): Route {
  const route = findRoute(request.method, request.path)
  if (!route) throw unknownRoute(request.method, request.path)
  if (!request.publishable || route.isPublic) return route
  throw new ApiError(401, {
    type: 'invalid_request_error',
    code: 'secret_key_required',
    message:
      'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.',
  })
}

/** A refusal after the work began is an answer like any other; one before it undoes the transaction. */
function perform(call: Call, route: Route): Answer {
  try {
    const body = expanded(call, route.handler(call, route.id))
    return { status: 200, body: JSON.stringify(body, null, 2), requestId: call.requestId }
  } catch (error) {
    if (error instanceof ApiError && error.executed) return errorAnswer(error, call.requestId)
    throw error
  }
}

function errorAnswer(error: unknown, requestId: string): Answer {
  if (error !== null && !(error instanceof ApiError)) console.error(error)
  const known =
    error instanceof ApiError ? error : new ApiError(500, { type: 'api_error', message: 'An unknown error occurred' })
  return { status: known.status, body: JSON.stringify(renderError(known, requestId), null, 2), requestId }
}
