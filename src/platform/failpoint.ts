import type { Config } from './config.ts'

/** The named points at which a test may kill the process (PORTICO_FAILPOINT=name[:n]). */
export const FAILPOINTS = [
  'pay.created',
  'pay.submitted',
  'pay.answered',
  'pay.failed',
  'settle.before-commit',
  'settle.after-commit',
  'post.before-commit',
  'refund.created',
  'refund.submitted',
  'refund.answered',
  'dispute.before-commit',
  'inbox.stored',
  'outbox.sent',
] as const

export type FailpointName = (typeof FAILPOINTS)[number]
export type Failpoint = (name: FailpointName) => void

/** Kills the process with SIGKILL at the n-th pass of the configured point; does nothing where none is set. */
export function openFailpoint(config: Pick<Config, 'failpoint'>): Failpoint {
  const wanted = config.failpoint
  if (!wanted) return () => undefined
  let passes = 0
  return name => {
    if (name === wanted.name && ++passes === wanted.pass) process.kill(process.pid, 'SIGKILL')
  }
}
