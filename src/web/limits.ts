import { Refusal } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import type { Limit } from './route.ts'

/** How many forms a minute one session (or, before one, one network address) may send. What must hold per account is counted in the database. */
const PER_MINUTE = { pay: 30, form: 60, door: 120, look: 60 } as const

const windows = new Map<string, { until: number; count: number }>()

/** Refuses `limited` when this key has sent too many forms of this kind in the last minute. */
export function countAgainst(app: Pick<App, 'config'>, limit: Limit | undefined, key: string): void {
  if (limit && !isWithin(app, limit, key)) throw new Refusal('limited', 'limited')
}

/** Counts one more of a kind for this key, and answers whether it is within what a minute allows; a look is one at the processor's records. */
export function isWithin(app: Pick<App, 'config'>, limit: NonNullable<Limit> | 'look', key: string): boolean {
  if (!app.config.limits) return true
  const now = performance.now()
  const name = `${limit} ${key}`
  const window = windows.get(name)
  if (!window || window.until < now) {
    if (windows.size > 50_000) forget(now)
    windows.set(name, { until: now + 60_000, count: 1 })
    return true
  }
  return ++window.count <= PER_MINUTE[limit]
}

function forget(now: number): void {
  for (const [name, window] of windows) if (window.until < now) windows.delete(name)
}
