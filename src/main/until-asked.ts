import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const PATIENCE_MS = 9_000

/** Waits for SIGINT or SIGTERM, then stops what runs; ends within ten seconds whatever hangs (reliability 21). */
export async function untilAsked(stop: () => Promise<unknown>): Promise<number> {
  const open = setInterval(() => {}, 60_000)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  clearInterval(open)
  await Promise.race([stop(), pause(PATIENCE_MS, undefined, { ref: false })])
  return 0
}
