import { join } from 'node:path'

/** What the sandbox is told by its environment; this file alone reads it. */
export interface Settings {
  port: number
  folder: string
  latencyMs: number
  webhook: { url: string; secret: string } | null
}

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const { SANDBOX_WEBHOOK_URL: url, STRIPE_WEBHOOK_SECRET: secret } = env
  return {
    port: wholeNumber(env, 'SANDBOX_PORT', 3001),
    folder: join(env.PORTICO_DATA || './data', 'sandbox'),
    latencyMs: wholeNumber(env, 'SANDBOX_LATENCY_MS', 0),
    webhook: url && secret ? { url, secret } : null,
  }
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name]
  if (!text) return fallback
  if (!/^\d{1,6}$/.test(text)) throw new Error(`${name} must be a whole number, not "${text}".`)
  return Number(text)
}
