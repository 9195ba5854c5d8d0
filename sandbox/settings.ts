import { join } from 'node:path'

/** What the sandbox is told by its environment; this file alone reads it. */
export interface Settings {
  port: number
  folder: string
  latencyMs: number
  /** Seconds its clock is ahead of the machine's, or behind where negative; null leaves it as the control API set it. */
  clockOffset: number | null
  webhook: { url: string; secret: string } | null
}

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const { SANDBOX_WEBHOOK_URL: url, STRIPE_WEBHOOK_SECRET: secret } = env
  return {
    port: wholeNumber(env, 'SANDBOX_PORT', 3001),
    folder: join(env.PORTICO_DATA || './data', 'sandbox'),
    latencyMs: wholeNumber(env, 'SANDBOX_LATENCY_MS', 0),
    clockOffset: env.SANDBOX_CLOCK_OFFSET ? seconds(env, 'SANDBOX_CLOCK_OFFSET') : null,
    webhook: url && secret ? { url, secret } : null,
  }
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name]
  if (!text) return fallback
  if (!/^\d{1,6}$/.test(text)) throw new Error(`${name} must be a whole number, not "${text}".`)
  return Number(text)
}

function seconds(env: NodeJS.ProcessEnv, name: string): number {
  const text = env[name] ?? ''
  if (!/^-?\d{1,8}$/.test(text)) throw new Error(`${name} must be whole seconds, such as -7200, not "${text}".`)
  return Number(text)
}
