import { Refusal } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import type { Limit } from './route.ts'

/** How many forms a minute one session (or, before one, one network address) may send. What must hold per account is counted in the database. */
const PER_MINUTE = { pay: 30, form: 60, door: 120 } as const

const windows = new Map<string, { until: number; count: number }>()

/** Refuses `limited` when this key has sent too many forms of this kind in the last minute. */
export function countAgainst(app: Pick<App, 'config'>, limit: Limit | undefined, key: string): void {
  if (!limit || !app.config.limits) return
  const now = performance.now()
  const name = `${limit} ${key}`
  const window = windows.get(name)
  if (!window || window.until < now) {
    if (windows.size > 50_000) forget(now)
    windows.set(name, { until: now + 60_000, count: 1 })
  } else if (++window.count > PER_MINUTE[limit]) throw new Refusal('limited', 'limited')
}

function forget(now: number): void {
  for (const [name, window] of windows) if (window.until < now) windows.delete(name)
}
