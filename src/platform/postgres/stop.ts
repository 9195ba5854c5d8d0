import { setTimeout as pause } from 'node:timers/promises'
import { Trouble } from '../trouble.ts'

/** Asks for a fast shutdown (sessions are ended, all is written), and for an immediate one when that takes too long. */
export async function stopPostmaster(pid: number, gone: () => boolean): Promise<void> {
  const signals = [
    ['SIGINT', 20_000],
    ['SIGQUIT', 10_000],
  ] as const
  for (const [signal, patience] of signals) {
    if (gone()) return
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    const until = Date.now() + patience
    while (Date.now() < until) {
      if (gone()) return
      await pause(10)
    }
  }
  throw new Trouble(`The database (process ${pid}) does not stop.`)
}
