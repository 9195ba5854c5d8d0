import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { type Fault, HANG_MS, LATE_MS } from './faults.ts'
import type { Answer } from './idempotency.ts'
import { API_VERSION } from './kinds.ts'
import { now, type Store } from './store.ts'

const BEFORE = ['500-before', 'reset', '429']

/** Whether the fault stands in front of the work, so that nothing is executed. */
export function isBefore(fault: Fault): boolean {
  return BEFORE.includes(fault.name)
}

function headersOf(store: Store, answer: Answer, key?: string): Record<string, string | number> {
  return {
    Date: new Date(now(store) * 1000).toUTCString(),
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(answer.body),
    'Cache-Control': 'no-cache, no-store',
    'Request-Id': answer.requestId,
    'Stripe-Version': API_VERSION,
    ...(key ? { 'Idempotency-Key': key, 'Original-Request': answer.requestId } : {}),
    ...(answer.replayed ? { 'Idempotent-Replayed': 'true' } : {}),
  }
}

/** Answers, at the time that the sandbox's clock shows. */
export function sendAnswer(outgoing: ServerResponse, store: Store, answer: Answer, key?: string): void {
  outgoing.writeHead(answer.status, headersOf(store, answer, key))
  outgoing.end(answer.body)
}

/** Does to the connection what the fault says; the work, where there was any, is done and kept. */
export async function actOut(
  outgoing: ServerResponse,
  store: Store,
  fault: Fault,
  answer: Answer | null,
  requestId: string,
): Promise<void> {
  const done = answer ?? outage(fault, requestId)
  if (fault.name === 'reset') return void outgoing.socket?.resetAndDestroy()
  if (fault.name === 'lost') return void outgoing.socket?.destroy()
  if (fault.name === 'truncated') return truncate(outgoing, store, done)
  if (fault.name === 'hang') {
    await waitUnlessClosed(outgoing, HANG_MS)
    return void outgoing.socket?.destroy()
  }
  if (fault.name === 'late') await wait(LATE_MS)
  if (!outgoing.destroyed) sendAnswer(outgoing, store, done)
}

async function waitUnlessClosed(outgoing: ServerResponse, ms: number): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  await wait(ms, undefined, { signal: gone.signal, ref: false }).catch(() => {})
}

function truncate(outgoing: ServerResponse, store: Store, answer: Answer): void {
  outgoing.writeHead(answer.status, headersOf(store, answer))
  outgoing.write(answer.body.slice(0, answer.body.length >> 1), () => outgoing.socket?.destroy())
}

/** What an outage in front of the API answers. */
function outage(fault: Fault, requestId: string): Answer {
  const [status, error] =
    fault.name === '429'
      ? [429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' }]
      : [500, { type: 'api_error', message: 'An unknown error occurred' }]
  return { status: Number(status), body: JSON.stringify({ error }, null, 2), requestId }
}
