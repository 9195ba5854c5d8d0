import { type Allowance, useAllowances } from '../identity/allowances.ts'
import type { Asker } from '../identity/askers.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import type { Limit } from './route.ts'

type Needs = Pick<App, 'config' | 'db'>

/** How many forms a minute one session may send; a look is one at the processor's records. */
const PER_MINUTE = { pay: 30, form: 60, door: 60, look: 60 } as const
/** How many a minute come from one network address, and from the wider network around it, before anybody has signed in. */
const PER_ADDRESS = 120
const PER_NETWORK = 1200

/** Counts a form of somebody who is signed in; refuses `limited` when their session has sent too many of this kind in the last minute. */
export async function countForm(app: Needs, limit: Limit | undefined, session: string): Promise<void> {
  if (limit && !(await isWithin(app, limit, session))) throw new Refusal('limited', 'limited')
}

/** Counts one more of a kind for this session, and answers whether it is within what a minute allows. */
export function isWithin(app: Needs, limit: keyof typeof PER_MINUTE, session: string): Promise<boolean> {
  return useAllowances(app, [aMinute(`${limit} ${session}`, PER_MINUTE[limit])])
}

/** Counts a form at a door; refuses `limited` when too many came from this address or network in the last minute. */
export async function countAtDoor(app: Needs, limit: Limit | undefined, { address, network }: Asker): Promise<void> {
  const allowances = [aMinute(`door ${address}`, PER_ADDRESS), aMinute(`door network ${network}`, PER_NETWORK)]
  if (limit && !(await useAllowances(app, allowances))) throw new Refusal('limited', 'limited')
}

function aMinute(key: string, most: number): Allowance {
  return { key, most, minutes: 1 }
}
