import { Refusal } from '../kernel/refusal.ts'

/** How many passwords are hashed at a time: half of the threads that files and name look-ups share, and of a small machine all. */
const AT_ONCE = 2
/** How many more may wait: about a second's work. */
const WAITING = 12

let busy = 0
const waiting: (() => void)[] = []

/** Does what hashes a password in its turn, two at a time in this process. Refuses `signIn.busy` when a short queue is full: nobody else waits for sign-ins. */
export async function inHashingTurn<T>(work: () => Promise<T>): Promise<T> {
  if (busy >= AT_ONCE && waiting.length >= WAITING) throw new Refusal('limited', 'signIn.busy')
  if (busy >= AT_ONCE) await new Promise<void>(resolve => waiting.push(resolve))
  else busy++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else busy--
  }
}
