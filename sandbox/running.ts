import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'

export const SECRET_KEY = 'sk_test_sandbox'

/** A real sandbox process, for tests, with the official SDK pointed at it. */
export interface Running {
  url: string
  data: string
  child: ChildProcess
  /** The SDK as the platform, or as one connected account. */
  sdk: (account?: string) => Stripe
  control: (path: string, body?: object) => Promise<Record<string, unknown>>
  stop: (signal?: NodeJS.Signals) => Promise<void>
}

const ROOT = join(import.meta.dirname, '..')

/** Starts a sandbox on a free port; with `data` on the store of an earlier one. */
export async function startSandbox(env: Record<string, string> = {}, data = newFolder()): Promise<Running> {
  const node = join(ROOT, 'node_modules', '.bin', 'node')
  const child = spawn(node, [join(ROOT, 'sandbox', 'main.ts')], {
    env: { PATH: process.env.PATH, PORTICO_DATA: data, SANDBOX_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await firstUrl(child)
  return { url, data, child, sdk: account => newSdk(url, account), control: controlOf(url), stop: stopOf(child) }
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'portico-sandbox-'))
}

export function removeData(running: Running): void {
  rmSync(running.data, { recursive: true, force: true })
}

function firstUrl(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let seen = ''
    child.stdout?.on('data', chunk => {
      seen += String(chunk)
      const url = seen.match(/^sandbox: (\S+)$/m)?.[1]
      if (url) done(url)
    })
    child.once('exit', code => fail(new Error(`The sandbox ended with ${code} before it was ready.`)))
  })
}

function newSdk(url: string, account?: string): Stripe {
  const { hostname, port } = new URL(url)
  return new Stripe(SECRET_KEY, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    timeout: 8000,
    ...(account ? { stripeAccount: account } : {}),
  })
}

function controlOf(url: string) {
  return async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/sandbox/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { Authorization: `Bearer ${SECRET_KEY}`, 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const answer = (await response.json()) as { error?: { message: string } }
    if (!response.ok) throw new Error(answer.error?.message)
    return answer as Record<string, unknown>
  }
}

function stopOf(child: ChildProcess) {
  return async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(done => child.once('exit', done))
    child.kill(signal)
    await ended
  }
}

/** A POST to the API by hand, with headers that the SDK does not send. */
export function rawPost(url: string, path: string, body: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${SECRET_KEY}`, ...headers },
    body: new URLSearchParams(body),
  })
}

/** The fields of a payment of $185.00 that is charged at once. */
export function paying(method: string, more: object = {}): Stripe.PaymentIntentCreateParams {
  const fields = { amount: 18500, currency: 'usd', confirm: true, payment_method: method }
  return { ...fields, return_url: 'http://localhost/back', ...more }
}

/** The Stripe error that a promise ends in. */
export async function refusal(promise: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error
    throw error
  }
  throw new Error('It was not refused.')
}
